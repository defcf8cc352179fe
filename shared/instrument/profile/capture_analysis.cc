#include "instrument/profile/capture_analysis.h"

#include "instrument/capture/origin.h"
#include "instrument/profile/stack_fold.h"

namespace chunkmark::profile {
namespace {

// A whole number of an untrusted JSON document; empty if it is none.
std::optional<std::uint64_t> number_of(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  if (const std::uint64_t* number = value->if_uint64()) return *number;
  if (const std::int64_t* number = value->if_int64(); number != nullptr && *number >= 0) {
    return static_cast<std::uint64_t>(*number);
  }
  return std::nullopt;
}

std::uint64_t number_of(const json::object& object, std::string_view key) {
  return number_of(object.if_contains(key)).value_or(0);
}

std::optional<std::string> text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

// The texts of a list; none if it is none.
std::vector<std::string> texts_of(const json::value* value) {
  std::vector<std::string> texts;
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& item : value->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

}  // namespace

CaptureAnalysis::CaptureAnalysis(const capture::CaptureFile& file, const Listener& listener)
    : reader_(capture::open(file)), listener_(listener ? &listener : nullptr) {
  const std::unique_ptr<Lane> lane = file.lane != nullptr ? file.lane() : nullptr;
  lane_ = lane.get();
  reader_->read(*this);
  if (lane_ != nullptr) lane_->wait();
  lane_ = nullptr;
  listener_ = nullptr;
  if (!reader_->complete() && reader_->processes().empty()) throw Error(ErrorCode::kCorrupt, reader_->problem());
  finish();
}

template <typename Work>
void CaptureAnalysis::in_turn(Work&& work) {
  if (!words_) words_ = {tie(), origin().has_value(), tells(capture::kTellsCopies)};
  if constexpr (kHasLanes) {
    if (lane_ != nullptr) return lane_->run(std::forward<Work>(work));
  }
  work();
}

Analysis& CaptureAnalysis::analysis_of(std::uint32_t process) {
  while (process >= processes_.size()) {
    processes_.emplace_back(words_->tie, words_->is_foreign, words_->tells_copies);
  }
  return processes_[process];
}

void CaptureAnalysis::on_events(std::uint32_t process, std::span<const capture::Event> events) {
  struct Piece {
    std::vector<capture::Event> events;
    std::vector<std::uint32_t> parents;
  };
  if (!events.empty()) last_ns_ = std::max(last_ns_, events.back().time_ns);
  std::vector<std::uint32_t> parents;
  if (listener_ != nullptr) parents = new_parents(reader_->stacks(), known_nodes_);
  if constexpr (kHasLanes) {
    if (lane_ != nullptr) {
      const auto piece = std::make_shared<Piece>(Piece{{events.begin(), events.end()}, std::move(parents)});
      return in_turn([this, process, piece] { take({process, piece->events, piece->parents, piece}); });
    }
  }
  in_turn([&] { take({process, events, parents, nullptr}); });
}

void CaptureAnalysis::take(const Heard& heard) {
  Analysis& analysis = analysis_of(heard.process);
  for (const capture::Event& event : heard.events) analysis.add(event);
  if (listener_ != nullptr) (*listener_)(*this, heard);
}

void CaptureAnalysis::on_mark(std::uint32_t process, const capture::Mark& mark) {
  in_turn([this, process, mark] { analysis_of(process).add(mark); });
}

void CaptureAnalysis::on_sample(std::uint32_t process, const capture::ResidentSample& sample) {
  in_turn([this, process, sample] { analysis_of(process).add(sample); });
}

void CaptureAnalysis::on_heap(std::uint32_t process, const capture::HeapSample& sample) {
  in_turn([this, process, sample] { analysis_of(process).add(sample); });
}

void CaptureAnalysis::on_memory_map(std::uint32_t process, const capture::MemoryMap& map) {
  in_turn([this, process, map] { analysis_of(process).add(map); });
}

void CaptureAnalysis::on_print(std::uint32_t process, const capture::ContentPrint& print) {
  in_turn([this, process, print] { analysis_of(process).add(print); });
}

void CaptureAnalysis::finish() {
  if (processes_.empty()) processes_.emplace_back(tie());
  std::map<std::uint64_t, const json::object*> ended;
  if (const json::value* list = reader_->end().if_contains("processes"); list != nullptr && list->is_array()) {
    for (const json::value& item : list->get_array()) {
      if (item.is_object()) ended[number_of(item.get_object(), "process")] = &item.get_object();
    }
  }
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    const auto at = ended.find(i);
    const json::object none;
    const json::object& counters = at != ended.end() ? *at->second : none;
    processes_[i].finish(number_of(counters, "small_copies"), number_of(counters, "small_copy_bytes"));
  }
  for (std::uint32_t i = 1; i < processes_.size(); ++i) {
    if (processes_[i].rank() > processes_[main_].rank()) main_ = i;
  }
}

Known CaptureAnalysis::known() const {
  if (reader_->complete() || main().window_ended()) return Known::kAll;
  return main().has_events() ? Known::kSoFar : Known::kNothing;
}

bool CaptureAnalysis::resident_known() const {
  const Totals& totals = main().totals();
  if (totals.anonymous_peak_bytes == 0 && totals.file_peak_bytes == 0)
    return false;  // it ended before the first sample
  return reader_->complete() || (main().window_ended() && main().sampled_beyond(totals.end_ns));
}

// A member of what a file of another tool says of itself; null if there is none.
const json::value* CaptureAnalysis::told_of_origin(std::string_view key) const {
  const json::value* origin = reader_->meta().if_contains("origin");
  const json::object* told = origin != nullptr ? origin->if_object() : nullptr;
  return told != nullptr ? told->if_contains(key) : nullptr;
}

Analysis::Tie CaptureAnalysis::tie() const {
  return text_of(told_of_origin("peak_tie")) == "last" ? Analysis::Tie::kLast : Analysis::Tie::kFirst;
}

std::optional<std::string> CaptureAnalysis::origin() const {
  return text_of(told_of_origin("format"));
}

bool CaptureAnalysis::tells(std::string_view what) const {
  const std::vector<std::string> unknown = texts_of(told_of_origin("unknown"));
  return std::find(unknown.begin(), unknown.end(), what) == unknown.end();
}

std::vector<std::string> CaptureAnalysis::notes() const {
  return texts_of(reader_->end().if_contains("notes"));
}

std::uint64_t CaptureAnalysis::exit_status() const {
  return number_of(reader_->end(), "exit_status");
}

std::optional<std::uint64_t> CaptureAnalysis::allocation_records() const {
  return number_of(reader_->end().if_contains("allocation_records"));
}

std::optional<std::string> CaptureAnalysis::command_line() const {
  return text_of(reader_->meta().if_contains("command_line"));
}

std::optional<std::string> CaptureAnalysis::started() const {
  return text_of(reader_->meta().if_contains("started"));
}

std::uint64_t CaptureAnalysis::array_bytes() const {
  return number_of(reader_->meta(), "array_bytes");
}

std::uint64_t CaptureAnalysis::duration_ns() const {
  const std::uint64_t told = number_of(reader_->end(), "duration_ns");
  return told != 0 ? told : last_ns_;
}

std::uint64_t CaptureAnalysis::untraced_processes() const {
  return number_of(reader_->end(), "untraced_processes");
}

std::uint64_t CaptureAnalysis::unnamed_frames() const {
  return number_of(reader_->end(), "unnamed_frames");
}

// The objects of a list in the last section; whatever else stands there is passed over.
std::vector<const json::object*> CaptureAnalysis::listed(std::string_view key) const {
  std::vector<const json::object*> objects;
  const json::value* list = reader_->end().if_contains(key);
  if (list == nullptr || !list->is_array()) return objects;
  for (const json::value& entry : list->get_array()) {
    if (const json::object* object = entry.if_object()) objects.push_back(object);
  }
  return objects;
}

std::vector<UntracedProgram> CaptureAnalysis::untraced() const {
  std::vector<UntracedProgram> programs;
  for (const json::object* entry : listed("untraced")) {
    programs.push_back({static_cast<std::int64_t>(number_of(*entry, "pid")),
                        text_of(entry->if_contains("program")).value_or(""),
                        text_of(entry->if_contains("reason")).value_or("")});
  }
  return programs;
}

std::vector<OwnAllocator> CaptureAnalysis::allocators() const {
  std::vector<OwnAllocator> allocators;
  for (const json::object* entry : listed("allocators")) {
    allocators.push_back(
        {text_of(entry->if_contains("module")).value_or(""), text_of(entry->if_contains("name")).value_or("")});
  }
  return allocators;
}

std::optional<std::string> CaptureAnalysis::python_not_read() const {
  return text_of(told_of(main_, "python_not_read"));
}

std::optional<std::uint64_t> CaptureAnalysis::resident_high_water_bytes() const {
  return number_of(told_of(main_, "resident_high_water_bytes"));
}

bool CaptureAnalysis::by_pages() const {
  return number_of(reader_->meta(), "version") >= 2 && !pages_not_read();
}

bool CaptureAnalysis::pages_not_read() const {
  return told_of(main_, "pages_not_read") != nullptr;
}

std::uint64_t CaptureAnalysis::inherited_bytes(std::uint32_t process) const {
  return number_of(told_of(process, "inherited_bytes")).value_or(0);
}

// A member of a process's entry in the last section; null if there is none.
const json::value* CaptureAnalysis::told_of(std::uint32_t of, std::string_view key) const {
  const json::value* processes = reader_->end().if_contains("processes");
  if (processes == nullptr || !processes->is_array()) return nullptr;
  for (const json::value& entry : processes->get_array()) {
    const json::object* process = entry.if_object();
    if (process == nullptr || number_of(process->if_contains("process")) != of) continue;
    if (const json::value* value = process->if_contains(key)) return value;
  }
  return nullptr;
}

}  // namespace chunkmark::profile
