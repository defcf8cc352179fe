#include "native/server/metrics.h"

#include <cstdio>

namespace chunkmark::server {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string head(const std::string& name, const std::string& type, const std::string& help) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

}  // namespace

void Metrics::count(const std::string& route, const std::string& method, int status, std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const std::lock_guard lock(mutex_);
  ++requests_["route=\"" + route + "\",method=\"" + method + "\",status=\"" + std::to_string(status) + "\""];
  Durations& durations = durations_[route];
  for (std::size_t i = 0; i < kBoundsSeconds.size(); ++i) durations.within[i] += seconds <= kBoundsSeconds[i] ? 1 : 0;
  ++durations.count;
  durations.seconds += seconds;
}

void Metrics::show(std::string name, std::string type, std::string help, std::function<double()> value) {
  const std::lock_guard lock(mutex_);
  shown_.push_back({std::move(name), std::move(type), std::move(help), std::move(value)});
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const Shown& one : shown_) {
    out += head(one.name, one.type, one.help) + one.name + " " + number(one.value()) + "\n";
  }
  out += head("chunkmark_http_requests_total", "counter", "Requests that were answered.");
  for (const auto& [labels, count] : requests_) {
    out += "chunkmark_http_requests_total{" + labels + "} " + std::to_string(count) + "\n";
  }
  const std::string name = "chunkmark_http_request_seconds";
  out += head(name, "histogram", "Time to an answer, without sending it.");
  for (const auto& [route, durations] : durations_) {
    const std::string label = "route=\"" + route + "\"";
    for (std::size_t i = 0; i < kBoundsSeconds.size(); ++i) {
      out += name + "_bucket{" + label + ",le=\"" + number(kBoundsSeconds[i]) + "\"} " +
             std::to_string(durations.within[i]) + "\n";
    }
    out += name + "_bucket{" + label + ",le=\"+Inf\"} " + std::to_string(durations.count) + "\n";
    out += name + "_sum{" + label + "} " + number(durations.seconds) + "\n";
    out += name + "_count{" + label + "} " + std::to_string(durations.count) + "\n";
  }
  return out;
}

}  // namespace chunkmark::server
