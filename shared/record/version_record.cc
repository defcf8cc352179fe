#include "record/version_record.h"

#include "record/members.h"
#include "versions_schema_text.h"

namespace chunkmark::record {

const JsonSchema& versions_schema() {
  static const JsonSchema schema(kVersionsSchemaText, "versions.schema.json", &run_schema());
  return schema;
}

json::object to_json(const VersionRecord& record) {
  json::array results, published;
  for (const VersionRow& row : record.results) results.push_back(to_json(row));
  for (const PublishedVersions& row : record.published) published.push_back(to_json(row));
  const VersionSettings& settings = record.settings;
  return {{"schema", "chunkmark.run/1"},
          {"id", record.id},
          {"kind", "versions"},
          {"created", record.created},
          {"host", record.host},
          {"version", record.version},
          {"environment", to_json(record.environment)},
          {"settings",
           {{"mode", settings.mode},
            {"seed", settings.seed},
            {"edges", settings.edges},
            {"reads", settings.reads},
            {"traced_transactions", settings.traced_transactions},
            {"store_filesystem", settings.store_filesystem}}},
          {"results", std::move(results)},
          {"failures", to_json(record.failures)},
          {"published", std::move(published)}};
}

VersionRecord version_record_from_json(const json::object& object) {
  VersionRecord record;
  read_member(object, "id", record.id);
  read_member(object, "created", record.created);
  read_member(object, "host", record.host);
  read_member(object, "version", record.version);
  json::object environment, settings;
  read_member(object, "environment", environment);
  record.environment = environment_from_json(environment);
  read_member(object, "settings", settings);
  read_member(settings, "mode", record.settings.mode);
  read_member(settings, "seed", record.settings.seed);
  read_member(settings, "edges", record.settings.edges);
  read_member(settings, "reads", record.settings.reads);
  read_member(settings, "traced_transactions", record.settings.traced_transactions);
  read_member(settings, "store_filesystem", record.settings.store_filesystem);
  for_each_object(object, "results",
                  [&](const json::object& row) { record.results.push_back(version_row_from_json(row)); });
  record.failures = failures_from_json(object);
  for_each_object(object, "published",
                  [&](const json::object& row) { record.published.push_back(published_versions_from_json(row)); });
  return record;
}

}  // namespace chunkmark::record
