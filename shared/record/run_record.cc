#include "record/run_record.h"

#include "base/error.h"
#include "base/json_members.h"
#include "record/bounds.h"
#include "record/members.h"
#include "record/version_record.h"
#include "run_schema_text.h"

namespace chunkmark::record {
namespace {

constexpr char kDocument[] = "the run record";

// The one value that the schema takes for a member.
std::string constant(const char* key) {
  const json::object& rule = run_schema().document().at("properties").at(key).as_object();
  const json::value* only = rule.if_contains("const");
  return json::value_to<std::string>(only != nullptr ? *only : rule.at("enum").at(0));
}

json::object to_json(const Settings& settings) {
  json::object object{{"shape", json::array(settings.shape.begin(), settings.shape.end())},
                      {"chunks", json::array(settings.chunks.begin(), settings.chunks.end())},
                      {"dtype", settings.dtype},
                      {"data", settings.data},
                      {"threads", settings.threads},
                      {"durability", settings.durability},
                      {"repeat", settings.repeat},
                      {"slope", settings.slope},
                      {"store_filesystem", settings.store_filesystem}};
  if (!settings.shards.empty()) object["shards"] = json::array(settings.shards.begin(), settings.shards.end());
  return object;
}

Settings settings_from_json(const json::object& object) {
  Settings settings;
  read_member(object, "shape", settings.shape);
  read_member(object, "chunks", settings.chunks);
  read_member(object, "shards", settings.shards);
  read_member(object, "dtype", settings.dtype);
  read_member(object, "data", settings.data);
  read_member(object, "threads", settings.threads);
  read_member(object, "durability", settings.durability);
  read_member(object, "repeat", settings.repeat);
  read_member(object, "slope", settings.slope);
  read_member(object, "store_filesystem", settings.store_filesystem);
  return settings;
}

}  // namespace

const JsonSchema& run_schema() {
  static const JsonSchema schema(kRunSchemaText, "run.schema.json");
  return schema;
}

const Bounds& bounds() {
  static const Bounds bounds = [] {
    const json::object& told = run_schema().document().at("x-bounds").as_object();
    return Bounds{told.at("small_array_bytes").to_number<std::uint64_t>(),
                  told.at("file_growth_bytes").to_number<std::uint64_t>(), told.at("slope").to_number<double>(),
                  told.at("moved_uncompressed").to_number<double>()};
  }();
  return bounds;
}

json::object to_json(const Environment& environment) {
  json::object object{
      {"cpu", environment.cpu}, {"cores", environment.cores},       {"memory_bytes", environment.memory_bytes},
      {"os", environment.os},   {"compiler", environment.compiler}, {"libraries", environment.libraries}};
  if (!environment.resident.empty()) object["resident"] = environment.resident;
  return object;
}

Environment environment_from_json(const json::object& object) {
  Environment environment;
  read_member(object, "cpu", environment.cpu);
  read_member(object, "cores", environment.cores);
  read_member(object, "memory_bytes", environment.memory_bytes);
  read_member(object, "os", environment.os);
  read_member(object, "compiler", environment.compiler);
  read_member(object, "libraries", environment.libraries);
  read_member(object, "resident", environment.resident);
  return environment;
}

json::array to_json(const std::vector<Failure>& failures) {
  json::array list;
  for (const Failure& failure : failures) list.push_back({{"case", failure.case_name}, {"message", failure.message}});
  return list;
}

std::vector<Failure> failures_from_json(const json::object& record) {
  std::vector<Failure> failures;
  for_each_object(record, "failures", [&](const json::object& told) {
    Failure& failure = failures.emplace_back();
    read_member(told, "case", failure.case_name);
    read_member(told, "message", failure.message);
  });
  return failures;
}

json::object to_json(const RunRecord& record) {
  json::array results, published;
  for (const CopyRow& row : record.results) results.push_back(to_json(row));
  for (const PublishedCopy& row : record.published) published.push_back(to_json(row));
  return {{"schema", constant("schema")},
          {"id", record.id},
          {"kind", record.kind},
          {"created", record.created},
          {"host", record.host},
          {"version", record.version},
          {"environment", to_json(record.environment)},
          {"settings", to_json(record.settings)},
          {"results", std::move(results)},
          {"failures", to_json(record.failures)},
          {"published", std::move(published)}};
}

RunRecord run_record_from_json(const json::object& object) {
  RunRecord record;
  read_member(object, "id", record.id);
  read_member(object, "kind", record.kind);
  read_member(object, "created", record.created);
  read_member(object, "host", record.host);
  read_member(object, "version", record.version);
  json::object environment, settings;
  read_member(object, "environment", environment);
  record.environment = environment_from_json(environment);
  read_member(object, "settings", settings);
  record.settings = settings_from_json(settings);
  for_each_object(object, "results",
                  [&](const json::object& row) { record.results.push_back(copy_row_from_json(row)); });
  record.failures = failures_from_json(object);
  for_each_object(object, "published",
                  [&](const json::object& row) { record.published.push_back(published_copy_from_json(row)); });
  return record;
}

std::string kind_of(const json::object& record) {
  return text_member(record, "kind", "the run record");
}

json::object read_run(std::string_view text, const std::string& name) {
  json::value value = parse_json(text, name);
  as_object(value, kDocument, name);
  json::object& record = value.get_object();
  // Of another schema or kind nothing else is known.
  const auto found = [&](const char* key) {
    const json::value* told = record.if_contains(key);
    return told != nullptr && told->is_string() ? std::string(told->get_string()) : "";
  };
  const std::string schema = found("schema"), kind = found("kind");
  if (!schema.empty() && schema != constant("schema")) {
    throw Error(ErrorCode::kUnsupported,
                name + ": expected a run record of the schema " + constant("schema") + ", found " + schema);
  }
  if (!kind.empty() && kind != constant("kind") && kind != kVersionsKind) {
    throw Error(ErrorCode::kUnsupported,
                name + ": expected a run of the kind " + constant("kind") + " or " + kVersionsKind + ", found " + kind);
  }
  (kind == kVersionsKind ? versions_schema() : run_schema()).check(value, kDocument, name);
  return std::move(record);
}

}  // namespace chunkmark::record
