#include "instrument/figures/findings.h"

#include <algorithm>
#include <cstdio>

#include "instrument/capture/origin.h"
#include "instrument/figures/byte_text.h"
#include "instrument/profile/sites.h"

namespace chunkmark::figures {
namespace {

// What a cut or damaged capture leaves of the figures, in words.
std::string known_text(const profile::CaptureAnalysis& capture) {
  char until[64];
  std::snprintf(until, sizeof until, "%.1f ms", static_cast<double>(capture.main().totals().end_ns) / 1e6);
  switch (capture.known()) {
    case profile::Known::kNothing:
      return "no event could be read: no figure is known";
    case profile::Known::kSoFar:
      return "the figures are of what could be read, up to " + std::string(until) +
             ": peaks and sums are at least that, the others are unknown";
    default:
      return "the marked operation is whole, what came after it is unknown";
  }
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // the whole of it, if there is no slash
}

// "2 processes could not be traced: go (statically linked), ping (set-user-ID or with capabilities)"; each once.
std::string untraced_text(const std::vector<profile::UntracedProgram>& programs) {
  constexpr std::size_t kMaxNamed = 5;
  std::vector<std::string> names;
  for (const profile::UntracedProgram& program : programs) {
    const std::string name = file_name(program.program) + " (" + program.reason + ")";
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string text =
      std::to_string(programs.size()) + (programs.size() == 1 ? " process" : " processes") + " could not be traced: ";
  for (std::size_t i = 0; i < names.size() && i < kMaxNamed; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text + (names.size() > kMaxNamed ? ", and others" : "");
}

// Mappings that count whole though only a part of them may be used: allocators map arenas of 1 GiB and more.
void add_mappings(const profile::CaptureAnalysis& capture, std::vector<std::string>& findings) {
  constexpr std::uint64_t kMinBytes = 32'000'000, kMinShareOfPeak = 10;  // a tenth
  constexpr std::size_t kMaxNamed = 3;
  if (!capture.origin() || capture.tells(capture::kTellsPages) || !capture.tells(capture::kTellsPeak)) return;
  const std::uint64_t least = std::max(kMinBytes, capture.main().totals().peak_heap_bytes / kMinShareOfPeak);
  std::size_t named = 0;
  for (const profile::Site& site : profile::sites_at_peak(capture.main(), capture.reader().stacks())) {
    if (site.mapped_bytes < least || ++named > kMaxNamed) continue;
    findings.push_back(byte_text(site.mapped_bytes) + " of the heap peak are mapped by " + site.name +
                       ": they count whole, what of them was touched is not in this file");
  }
}

}  // namespace

std::string find_marks_problem(const profile::CaptureAnalysis& capture) {
  const profile::Analysis& analysis = capture.main();
  std::string found;
  for (const capture::Mark& mark : analysis.marks()) {
    if (mark.name == "begin" || mark.name == "end") found += (found.empty() ? "" : ", ") + mark.name;
  }
  if (found.empty() || found == "begin, end") return "";
  const char* figures = !analysis.has_window()        ? "the whole run"
                        : analysis.window_ended()     ? "the first begin to the end that follows it"
                        : capture.reader().complete() ? "the first begin to the end of the run"
                                                      : "the first begin to where the capture is cut";
  return "expected the marks begin and end once each, in this order, found " + found + ": the figures are of " +
         figures;
}

std::vector<std::string> find_findings(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes) {
  std::vector<std::string> findings;
  const capture::EventSource& reader = capture.reader();
  if (!reader.complete()) {
    findings.push_back(reader.problem());
    findings.push_back(known_text(capture));
  }
  if (const std::uint64_t own = capture.array_bytes(); own != 0 && array_bytes != 0 && own != array_bytes) {
    findings.push_back("the figures are of an array of " + std::to_string(array_bytes) +
                       " bytes, as asked for; the capture was made for one of " + std::to_string(own));
  }
  if (reader.processes().size() > 1) {
    const capture::Process& process = reader.processes()[capture.main_process()];
    findings.push_back(std::to_string(reader.processes().size()) +
                       " processes were traced; the figures are of process " + std::to_string(process.pid) + ": " +
                       process.command);
  }
  if (const std::uint64_t refused = capture.untraced_processes(); refused > 0) {
    findings.push_back(std::to_string(refused) + (refused == 1 ? " process" : " processes") +
                       " found no room and ran untraced");
  }
  if (const std::uint64_t unnamed = capture.unnamed_frames(); unnamed > 0) {
    findings.push_back(std::to_string(unnamed) + (unnamed == 1 ? " native frame has" : " native frames have") +
                       " no name: a signal ended the trace while names were looked up");
  }
  if (const auto untraced = capture.untraced(); !untraced.empty()) findings.push_back(untraced_text(untraced));
  for (const profile::OwnAllocator& allocator : capture.allocators()) {
    findings.push_back(file_name(allocator.module) + " carries " + allocator.name +
                       ": blocks inside that allocator are not seen one by one, only the memory that it maps");
  }
  if (const std::optional<std::string> version = capture.python_not_read()) {
    findings.push_back("the Python frames of CPython " + *version +
                       " were not read (3.11 to 3.15 are, with the GIL): stacks show the interpreter's own functions");
  }
  if (capture.pages_not_read()) {
    findings.push_back(
        "the kernel does not tell which pages of this process are touched: mappings count by their size");
  }
  if (const std::uint64_t status = capture.exit_status(); status != 0) {
    findings.push_back("the command ended with status " + std::to_string(status));
  }
  add_mappings(capture, findings);
  if (const std::string problem = find_marks_problem(capture); !problem.empty()) findings.push_back(problem);
  for (const std::string& note : capture.notes()) findings.push_back(note);
  return findings;
}

}  // namespace chunkmark::figures
