#include "instrument/profile/capture_analysis.h"

namespace chunkmark::profile {
namespace {

// A number of a JSON object that nobody vouches for; 0 if it is not there or no such number.
std::uint64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return 0;
  if (const std::uint64_t* number = value->if_uint64()) return *number;
  if (const std::int64_t* number = value->if_int64()) return *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
  return 0;
}

}  // namespace

CaptureAnalysis::CaptureAnalysis(capture::CaptureFile file) : reader_(std::move(file)) {
  reader_.read(*this);
  if (!reader_.complete() && reader_.processes().empty()) throw Error(ErrorCode::kCorrupt, reader_.problem());
  finish();
}

Analysis& CaptureAnalysis::analysis_of(std::uint32_t process) {
  if (process >= processes_.size()) processes_.resize(process + std::size_t{1});
  return processes_[process];
}

void CaptureAnalysis::on_events(std::uint32_t process, std::span<const capture::Event> events) {
  Analysis& analysis = analysis_of(process);
  for (const capture::Event& event : events) analysis.add(event);
  if (!events.empty()) last_ns_ = std::max(last_ns_, events.back().time_ns);
}

void CaptureAnalysis::on_mark(std::uint32_t process, const capture::Mark& mark) {
  analysis_of(process).add(mark);
}

void CaptureAnalysis::on_sample(std::uint32_t process, const capture::ResidentSample& sample) {
  analysis_of(process).add(sample);
}

void CaptureAnalysis::finish() {
  if (processes_.empty()) processes_.resize(1);
  std::map<std::uint64_t, const json::object*> ended;
  if (const json::value* list = reader_.end().if_contains("processes"); list != nullptr && list->is_array()) {
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
  const auto rank = [this](std::uint32_t i) {
    return std::pair(processes_[i].has_window(), processes_[i].totals().peak_heap_bytes);
  };
  for (std::uint32_t i = 1; i < processes_.size(); ++i) {
    if (rank(i) > rank(main_)) main_ = i;
  }
}

Known CaptureAnalysis::known() const {
  if (reader_.complete() || main().window_ended()) return Known::kAll;
  return main().has_events() ? Known::kSoFar : Known::kNothing;
}

bool CaptureAnalysis::resident_known() const {
  const Totals& totals = main().totals();
  if (totals.anonymous_peak_bytes == 0 && totals.file_peak_bytes == 0)
    return false;  // it ended before the first sample
  return reader_.complete() || (main().window_ended() && main().sampled_beyond(totals.end_ns));
}

std::uint64_t CaptureAnalysis::array_bytes() const {
  return number_of(reader_.meta(), "array_bytes");
}

std::uint64_t CaptureAnalysis::duration_ns() const {
  const std::uint64_t told = number_of(reader_.end(), "duration_ns");
  return told != 0 ? told : last_ns_;
}

}  // namespace chunkmark::profile
