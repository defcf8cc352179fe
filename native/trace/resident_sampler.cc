#include "native/trace/resident_sampler.h"

#include <algorithm>
#include <utility>

namespace chunkmark::trace {
namespace {
constexpr std::chrono::milliseconds kInterval{1};
}

ResidentSampler::ResidentSampler(const TickClock& clock) : clock_(clock), thread_([this] { run(); }) {}

ResidentSampler::~ResidentSampler() {
  stop_ = true;
  thread_.join();
}

void ResidentSampler::add(std::uint32_t process, pid_t pid) {
  const std::lock_guard lock(mutex_);
  processes_[process] = pid;
}

void ResidentSampler::remove(std::uint32_t process) {
  const std::lock_guard lock(mutex_);
  processes_.erase(process);
}

std::vector<ResidentSampler::Sample> ResidentSampler::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(samples_, {});
}

std::uint64_t ResidentSampler::high_water_bytes(std::uint32_t process) {
  const std::lock_guard lock(mutex_);
  return high_water_[process];
}

void ResidentSampler::run() {
  while (!stop_) {
    {
      const std::lock_guard lock(mutex_);
      sample(clock_.now_ns());
    }
    std::this_thread::sleep_for(kInterval);
  }
}

void ResidentSampler::sample(std::uint64_t now_ns) {
  for (const auto& [process, pid] : processes_) {
    const std::optional<Resident> resident = read_resident(pid);
    if (!resident) continue;
    samples_.push_back({process, {now_ns, resident->anonymous_bytes, resident->file_bytes}});
    const std::uint64_t own = resident->high_water_bytes - std::min(resident->high_water_bytes, resident->shared_bytes);
    high_water_[process] = std::max(high_water_[process], own);
  }
}

}  // namespace chunkmark::trace
