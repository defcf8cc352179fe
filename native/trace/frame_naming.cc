#include "native/trace/frame_naming.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <iterator>
#include <mutex>

#include "native/trace/symbolizer.h"

namespace chunkmark::trace {
namespace {

constexpr std::size_t kMaxThreads = 8;  // more would wait for the disk
constexpr auto kSaveInterval = std::chrono::seconds(2);
constexpr auto kPatience = std::chrono::milliseconds(300);  // with threads that were told to stop
constexpr std::size_t kBatch = 256;

std::uintmax_t file_bytes(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t bytes = std::filesystem::file_size(path, failed);
  return failed ? 0 : bytes;
}

}  // namespace

struct FrameNaming::Work {
  std::vector<ModuleFrames> modules;  // the largest file first: it decides when the last thread is done
  std::size_t total = 0;
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable changed;
  Named named;           // under the mutex
  std::size_t busy = 0;  // threads, under the mutex
};

FrameNaming::FrameNaming(std::vector<ModuleFrames> modules) : work_(std::make_shared<Work>()) {
  std::vector<std::pair<std::uintmax_t, std::size_t>> sizes;
  sizes.reserve(modules.size());
  for (std::size_t i = 0; i < modules.size(); ++i) sizes.emplace_back(file_bytes(modules[i].path), i);
  std::sort(sizes.rbegin(), sizes.rend());
  for (const auto& [bytes, i] : sizes) {
    work_->total += modules[i].frames.size();
    work_->modules.push_back(std::move(modules[i]));
  }
  const std::size_t width = std::max(std::thread::hardware_concurrency(), 2u);
  work_->busy = std::min({width, kMaxThreads, sizes.size()});
  for (std::size_t i = work_->busy; i > 0; --i) threads_.emplace_back(run, work_);
}

FrameNaming::~FrameNaming() {
  work_->stop = true;
  bool ended = false;
  {
    std::unique_lock lock(work_->mutex);
    ended = work_->changed.wait_for(lock, kPatience, [this] { return work_->busy == 0; });
  }
  for (std::thread& thread : threads_) ended ? thread.join() : thread.detach();
}

FrameNaming::Named FrameNaming::take(std::chrono::milliseconds wait) {
  std::unique_lock lock(work_->mutex);
  work_->changed.wait_for(lock, wait, [this] { return work_->busy == 0; });
  ended_ = work_->busy == 0;
  return std::exchange(work_->named, {});
}

bool FrameNaming::ended() const {
  return ended_;
}

std::size_t FrameNaming::done() const {
  return work_->done;
}

std::size_t FrameNaming::total() const {
  return work_->total;
}

void FrameNaming::run(const std::shared_ptr<Work>& work) {
  for (std::size_t i = work->next++; i < work->modules.size() && !work->stop; i = work->next++) {
    try {
      name_module(*work, work->modules[i]);
    } catch (const std::exception&) {
      continue;  // a file that is no file, or takes more memory than there is: no names
    }
  }
  const std::scoped_lock lock(work->mutex);
  --work->busy;
  work->changed.notify_all();
}

void FrameNaming::name_module(Work& work, const ModuleFrames& module) {
  Symbolizer symbolizer(module.path);
  Named batch;
  const auto hand_over = [&] {
    const std::scoped_lock lock(work.mutex);
    std::move(batch.begin(), batch.end(), std::back_inserter(work.named));
    batch.clear();
  };
  auto saved = std::chrono::steady_clock::now();
  for (const auto& [offset, frame] : module.frames) {
    if (work.stop) break;
    if (std::vector<capture::Symbol> found = symbolizer.resolve(offset); !found.empty()) {
      batch.emplace_back(frame, std::move(found));
    }
    ++work.done;
    if (batch.size() >= kBatch) hand_over();
    if (std::chrono::steady_clock::now() - saved > kSaveInterval) {
      symbolizer.save();
      saved = std::chrono::steady_clock::now();
    }
  }
  hand_over();
}

}  // namespace chunkmark::trace
