#include "record/copy_row.h"

#include "record/members.h"

namespace chunkmark::record {
namespace {

json::value seconds_json(const std::optional<Seconds>& seconds) {
  if (!seconds) return nullptr;
  return json::object{{"median", seconds->median},
                      {"min", seconds->min},
                      {"max", seconds->max},
                      {"repeat", seconds->repeat},
                      {"processor", seconds->processor}};
}

void read_figures(const json::object& row, figures::CopyFigures& figures) {
  read_member(row, "array_bytes", figures.array_bytes);
  read_member(row, "extra_copies", figures.extra_copies);
  read_member(row, "proven_copies", figures.proven_copies);
  read_member(row, "bytes_duplicated", figures.bytes_duplicated);
  read_member(row, "extra_heap", figures.extra_heap);
  read_member(row, "malloc_extra_heap", figures.malloc_extra_heap);
  read_member(row, "scratch_bytes", figures.scratch_bytes);
  json::object moved, resident;
  read_member(row, "bytes_moved", moved);
  read_member(moved, "user", figures.moved_user);
  read_member(moved, "in", figures.moved_in);
  read_member(moved, "out", figures.moved_out);
  read_member(moved, "realloc", figures.moved_realloc);
  read_member(row, "resident", resident);
  read_member(resident, "anonymous_bytes", figures.anonymous_bytes);
  read_member(resident, "file_bytes", figures.file_bytes);
  read_member(resident, "file_growth_bytes", figures.file_growth_bytes);
}

}  // namespace

json::object to_json(const CopyRow& row) {
  const figures::CopyFigures& figures = row.figures;
  json::object object{{"operation", row.operation},
                      {"filesystem", row.filesystem},
                      {"engine", row.engine},
                      {"format", row.format},
                      {"codec", row.codec},
                      {"data", row.data},
                      {"dtype", row.dtype},
                      {"shape", json::array(row.shape.begin(), row.shape.end())},
                      {"chunks", json::array(row.chunks.begin(), row.chunks.end())},
                      {"engine_version", row.engine_version},
                      {"libraries", row.libraries},
                      {"array_bytes", figures.array_bytes},
                      {"stored_bytes", row.stored_bytes}};
  if (!row.shards.empty()) object["shards"] = json::array(row.shards.begin(), row.shards.end());
  for (const auto& [name, value] : to_json(figures)) object[name] = value;
  if (row.newer) object["newer"] = {{"version", row.newer->version}, {"python", row.newer->python}};
  object["resident"] = {{"anonymous_bytes", or_null(figures.anonymous_bytes)},
                        {"file_bytes", or_null(figures.file_bytes)},
                        {"file_growth_bytes", or_null(figures.file_growth_bytes)}};
  object["seconds"] = seconds_json(row.seconds);
  object["slope"] = or_null(row.slope);
  object["zero"] = or_null(row.zero);
  object["store_filesystem"] = row.store_filesystem;
  object["durability"] = row.durability;
  object["threads"] = row.threads;
  if (!row.memory_by.empty()) object["memory_by"] = row.memory_by;
  object["capture"] = row.capture;
  object["report"] = row.report;
  return object;
}

CopyRow copy_row_from_json(const json::object& object) {
  CopyRow row;
  read_member(object, "operation", row.operation);
  read_member(object, "filesystem", row.filesystem);
  read_member(object, "engine", row.engine);
  read_member(object, "format", row.format);
  read_member(object, "codec", row.codec);
  read_member(object, "data", row.data);
  read_member(object, "dtype", row.dtype);
  read_member(object, "shape", row.shape);
  read_member(object, "chunks", row.chunks);
  read_member(object, "shards", row.shards);
  read_member(object, "engine_version", row.engine_version);
  read_member(object, "libraries", row.libraries);
  if (const json::value* newer = object.if_contains("newer"); newer != nullptr && newer->is_object()) {
    NewerVersion& known = row.newer.emplace();
    read_member(newer->get_object(), "version", known.version);
    read_member(newer->get_object(), "python", known.python);
  }
  read_figures(object, row.figures);
  read_member(object, "stored_bytes", row.stored_bytes);
  if (const json::value* timed = object.if_contains("seconds"); timed != nullptr && timed->is_object()) {
    const json::object& told = timed->get_object();
    Seconds& seconds = row.seconds.emplace();
    read_member(told, "median", seconds.median);
    read_member(told, "min", seconds.min);
    read_member(told, "max", seconds.max);
    read_member(told, "repeat", seconds.repeat);
    read_member(told, "processor", seconds.processor);
  }
  read_member(object, "slope", row.slope);
  read_member(object, "zero", row.zero);
  read_member(object, "store_filesystem", row.store_filesystem);
  read_member(object, "durability", row.durability);
  read_member(object, "threads", row.threads);
  read_member(object, "memory_by", row.memory_by);
  read_member(object, "capture", row.capture);
  read_member(object, "report", row.report);
  return row;
}

}  // namespace chunkmark::record
