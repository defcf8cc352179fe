// The record of the transaction study: what is written fits its schema and is all that the schema names, and reads back
// as it was; what others have published stands beside the cells that it is of.
#include "record/version_record.h"

#include <set>

#include "base/error.h"
#include "unit/catch.h"

namespace chunkmark::record {
namespace {

VersionRow full_row() {
  VersionRow row;
  row.workload = "mostly_appends";
  row.mode = "published";
  row.engine = "chunkmark";
  row.engine_version = "1.2.3";
  row.libraries = {{"hdf5", "1.14"}};
  row.transactions = 500;
  row.chunk_size = 4096;
  row.compression = "none";
  row.durability = "power_loss";
  row.file_bytes = 1000;
  row.metadata_bytes = 100;
  row.padding_bytes = 10;
  row.creation_seconds = 1.5;
  row.creation_processor_seconds = 1.25;
  row.mean_ms = 3;
  row.median_ms = 2;
  row.first_decile_ms = 1;
  row.last_decile_ms = 4;
  row.per_version_ms = {1, 2, 4};
  row.read_all_seconds = 0.5;
  row.open_all_seconds = 0.25;
  row.read_latest_ms = Milliseconds{2, 1, 3, 20};
  row.read_first_ms = Milliseconds{3, 2, 4, 20};
  row.read_middle_ms = Milliseconds{4, 3, 5, 20};
  row.open_latest_ms = Milliseconds{1, 0.5, 2, 20};
  row.traced_transactions = 7;
  row.peak_heap_bytes = 2000;
  row.bytes_moved = BytesMoved{1, 2, 3, 4};
  row.capture = "captures/a.cmk";
  return row;
}

VersionRecord full_record() {
  VersionRecord record;
  record.id = "versions-1";
  record.created = "2026-11-22T10:00:00Z";
  record.host = "native";
  record.version = "1.2.3";
  record.environment = {"a cpu", 2, 1'000, "an os", "a compiler", {{"blosc", "1.21"}}, "the heap"};
  record.settings = {"published", 1, "trim", 20, 7, "tmpfs"};
  record.results = {full_row(), VersionRow{}};
  VersionRow& least = record.results[1];
  least.workload = "mostly_appends_dense";
  least.mode = "described";
  least.engine = "hdf5";
  least.versioned = false;
  least.transactions = least.chunk_size = 1;
  least.compression = "gzip";
  least.durability = "none";
  record.failures = {{"mostly_appends-tiledb", "it failed"}};
  record.published = published_beside(record.results);
  return record;
}

std::set<std::string> names_of(const json::value& object) {
  std::set<std::string> names;
  for (const auto& [key, value] : object.as_object()) names.emplace(key);
  return names;
}

TEST_CASE("what is written of versions fits the schema, has every member that it names and no other, and reads back") {
  const std::string text = json::serialize(to_json(full_record()));
  const json::object read = read_run(text, "run.json");
  const json::object written = parse_json(text, "run.json").as_object();
  CHECK(read == written);
  CHECK(kind_of(read) == kVersionsKind);
  CHECK((to_json(version_record_from_json(read)) == written));
  const json::object& schema = versions_schema().document();
  CHECK(names_of(written) == names_of(schema.at("properties")));
  for (const auto& [definition, value] :
       {std::pair("VersionSettings", written.at("settings")), std::pair("VersionRow", written.at("results").at(0)),
        std::pair("PublishedVersions", written.at("published").at(0))}) {
    CAPTURE(definition);
    CHECK(names_of(value) == names_of(schema.at("$defs").at(definition).at("properties")));
  }
}

TEST_CASE("what was not measured is null") {
  const json::object row = to_json(full_record().results[1]);
  for (const char* member : {"metadata_bytes", "padding_bytes", "read_all_seconds", "read_latest_ms", "peak_heap_bytes",
                             "bytes_moved", "capture"}) {
    CAPTURE(member);
    CHECK(row.at(member).is_null());
  }
}

TEST_CASE("a record that does not fit is refused by name, in what both kinds have in common too") {
  const json::object good = to_json(full_record());
  json::object bad = good;
  bad["results"].at(0).as_object()["compression"] = "rar";
  CHECK_THROWS_WITH(read_run(json::serialize(bad), "run.json"),
                    "run.json: expected \"results[0].compression\" to be one of none, gzip, lzf, zstd, blosc, found "
                    "\"rar\"");
  bad = good;
  bad["environment"].as_object()["libraries"] = {{"blosc", 1}};
  CHECK_THROWS_WITH(read_run(json::serialize(bad), "run.json"),
                    "run.json: expected \"environment.libraries.blosc\" to be text, found 1");
}

TEST_CASE("published figures are 300, and stand beside what they are of") {
  CHECK(published_versions().size() == 300);
  const std::vector<PublishedVersions> beside = published_beside({full_row()});
  CHECK(beside.size() == 8);  // 25 to 500 transactions, with versions and without
  for (const PublishedVersions& row : beside) {
    CHECK((row.workload == "mostly_appends" && row.chunk_size == 4096 && row.compression == "none"));
    CHECK((row.source == "versioned-hdf5 analysis" && row.published == "2020-07-30" && !row.url.empty()));
    CHECK((row.file_bytes > 0 && row.creation_seconds > 0));
  }
  VersionRow described = full_row();
  described.mode = "described";  // another history
  CHECK(published_beside({described}).empty());
}

}  // namespace
}  // namespace chunkmark::record
