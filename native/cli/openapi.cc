#include "native/cli/openapi.h"

#include <cctype>

#include "record/run_record.h"
#include "record/version_record.h"

namespace chunkmark::cli {
namespace {

json::object reference(const char* name) {
  return {{"$ref", std::string("#/components/schemas/") + name}};
}

json::object object_of(json::object properties) {
  json::array required;
  for (const auto& [name, schema] : properties) required.emplace_back(name);
  return {{"type", "object"}, {"required", std::move(required)}, {"properties", std::move(properties)}};
}

// What is no record: the bodies of this server alone.
json::object own_schemas() {
  const json::object text{{"type", "string"}}, count{{"type", "integer"}, {"minimum", 0}};
  const json::object entry = object_of({{"id", text}, {"kind", text}, {"created", text}});
  json::object job = object_of({{"id", text},
                                {"study", {{"enum", {"copies", "versions"}}}},
                                {"options", {{"type", "object"}}},
                                {"state", {{"enum", {"queued", "running", "done", "failed", "cancelled"}}}},
                                {"created", text},
                                {"ahead", count},
                                {"phase", text},
                                {"done", count},
                                {"total", count},
                                {"elapsed_ms", count}});
  job["properties"].as_object()["run"] = text;
  job["properties"].as_object()["message"] = text;
  return {{"Run", {{"oneOf", {reference("CopiesRun"), reference("VersionsRun")}}}},
          {"CopiesRun", record::run_schema().document()},
          {"VersionsRun", record::versions_schema().document()},
          {"RunPage",
           object_of(
               {{"runs", {{"type", "array"}, {"items", entry}}}, {"total", count}, {"page", count}, {"pages", count}})},
          {"Job", std::move(job)},
          {"Error", object_of({{"error", object_of({{"code", text}, {"message", text}})}})}};
}

// A parameter for each {name} of a pattern.
json::array parameters_of(std::string_view pattern) {
  json::array parameters;
  for (std::size_t at = 0; (at = pattern.find('{', at)) != std::string_view::npos; ++at) {
    const std::string_view name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    parameters.emplace_back(
        json::object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return parameters;
}

// Of a route's answer: bytes and streams are told apart from documents by their schema.
const char* type_of(const server::Route& route) {
  if (route.pattern.ends_with("/events")) return "text/event-stream";
  return route.answer.contains("type") && route.answer.at("type") == "string" ? "application/octet-stream"
                                                                              : "application/json";
}

json::object operation_of(const server::Route& route) {
  json::object answer{{"description", route.summary}};
  if (!route.answer.empty()) answer["content"] = json::object{{type_of(route), {{"schema", route.answer}}}};
  const json::object error{{"description", "What was wrong"},
                           {"content", {{"application/json", {{"schema", reference("Error")}}}}}};
  return {{"summary", route.summary},
          {"parameters", parameters_of(route.pattern)},
          {"responses", {{"2XX", std::move(answer)}, {"default", error}}}};
}

}  // namespace

json::object openapi_of(const server::Router& router) {
  json::object paths;
  for (const server::Route& route : router.routes()) {
    if (route.summary.empty()) continue;
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    json::value& path = paths[route.pattern];
    if (!path.is_object()) path = json::object();
    path.get_object()[method] = operation_of(route);
  }
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Chunkmark"}, {"version", CHUNKMARK_VERSION}}},
          {"paths", std::move(paths)},
          {"components", {{"schemas", own_schemas()}}}};
}

}  // namespace chunkmark::cli
