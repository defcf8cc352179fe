#include "native/cli/study_jobs.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/error.h"
#include "base/json_members.h"
#include "native/cli/study_process.h"
#include "native/os/places.h"
#include "native/os/utc_time.h"

namespace chunkmark::cli {
namespace {

constexpr std::size_t kMaxQueued = 16, kMaxKept = 100;
constexpr std::chrono::hours kMaxTime{1};
constexpr std::size_t kMaxWordBytes = 64, kMaxWords = 32;

// What a page may ask for, of each study's options: nothing that names a file.
const std::map<std::string, std::set<std::string, std::less<>>, std::less<>>& known_options() {
  static const std::map<std::string, std::set<std::string, std::less<>>, std::less<>> known{
      {"copies",
       {"engine", "operation", "format", "codec", "shape", "chunks", "shards", "dtype", "data", "threads", "repeat",
        "durability"}},
      {"versions",
       {"engine", "workload", "mode", "transactions", "chunk-size", "compression", "seed", "reads", "trace"}}};
  return known;
}

[[noreturn]] void refuse(const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::kInvalidArgument, "job: expected " + expected + ", found " + found);
}

std::string word_of(const json::value& value, const std::string& option) {
  if (value.is_uint64() || value.is_int64()) return json::serialize(value);
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  if (const json::string* text = value.if_string()) {
    const bool is_word = !text->empty() && text->size() <= kMaxWordBytes && (*text)[0] != '-';
    if (is_word && std::all_of(text->begin(), text->end(), is_plain)) return std::string(*text);
  }
  refuse("\"" + option + "\" to be a number, a word, or a list of them", excerpt(value));
}

std::string words_of(const json::value& value, const std::string& option) {
  const json::array* list = value.if_array();
  if (list == nullptr) return word_of(value, option);
  if (list->empty() || list->size() > kMaxWords) refuse("\"" + option + "\" of 1 to 32 words", excerpt(value));
  std::string words;
  for (const json::value& one : *list) words += (words.empty() ? "" : ",") + word_of(one, option);
  return words;
}

std::vector<std::string> command_of(const std::string& study, const json::object& options, const std::string& runs) {
  const auto known = known_options().find(study);
  if (known == known_options().end()) refuse("\"study\" to be copies or versions", study);
  std::vector<std::string> command{os::own_program().string(), study, "--out", runs, "--progress-fd", "3"};
  for (const auto& [name, value] : options) {
    const std::string option(name);
    if (option == "store" && study == "copies") {
      if (value != "disk" && value != "memory") refuse("\"store\" to be disk or memory", excerpt(value));
      if (value == "memory") command.insert(command.end(), {"--store", "/dev/shm"});
      continue;
    }
    if (!known->second.contains(option)) refuse("an option of " + study, option.substr(0, kMaxWordBytes));
    command.insert(command.end(), {"--" + option, words_of(value, option)});
  }
  return command;
}

// Of what a command has said: its last message, or else its first line.
std::string message_of(const std::string& said) {
  constexpr std::string_view kOurs = "chunkmark: ";
  const std::size_t last = said.rfind(kOurs);
  const std::size_t from = last == std::string::npos ? 0 : last + kOurs.size();
  return said.substr(from, said.find('\n', from) - from);
}

}  // namespace

StudyJobs::StudyJobs(std::string runs, std::function<void()> on_done)
    : runs_(std::move(runs)), on_done_(std::move(on_done)), worker_([this] { work(); }) {}

StudyJobs::~StudyJobs() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  worker_.join();
  for (auto& [number, job] : jobs_) job.events->close();
}

std::optional<json::object> StudyJobs::start(const json::object& request) {
  Job job;
  const json::value* study = request.if_contains("study");
  const json::value* options = request.if_contains("options");
  if (study == nullptr || !study->is_string()) refuse("\"study\" to be copies or versions", "none");
  if (options != nullptr && !options->is_object()) refuse("\"options\" to be an object", excerpt(*options));
  job.study = std::string(study->get_string());
  if (options != nullptr) job.options = options->get_object();
  job.command = command_of(job.study, job.options, runs_);
  job.created = os::utc_now();
  const std::lock_guard lock(mutex_);
  const auto is_queued = [](const auto& one) { return one.second.state == State::kQueued; };
  if (std::count_if(jobs_.begin(), jobs_.end(), is_queued) >= static_cast<std::ptrdiff_t>(kMaxQueued)) {
    return std::nullopt;
  }
  job.id = std::to_string(++last_);
  Job& kept = jobs_.emplace(last_, std::move(job)).first->second;
  set_state(kept, State::kQueued);
  forget_old();
  changed_.notify_all();
  return describe(kept);
}

// With the lock held, as the next two.
json::object StudyJobs::describe(const Job& job) const {
  static constexpr const char* kNames[] = {"queued", "running", "done", "failed", "cancelled"};
  std::size_t ahead = 0;
  for (const auto& [number, other] : jobs_) {
    if (&other == &job) break;
    ahead += other.state == State::kQueued || other.state == State::kRunning ? 1 : 0;
  }
  const auto took =
      job.state == State::kRunning
          ? std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - job.began)
          : job.took;
  json::object object{{"id", job.id},           {"study", job.study},
                      {"options", job.options}, {"state", kNames[static_cast<std::size_t>(job.state)]},
                      {"created", job.created}, {"ahead", job.state == State::kQueued ? ahead : 0},
                      {"phase", job.phase},     {"done", job.done},
                      {"total", job.total},     {"elapsed_ms", took.count()}};
  if (!job.run.empty()) object["run"] = job.run;
  if (!job.message.empty()) object["message"] = job.message;
  return object;
}

