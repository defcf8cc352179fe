#include "study/published_copies.h"

#include "base/json_members.h"
#include "published_copies_text.h"

namespace chunkmark::study {
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

bool PublishedCopy::is_beside(const CopyCase& copy_case) const {
  return operation == copy_case.operation && filesystem == copy_case.filesystem && format == copy_case.format &&
         (codec == "none") == (copy_case.codec == "none") && copy_case.data == "random" &&
         copy_case.dtype == array::DType{array::Kind::kFloat, 4} && copy_case.chunk_shape == copy_case.shape &&
         copy_case.array_bytes() == array_bytes;
}

const std::vector<PublishedCopy>& published_copies() {
  static const std::vector<PublishedCopy> rows = read_rows();
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
          {"extra_heap", row.extra_heap ? json::value(*row.extra_heap) : json::value(nullptr)},
          {"report", row.report},
          {"note", row.note}};
}

}  // namespace chunkmark::study
