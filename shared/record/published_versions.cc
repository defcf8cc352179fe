#include "record/published_versions.h"

#include <algorithm>

#include "base/json_members.h"
#include "published_versions_text.h"
#include "record/members.h"

namespace chunkmark::record {
namespace {

constexpr char kName[] = "published_versions.json";

// Rows are lists there, with what all of them have in common once.
std::vector<PublishedVersions> read_rows() {
  const json::value document = parse_json(kPublishedVersionsText, kName);
  json::object common = as_object(document, "the document", kName);
  const json::array columns = as_array(member(common, "columns", kName), "columns", kName);
  const json::array rows = as_array(member(common, "rows", kName), "rows", kName);
  common.erase("columns");
  common.erase("rows");
  std::vector<PublishedVersions> read;
  for (const json::value& values : rows) {
    json::object object = common;
    for (std::size_t i = 0; i < columns.size(); ++i) object[columns[i].as_string()] = values.as_array().at(i);
    read.push_back(published_versions_from_json(object));
  }
  return read;
}

}  // namespace

bool PublishedVersions::is_beside(const VersionRow& measured) const {
  return measured.mode == "published" && measured.workload == workload && measured.chunk_size == chunk_size &&
         measured.compression == compression;
}

const std::vector<PublishedVersions>& published_versions() {
  static const std::vector<PublishedVersions> rows = read_rows();
  return rows;
}

std::vector<PublishedVersions> published_beside(const std::vector<VersionRow>& measured) {
  std::vector<PublishedVersions> rows;
  for (const PublishedVersions& row : published_versions()) {
    if (std::any_of(measured.begin(), measured.end(), [&](const VersionRow& one) { return row.is_beside(one); })) {
      rows.push_back(row);
    }
  }
  return rows;
}

json::object to_json(const PublishedVersions& row) {
  return {{"source", row.source},
          {"url", row.url},
          {"published", row.published},
          {"note", row.note},
          {"workload", row.workload},
          {"versioned", row.versioned},
          {"transactions", row.transactions},
          {"chunk_size", row.chunk_size},
          {"compression", row.compression},
          {"file_bytes", row.file_bytes},
          {"creation_seconds", row.creation_seconds},
          {"first_decile_ms", row.first_decile_ms},
          {"last_decile_ms", row.last_decile_ms}};
}

PublishedVersions published_versions_from_json(const json::object& object) {
  PublishedVersions row;
  read_member(object, "source", row.source);
  read_member(object, "url", row.url);
  read_member(object, "published", row.published);
  read_member(object, "note", row.note);
  read_member(object, "workload", row.workload);
  read_member(object, "versioned", row.versioned);
  read_member(object, "transactions", row.transactions);
  read_member(object, "chunk_size", row.chunk_size);
  read_member(object, "compression", row.compression);
  read_member(object, "file_bytes", row.file_bytes);
  read_member(object, "creation_seconds", row.creation_seconds);
  read_member(object, "first_decile_ms", row.first_decile_ms);
  read_member(object, "last_decile_ms", row.last_decile_ms);
  return row;
}

}  // namespace chunkmark::record
