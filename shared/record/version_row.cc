#include "record/version_row.h"

#include "record/members.h"

namespace chunkmark::record {
namespace {

json::value to_json(const std::optional<Milliseconds>& times) {
  if (!times) return nullptr;
  return json::object{{"median", times->median}, {"min", times->min}, {"max", times->max}, {"repeat", times->repeat}};
}

json::value to_json(const std::optional<BytesMoved>& moved) {
  if (!moved) return nullptr;
  return json::object{{"user", or_null(moved->user)},
                      {"in", or_null(moved->in)},
                      {"out", or_null(moved->out)},
                      {"realloc", or_null(moved->realloc)}};
}

}  // namespace

std::string VersionRow::name() const {
  std::string text = workload + "-" + std::to_string(transactions) + "-" + std::to_string(chunk_size) + "-" +
                     compression + "-" + engine;
  return durability == "none" ? text : text + "-" + durability;
}

json::object to_json(const VersionRow& row) {
  return {{"workload", row.workload},
          {"mode", row.mode},
          {"engine", row.engine},
          {"engine_version", row.engine_version},
          {"libraries", row.libraries},
          {"versioned", row.versioned},
          {"transactions", row.transactions},
          {"chunk_size", row.chunk_size},
          {"compression", row.compression},
          {"durability", row.durability},
          {"file_bytes", row.file_bytes},
          {"metadata_bytes", or_null(row.metadata_bytes)},
          {"padding_bytes", or_null(row.padding_bytes)},
          {"creation_seconds", row.creation_seconds},
          {"creation_processor_seconds", row.creation_processor_seconds},
          {"mean_ms", row.mean_ms},
          {"median_ms", row.median_ms},
          {"first_decile_ms", row.first_decile_ms},
          {"last_decile_ms", row.last_decile_ms},
          {"per_version_ms", json::array(row.per_version_ms.begin(), row.per_version_ms.end())},
          {"read_all_seconds", or_null(row.read_all_seconds)},
          {"open_all_seconds", or_null(row.open_all_seconds)},
          {"read_latest_ms", to_json(row.read_latest_ms)},
          {"read_first_ms", to_json(row.read_first_ms)},
          {"read_middle_ms", to_json(row.read_middle_ms)},
          {"open_latest_ms", to_json(row.open_latest_ms)},
          {"traced_transactions", row.traced_transactions},
          {"peak_heap_bytes", or_null(row.peak_heap_bytes)},
          {"bytes_moved", to_json(row.bytes_moved)},
          {"capture", row.capture.empty() ? json::value(nullptr) : json::value(row.capture)}};
}

std::optional<Milliseconds> milliseconds_from_json(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  Milliseconds times;
  const json::object& told = value->get_object();
  read_member(told, "median", times.median);
  read_member(told, "min", times.min);
  read_member(told, "max", times.max);
  read_member(told, "repeat", times.repeat);
  return times;
}

VersionRow version_row_from_json(const json::object& object) {
  VersionRow row;
  read_member(object, "workload", row.workload);
  read_member(object, "mode", row.mode);
  read_member(object, "engine", row.engine);
  read_member(object, "engine_version", row.engine_version);
  read_member(object, "libraries", row.libraries);
  read_member(object, "versioned", row.versioned);
  read_member(object, "transactions", row.transactions);
  read_member(object, "chunk_size", row.chunk_size);
  read_member(object, "compression", row.compression);
  read_member(object, "durability", row.durability);
  read_member(object, "file_bytes", row.file_bytes);
  read_member(object, "metadata_bytes", row.metadata_bytes);
  read_member(object, "padding_bytes", row.padding_bytes);
  read_member(object, "creation_seconds", row.creation_seconds);
  read_member(object, "creation_processor_seconds", row.creation_processor_seconds);
  read_member(object, "mean_ms", row.mean_ms);
  read_member(object, "median_ms", row.median_ms);
  read_member(object, "first_decile_ms", row.first_decile_ms);
  read_member(object, "last_decile_ms", row.last_decile_ms);
  read_member(object, "per_version_ms", row.per_version_ms);
  read_member(object, "read_all_seconds", row.read_all_seconds);
  read_member(object, "open_all_seconds", row.open_all_seconds);
  row.read_latest_ms = milliseconds_from_json(object, "read_latest_ms");
  row.read_first_ms = milliseconds_from_json(object, "read_first_ms");
  row.read_middle_ms = milliseconds_from_json(object, "read_middle_ms");
  row.open_latest_ms = milliseconds_from_json(object, "open_latest_ms");
  read_member(object, "traced_transactions", row.traced_transactions);
  read_member(object, "peak_heap_bytes", row.peak_heap_bytes);
  json::object moved;
  read_member(object, "bytes_moved", moved);
  if (!moved.empty()) {
    BytesMoved& bytes = row.bytes_moved.emplace();
    read_member(moved, "user", bytes.user);
    read_member(moved, "in", bytes.in);
    read_member(moved, "out", bytes.out);
    read_member(moved, "realloc", bytes.realloc);
  }
  read_member(object, "capture", row.capture);
  return row;
}

}  // namespace chunkmark::record
