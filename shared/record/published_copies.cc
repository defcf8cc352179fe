#include "record/published_copies.h"

#include <algorithm>

#include "base/json_members.h"
#include "published_copies_text.h"
#include "record/members.h"

namespace chunkmark::record {
namespace {

constexpr char kName[] = "published_copies.json";

std::vector<PublishedCopy> read_rows() {
  const json::value document = parse_json(kPublishedCopiesText, kName);
  const json::object& about = as_object(document, "the document", kName);
  std::vector<PublishedCopy> rows;
  for (const json::value& value : as_array(member(about, "rows", kName), "rows", kName)) {
    const json::object& object = as_object(value, "a row", kName);
    const auto text = [&](const char* key) { return text_member(object, key, kName); };
    PublishedCopy row;
    row.source = text_member(about, "source", kName);
    row.url = text_member(about, "url", kName);
    row.published = text_member(about, "published", kName);
    row.operation = text("operation");
    row.filesystem = text("filesystem");
    row.engine = text("engine");
    row.zarr_python = text("zarr_python");
    row.format = text("format");
    row.codec = text("codec");
    row.array_bytes = unsigned_member(about, "array_bytes", kName);
    row.extra_copies = unsigned_member(object, "extra_copies", kName);
    if (!member(object, "peak_heap_bytes", kName).is_null()) {
      const auto peak = static_cast<double>(unsigned_member(object, "peak_heap_bytes", kName));
      row.extra_heap = peak / static_cast<double>(row.array_bytes) - 1;
    }
    row.report = text_member(about, "reports", kName) + text("report") + ".bin.html";
    if (object.contains("note")) row.note = text("note");
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

bool PublishedCopy::is_beside(const CopyRow& measured) const {
  return operation == measured.operation && filesystem == measured.filesystem && format == measured.format &&
         (codec == "none") == (measured.codec == "none") && measured.data == "random" && measured.dtype == "float32" &&
         measured.chunks == measured.shape && measured.shards.empty() && measured.figures.array_bytes == array_bytes;
}

const std::vector<PublishedCopy>& published_copies() {
  static const std::vector<PublishedCopy> rows = read_rows();
  return rows;
}

std::vector<PublishedCopy> published_beside(const std::vector<CopyRow>& measured) {
  std::vector<PublishedCopy> rows;
  for (const PublishedCopy& row : published_copies()) {
    if (std::any_of(measured.begin(), measured.end(), [&](const CopyRow& one) { return row.is_beside(one); })) {
      rows.push_back(row);
    }
  }
  return rows;
}

json::object to_json(const PublishedCopy& row) {
  return {{"source", row.source},
          {"url", row.url},
          {"published", row.published},
          {"operation", row.operation},
          {"filesystem", row.filesystem},
          {"engine", row.engine},
          {"zarr_python", row.zarr_python},
          {"format", row.format},
          {"codec", row.codec},
          {"array_bytes", row.array_bytes},
          {"extra_copies", row.extra_copies},
          {"extra_heap", or_null(row.extra_heap)},
          {"report", row.report},
          {"note", row.note}};
}

PublishedCopy published_copy_from_json(const json::object& object) {
  PublishedCopy row;
  read_member(object, "source", row.source);
  read_member(object, "url", row.url);
  read_member(object, "published", row.published);
  read_member(object, "operation", row.operation);
  read_member(object, "filesystem", row.filesystem);
  read_member(object, "engine", row.engine);
  read_member(object, "zarr_python", row.zarr_python);
  read_member(object, "format", row.format);
  read_member(object, "codec", row.codec);
  read_member(object, "array_bytes", row.array_bytes);
  read_member(object, "extra_copies", row.extra_copies);
  read_member(object, "extra_heap", row.extra_heap);
  read_member(object, "report", row.report);
  read_member(object, "note", row.note);
  return row;
}

}  // namespace chunkmark::record
