// What the server has done, in Prometheus' text format. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace chunkmark::server {

class Metrics {
 public:
  // A request that was answered: by which route, and how long that took.
  void count(const std::string& route, const std::string& method, int status, std::chrono::nanoseconds took);
  // What is asked for its value when it is shown. `help` is a sentence; `type`: gauge, counter.
  void show(std::string name, std::string type, std::string help, std::function<double()> value);

  std::string text() const;

 private:
  static constexpr std::array<double, 8> kBoundsSeconds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};
  struct Shown {
    std::string name, type, help;
    std::function<double()> value;
  };
  struct Durations {
    std::array<std::uint64_t, kBoundsSeconds.size()> within{};
    std::uint64_t count = 0;
    double seconds = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> requests_;  // by their labels
  std::map<std::string, Durations> durations_;     // by route
  std::vector<Shown> shown_;
};

}  // namespace chunkmark::server
