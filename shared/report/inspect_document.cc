#include "report/inspect_document.h"

namespace chunkmark::report {
namespace {

template <typename T>
json::value value_or_null(const std::optional<T>& figure) {
  return figure ? json::value(*figure) : json::value(nullptr);
}

json::value scaled_or_null(figures::Figure ns, double scale) {
  return ns ? json::value(static_cast<double>(*ns) / scale) : json::value(nullptr);
}

constexpr double kNsPerMs = 1e6, kNsPerSecond = 1e9;

// "content", "likeness", "same_as" and "same_bytes" of a buffer; null where it was not looked at.
void add_content(json::object& row, const std::optional<figures::Content>& content) {
  const bool known = content && content->holds != figures::Holds::kUnknown;
  row["content"] = known ? json::value(figures::holds_text(content->holds)) : json::value(nullptr);
  row["has_array"] = content ? json::value(content->has_array) : json::value(nullptr);
  row["likeness"] = known && content->likeness ? json::value(*content->likeness) : json::value(nullptr);
  row["same_as"] = known && !content->other.empty() ? json::value(content->other) : json::value(nullptr);
  row["same_bytes"] = known ? json::value(content->same_bytes) : json::value(nullptr);
}

json::array buffers_json(const std::vector<figures::Buffer>& buffers) {
  json::array listed;
  for (const figures::Buffer& buffer : buffers) {
    json::array stack;
    for (const std::string& line : buffer.stack) stack.push_back(json::value(line));
    json::object row{{"site", buffer.site},
                     {"bytes", buffer.bytes},
                     {"bytes_before", buffer.bytes_before},
                     {"blocks", buffer.blocks > 0 ? json::value(buffer.blocks) : json::value(nullptr)},
                     {"shared_bytes", buffer.shared_bytes},
                     {"large_bytes", value_or_null(buffer.large_bytes)},
                     {"large_touched_bytes", value_or_null(buffer.large_touched_bytes)},
                     {"stack", std::move(stack)}};
    add_content(row, buffer.content);
    listed.push_back(std::move(row));
  }
  return listed;
}

json::array unexplained_json(const std::vector<figures::Unexplained>& processes) {
  json::array listed;
  for (const figures::Unexplained& process : processes) {
    json::array places;
    for (const profile::Unexplained& place : process.places) {
      places.push_back(json::object{
          {"name", place.name}, {"resident_bytes", place.resident_bytes}, {"explained_bytes", place.explained_bytes}});
    }
    listed.push_back(json::object{{"process", process.process},
                                  {"anonymous_bytes", process.resident_bytes},
                                  {"peak_heap_bytes", process.heap_bytes},
                                  {"places", std::move(places)}});
  }
  return listed;
}

}  // namespace

json::object inspect_document(const figures::Inspection& inspection) {
  json::object document;
  document["format"] = inspection.origin.value_or("chunkmark-capture");
  document["command"] = value_or_null(inspection.command);
  document["started"] = value_or_null(inspection.started);
  document["duration_seconds"] = scaled_or_null(inspection.duration_ns, kNsPerSecond);
  document["known_until_ms"] = scaled_or_null(inspection.known_until_ns, kNsPerMs);
  document["window"] = nullptr;
  if (const auto& window = inspection.window) {
    document["window"] = {{"begin_ms", static_cast<double>(window->begin_ns) / kNsPerMs},
                          {"end_ms", static_cast<double>(window->end_ns) / kNsPerMs}};
  }
  document["marks_fit"] = inspection.marks_fit;
  document["allocations"] = value_or_null(inspection.allocations);
  document["allocation_records"] = value_or_null(inspection.allocation_records);
  document["peak_heap_bytes"] = value_or_null(inspection.peak_heap_bytes);
  document["peak_ms"] = scaled_or_null(inspection.peak_ns, kNsPerMs);
  document["heap_at_begin_bytes"] = value_or_null(inspection.heap_at_begin_bytes);
  document["malloc_peak_bytes"] = value_or_null(inspection.malloc_peak_bytes);
  document["mapped_peak_bytes"] = value_or_null(inspection.mapped_peak_bytes);
  document["mapped_at_begin_bytes"] = value_or_null(inspection.mapped_at_begin_bytes);
  document["shared_bytes"] = value_or_null(inspection.shared_bytes);
  document["heap_counts"] = figures::heap_rule(inspection);
  document["unexplained"] = unexplained_json(inspection.unexplained);
  document["live_at_end_bytes"] = value_or_null(inspection.live_at_end_bytes);
  document["bytes_copied"] = value_or_null(inspection.bytes_copied);
  document["copies"] = value_or_null(inspection.copy_calls);
  document["bytes_realloc_moved"] = value_or_null(inspection.bytes_realloc_moved);
  document["bytes_in"] = value_or_null(inspection.bytes_in);
  document["bytes_out"] = value_or_null(inspection.bytes_out);
  document["resident"] = {{"anonymous_bytes", value_or_null(inspection.resident.anonymous_bytes)},
                          {"file_bytes", value_or_null(inspection.resident.file_bytes)},
                          {"high_water_bytes", value_or_null(inspection.resident.high_water_bytes)}};
  document["array_bytes"] = value_or_null(inspection.array_bytes);
  for (const auto& [name, value] : figures::to_json(inspection.copy.value_or(figures::CopyFigures()))) {
    document[name] = inspection.copy ? value : json::value(nullptr);
  }
  document["buffers_at_peak"] = buffers_json(inspection.buffers_at_peak);
  json::array untraced, allocators;
  for (const auto& [pid, program, reason] : inspection.untraced) {
    untraced.push_back({{"pid", pid}, {"program", program}, {"reason", reason}});
  }
  for (const auto& [module, name] : inspection.allocators) {
    allocators.push_back({{"module", module}, {"name", name}});
  }
  document["untraced"] = std::move(untraced);
  document["allocators"] = std::move(allocators);
  json::array conclusions;
  for (const std::string& conclusion : inspection.conclusions) conclusions.push_back(json::value(conclusion));
  document["conclusions"] = std::move(conclusions);
  json::array findings;
  for (const std::string& finding : inspection.findings) findings.push_back(json::value(finding));
  document["findings"] = std::move(findings);
  return document;
}

}  // namespace chunkmark::report
