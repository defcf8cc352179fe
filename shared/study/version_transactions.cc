#include "study/version_transactions.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace chunkmark::study {

void TransactionClock::time(const std::function<void()>& call) {
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  call();
  seconds_.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  processor_.push_back(static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC);
}

void TransactionClock::tell(json::object& told) const {
  told["seconds"] = json::value_from(seconds_);
  told["processor"] = json::value_from(processor_);
}

json::object timed(std::uint64_t repeat, const std::function<void()>& call) {
  std::vector<double> times;
  for (std::uint64_t i = 0; i < repeat; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    times.push_back(1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return {{"median", times[times.size() / 2]}, {"min", times.front()}, {"max", times.back()}, {"repeat", repeat}};
}

}  // namespace chunkmark::study
