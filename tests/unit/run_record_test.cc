// The run record: what is written fits its schema and is all that the schema names, and reads back as it was.
#include "record/run_record.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/error.h"
#include "record/bounds.h"
#include "record/medium.h"
#include "unit/catch.h"

namespace chunkmark::record {
namespace {

CopyRow full_row() {
  CopyRow row;
  row.operation = "read";
  row.filesystem = "local";
  row.engine = "zarrs";
  row.format = "zarr3";
  row.codec = "blosc";
  row.data = "smooth";
  row.dtype = "int16";
  row.shape = {10, 20};
  row.chunks = {10, 5};
  row.shards = {10, 10};
  row.engine_version = "0.2.3";
  row.libraries = {{"zarrs", "0.2.3"}, {"zarr", "3.1.6"}};
  row.newer = record::NewerVersion{"0.3.0", "3.12"};
  row.figures.array_bytes = 400;
  row.figures.extra_copies = 2;
  row.figures.extra_heap = 2.5;
  row.figures.malloc_extra_heap = 2.25;
  row.figures.moved_user = 1;
  row.figures.moved_in = 2;
  row.figures.moved_out = 3;
  row.figures.moved_realloc = 4;
  row.figures.scratch_bytes = -5;
  row.figures.anonymous_bytes = 6;
  row.figures.file_bytes = 7;
  row.figures.file_growth_bytes = 8;
  row.stored_bytes = 300;
  row.seconds = {0.5, 0.25, 4, 3, 2};
  row.slope = 0.75;
  row.zero = false;
  row.capture = "captures/a.cmk";
  row.report = "reports/a.html";
  row.memory_by = "an account";
  row.store_filesystem = "tmpfs";
  row.durability = "none";
  row.threads = 2;
  return row;
}

RunRecord full_record() {
  RunRecord record;
  record.id = "copies-1";
  record.created = "2026-11-22T10:00:00Z";
  record.host = "native";
  record.version = "1.2.3";
  record.environment = {"a cpu", 2, 1'000, "an os", "a compiler", {{"blosc", "1.21"}}, "the heap"};
  record.settings = {{10, 20}, {10, 5}, {10, 10}, "int16", "smooth", 2, "none", 5, true, "tmpfs"};
  record.results = {full_row(), full_row()};
  record.results[1].seconds.reset();
  record.results[1].slope.reset();
  record.results[1].zero.reset();
  record.failures = {{"write-local-zarr3-none-zarrs", "it failed"}};
  record.published = published_copies();
  return record;
}

using Names = std::set<std::string>;

Names names_of(const json::value& object) {
  Names names;
  for (const auto& [key, value] : object.as_object()) names.emplace(key);
  return names;
}

TEST_CASE("what is written fits the schema, has every member that it names and no other, and reads back") {
  const std::string text = json::serialize(to_json(full_record()));
  const json::object read = read_run(text, "run.json");
  const json::object written = parse_json(text, "run.json").as_object();  // a parsed decimal may differ in its last bit
  CHECK((read == written));
  CHECK((to_json(run_record_from_json(read)) == written));
  const json::object& schema = run_schema().document();
  CHECK(names_of(written) == names_of(schema.at("properties")));
  const json::object& definitions = schema.at("$defs").as_object();
  const json::object& row = written.at("results").at(0).as_object();
  for (const auto& [definition, value] :
       {std::pair("Environment", written.at("environment")), std::pair("Settings", written.at("settings")),
        std::pair("CopyRow", json::value(row)), std::pair("Failure", written.at("failures").at(0)),
        std::pair("PublishedCopy", written.at("published").at(0))}) {
    CAPTURE(definition);
    CHECK(names_of(value) == names_of(definitions.at(definition).at("properties")));
  }
  for (const char* member : {"bytes_moved", "resident", "seconds"}) {
    CAPTURE(member);
    CHECK(names_of(row.at(member)) == names_of(definitions.at("CopyRow").at("properties").at(member).at("properties")));
  }
}

TEST_CASE("a figure that is not known is null, never zero, and reads back as that") {
  CopyRow row = full_row();
  row.figures = {};
  row.figures.array_bytes = 5;
  const json::object written = to_json(row);
  for (const char* member : {"extra_copies", "extra_heap", "malloc_extra_heap", "scratch_bytes"}) {
    CHECK(written.at(member).is_null());
  }
  for (const char* member : {"bytes_moved", "resident"}) {
    for (const auto& [name, value] : written.at(member).as_object()) CHECK(value.is_null());
  }
  CHECK(to_json(copy_row_from_json(written)) == written);
}

TEST_CASE("what was not measured or told is null") {
  const json::object row = to_json(full_record().results[1]);
  for (const char* member : {"seconds", "slope", "zero"}) CHECK(row.at(member).is_null());
  const json::value seconds = {{"median", 0.5}, {"min", 0.25}, {"max", 4.0}, {"repeat", 3}, {"processor", 2.0}};
  CHECK(to_json(full_row()).at("seconds") == seconds);
}

TEST_CASE("records of earlier releases are read, and what they do not say is left at its default") {
  std::size_t records = 0;
  for (const auto& release : std::filesystem::directory_iterator(CHUNKMARK_GOLDEN "/releases")) {
    for (const auto& run : std::filesystem::directory_iterator(release.path() / "study")) {
      std::ostringstream text;
      text << std::ifstream(run.path() / "run.json").rdbuf();
      const RunRecord record = run_record_from_json(read_run(text.str(), run.path().string()));
      CHECK(record.id == run.path().filename().string());
      CHECK(record.version == release.path().filename().string());
      REQUIRE_FALSE(record.results.empty());
      CHECK(record.results[0].figures.array_bytes == 16384);
      CHECK(record.settings.repeat == 0);  // 0.1.0 does not tell it
      ++records;
    }
  }
  CHECK(records > 0);
}

TEST_CASE("members that are not known stay") {
  json::object record = to_json(full_record());
  record["later"] = 1;
  record["results"].at(0).as_object()["later"] = {1, 2};
  record["published"] = json::array();
  CHECK(read_run(json::serialize(record), "run.json") == record);
}

// "/results/1/codec"
json::value& member_at(json::value& document, const std::string& path) {
  json::value* at = &document;
  std::istringstream parts(path.substr(1));
  for (std::string part; std::getline(parts, part, '/');) {
    at = at->is_array() ? &at->get_array().at(std::stoul(part)) : &at->get_object()[part];
  }
  return *at;
}

TEST_CASE("what is no run record is refused by name") {
  const json::object good = to_json(full_record());
  struct Row {
    const char* path;
    json::value value;
    const char* told;
  };
  const Row rows[] = {
      {"/schema", "chunkmark.run/2", "expected a run record of the schema chunkmark.run/1, found chunkmark.run/2"},
      {"/kind", "other", "expected a run of the kind copies or versions, found other"},
      {"/kind", "versions", "expected \"settings.mode\", found none"},
      {"/schema", 1, "expected \"schema\" to be chunkmark.run/1, found 1"},
      {"/id", "", "expected \"id\" to be at least as long as 1, found \"\""},
      {"/results", nullptr, "expected \"results\" to be a list, found null"},
      {"/results/1/operation", "append",
       "expected \"results[1].operation\" to be one of write, read, found \"append\""},
      {"/results/0/array_bytes", 0, "expected \"results[0].array_bytes\" to be at least 1, found 0"},
      {"/results/0/extra_copies", -1, "expected \"results[0].extra_copies\" to be at least 0, found -1"},
      {"/results/0/shape/1", 2.5, "expected \"results[0].shape[1]\" to be an integer, found 2.5E0"},
      {"/results/0/libraries/zarr", 3, "expected \"results[0].libraries.zarr\" to be text, found 3"},
      {"/settings/durability", "some",
       "expected \"settings.durability\" to be one of none, process_crash, power_loss, found \"some\""},
      {"/failures/0/message", 1, "expected \"failures[0].message\" to be text, found 1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    json::value record = good;
    member_at(record, row.path) = row.value;
    CHECK_THROWS_WITH(read_run(json::serialize(record), "run.json"), "run.json: " + std::string(row.told));
  }
  CHECK_THROWS_WITH(read_run("[]", "run.json"), "run.json: expected the run record to be an object, found []");
}

TEST_CASE("a store's medium is told where its file system tells it") {
  CHECK(medium_text("ext4") == "disk (ext4)");
  CHECK(medium_text("tmpfs") == "memory (tmpfs)");
  CHECK(medium_text("nfs") == "nfs");
  CHECK(medium_text("0x2a") == "0x2a");
}

TEST_CASE("the bounds are those of the contract") {
  CHECK(bounds().small_array_bytes == 25'000'000);
  CHECK(bounds().file_growth_bytes == 8'000'000);
  CHECK(bounds().slope == 0.01);
  CHECK(bounds().moved_uncompressed == 0.01);
}

}  // namespace
}  // namespace chunkmark::record
