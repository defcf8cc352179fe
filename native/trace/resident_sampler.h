// ResidentSampler: a thread that reads the resident memory of the traced processes every millisecond.
// Thread-safe: processes are added and samples taken from the launcher's thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "instrument/capture/event.h"
#include "native/trace/resident.h"
#include "native/trace/tick_clock.h"

namespace chunkmark::trace {

class ResidentSampler {
 public:
  explicit ResidentSampler(const TickClock& clock);
  ~ResidentSampler();

  void add(std::uint32_t process, pid_t pid);
  void remove(std::uint32_t process);

  struct Sample {
    std::uint32_t process;
    capture::ResidentSample sample;
  };
  // The samples since the last call.
  std::vector<Sample> take();
  // The largest high-water mark seen, shared memory (the tracer's ring) taken off.
  std::uint64_t high_water_bytes(std::uint32_t process);

 private:
  void run();
  void sample(std::uint64_t now_ns);

  const TickClock& clock_;
  std::mutex mutex_;
  std::map<std::uint32_t, pid_t> processes_;
  std::map<std::uint32_t, std::uint64_t> high_water_;
  std::vector<Sample> samples_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace chunkmark::trace