void StudyJobs::set_state(Job& job, State state) {
  job.state = state;
  job.events->add("state", json::serialize(describe(job)));
  if (state != State::kQueued && state != State::kRunning) job.events->close();
}

void StudyJobs::forget_old() {
  for (auto job = jobs_.begin(); jobs_.size() > kMaxKept && job != jobs_.end();) {
    const bool is_over = job->second.state != State::kQueued && job->second.state != State::kRunning;
    job = is_over ? jobs_.erase(job) : std::next(job);
  }
}

json::array StudyJobs::list() const {
  const std::lock_guard lock(mutex_);
  json::array list;
  for (const auto& [number, job] : jobs_) list.emplace_back(describe(job));
  return list;
}

std::optional<json::object> StudyJobs::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, job] : jobs_) {
    if (job.id == id) return describe(job);
  }
  return std::nullopt;
}

std::shared_ptr<server::EventLog> StudyJobs::events(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, job] : jobs_) {
    if (job.id == id) return job.events;
  }
  return nullptr;
}

bool StudyJobs::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (auto& [number, job] : jobs_) {
    if (job.id != id) continue;
    job.is_cancelled = true;  // one that runs is ended by its thread
    if (job.state == State::kQueued) set_state(job, State::kCancelled);
    return true;
  }
  return false;
}

std::size_t StudyJobs::waiting() const {
  const std::lock_guard lock(mutex_);
  const auto is_waiting = [](const auto& one) {
    return one.second.state == State::kQueued || one.second.state == State::kRunning;
  };
  return static_cast<std::size_t>(std::count_if(jobs_.begin(), jobs_.end(), is_waiting));
}

void StudyJobs::work() {
  while (true) {
    Job* next = nullptr;
    {
      std::unique_lock lock(mutex_);
      const auto find_next = [&] {
        for (auto& [number, job] : jobs_) {
          if (next == nullptr && job.state == State::kQueued) next = &job;
        }
        return is_over_ || next != nullptr;
      };
      changed_.wait(lock, find_next);
      if (is_over_) return;
      next->began = std::chrono::steady_clock::now();
      set_state(*next, State::kRunning);
    }
    run(*next);  // nobody erases a job that is running
  }
}

bool StudyJobs::is_to_end(const Job& job) const {
  const std::lock_guard lock(mutex_);
  return is_over_ || job.is_cancelled || std::chrono::steady_clock::now() - job.began > kMaxTime;
}

void StudyJobs::run(Job& job) {
  std::string message;
  try {
    StudyProcess process(job.command);
    const auto hear_line = [&](const std::string& line) { hear(job, line); };
    const auto goes_on = [&] {
      tell_memory(job, process);
      return !is_to_end(job);
    };
    const int status = process.wait(hear_line, goes_on);
    if (status != 0) message = message_of(process.said());
    if (status != 0 && message.empty()) message = "ended with status " + std::to_string(status);
  } catch (const std::exception& error) {
    message = error.what();
  }
  bool has_run = false;
  {
    const std::lock_guard lock(mutex_);
    has_run = !job.run.empty();
  }
  if (has_run) on_done_();  // the run is there before it is told
  const std::lock_guard lock(mutex_);
  job.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - job.began);
  const bool is_cut = is_over_ || job.is_cancelled;
  if (!has_run && !is_cut) job.message = std::move(message);
  set_state(job, has_run ? State::kDone : is_cut ? State::kCancelled : State::kFailed);
}

void StudyJobs::hear(Job& job, const std::string& line) {
  const json::value heard = parse_json(line, "progress");
  const std::lock_guard lock(mutex_);
  if (const json::value* run = heard.as_object().if_contains("run")) {
    job.run = run->as_string();
    return;
  }
  job.phase = heard.at("doing").as_string();
  job.done = heard.at("done").to_number<std::uint64_t>();
  job.total = heard.at("total").to_number<std::uint64_t>();
  tell_progress(job);
}

void StudyJobs::tell_memory(Job& job, const StudyProcess& process) {
  constexpr std::chrono::milliseconds kEvery(250);
  const auto now = std::chrono::steady_clock::now();
  if (now - job.memory_told < kEvery) return;
  const std::uint64_t held = process.held_bytes();
  const std::lock_guard lock(mutex_);
  job.memory_told = now;
  job.held_bytes = held;
  tell_progress(job);
}

void StudyJobs::tell_progress(Job& job) {
  const json::object now = describe(job);
  job.events->add("progress", json::serialize(json::object{{"job", job.id},
                                                           {"phase", job.phase},
                                                           {"done", job.done},
                                                           {"total", job.total},
                                                           {"bytes", job.held_bytes},
                                                           {"elapsed_ms", now.at("elapsed_ms")}}));
}

}  // namespace chunkmark::cli
