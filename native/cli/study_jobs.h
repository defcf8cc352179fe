// StudyJobs: studies that a server runs for its pages, one at a time, so that none disturbs another's times. Each is a
// process of its own, `chunkmark copies` or `versions`, whose run stands among the others when it is done.
//
// A job is {"id", "study", "options", "state": queued | running | done | failed | cancelled, "created", "ahead": jobs
// before it, "phase", "done", "total", "elapsed_ms", "run": its id, "message": of a failure}. Its events are "state"
// (the job) and "progress" ({"job", "phase", "done", "total", "bytes": memory that it holds,
// "elapsed_ms"}), four times a second at least. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "native/server/event_log.h"

namespace chunkmark::cli {

class StudyProcess;

class StudyJobs {
 public:
  // `runs`: where the runs are stored. `on_done` is called, on another thread, when a run has been.
  StudyJobs(std::string runs, std::function<void()> on_done);
  // Cancels what is left.
  ~StudyJobs();
  StudyJobs(const StudyJobs&) = delete;
  StudyJobs& operator=(const StudyJobs&) = delete;

  // {"study": "copies" | "versions", "options": {...}}: options as those of the command, without their dashes. Null:
  // too many wait already. Errors: kInvalidArgument.
  std::optional<json::object> start(const json::object& request);
  json::array list() const;
  std::optional<json::object> find(const std::string& id) const;
  std::shared_ptr<server::EventLog> events(const std::string& id) const;
  // What is done stays as it is. False: no such job.
  bool cancel(const std::string& id);

  std::size_t waiting() const;

 private:
  enum class State { kQueued, kRunning, kDone, kFailed, kCancelled };
  struct Job {
    std::string id, study, created, phase, run, message;
    json::object options;
    std::vector<std::string> command;
    State state = State::kQueued;
    bool is_cancelled = false;
    std::uint64_t done = 0, total = 0, held_bytes = 0;
    std::chrono::steady_clock::time_point began, memory_told;
    std::chrono::milliseconds took{0};
    std::shared_ptr<server::EventLog> events = std::make_shared<server::EventLog>();
  };

  json::object describe(const Job& job) const;
  void set_state(Job& job, State state);
  void work();
  void run(Job& job);
  void hear(Job& job, const std::string& line);
  void tell_memory(Job& job, const StudyProcess& process);
  void tell_progress(Job& job);
  void forget_old();
  bool is_to_end(const Job& job) const;

  const std::string runs_;
  const std::function<void()> on_done_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Job> jobs_;  // by number
  std::uint64_t last_ = 0;
  bool is_over_ = false;
  std::thread worker_;
};

}  // namespace chunkmark::cli
