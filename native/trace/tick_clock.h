// TickClock: converts the tracer's ticks to nanoseconds since the launcher started.
//
// Holds two readings of both clocks and interpolates between them; update() before each drain, so that what is drained
// lies between the readings and no drift builds up. Not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "native/trace/clock.h"

namespace chunkmark::trace {

class TickClock {
 public:
  TickClock() : start_(Clock::now()), last_ticks_(read_ticks()) {}

  void update() {
    const std::uint64_t ticks = read_ticks();
    const std::uint64_t ns = now_ns();
    if (ns - last_ns_ < 1'000'000) return;  // over shorter times the quotient is noise
    ns_per_tick_ = static_cast<double>(ns - last_ns_) / static_cast<double>(ticks - last_ticks_);
    last_ticks_ = ticks;
    last_ns_ = ns;
  }

  std::uint64_t to_ns(std::uint64_t ticks) const {
    const auto since = static_cast<double>(static_cast<std::int64_t>(ticks - last_ticks_));
    return static_cast<std::uint64_t>(std::max(0.0, static_cast<double>(last_ns_) + since * ns_per_tick_));
  }

  std::uint64_t now_ns() const {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start_).count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_;
  std::uint64_t last_ticks_;
  std::uint64_t last_ns_ = 0;
  double ns_per_tick_ = 0;
};

}  // namespace chunkmark::trace
