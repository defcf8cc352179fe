#include "instrument/figures/inspection.h"

#include <algorithm>

#include "instrument/capture/origin.h"
#include "instrument/figures/conclusions.h"
#include "instrument/figures/findings.h"
#include "instrument/profile/frame_text.h"

namespace chunkmark::figures {
namespace {

constexpr std::size_t kMaxBuffers = 20;

std::vector<Buffer> largest_buffers(const std::vector<profile::Site>& sites, const capture::StackTree& tree,
                                    const SameBytes& same_bytes) {
  std::vector<Buffer> buffers;
  for (const profile::Site& site : sites) {  // largest first
    if (buffers.size() == kMaxBuffers) break;
    Buffer buffer{.site = site.name,
                  .bytes = site.bytes,
                  .bytes_before = site.bytes - site.grown(),
                  .blocks = site.blocks,
                  .shared_bytes = site.shared_bytes,
                  .large_bytes = {},
                  .large_touched_bytes = {},
                  .content = {},
                  .stack = profile::stack_text(tree, site.stack)};
    if (site.large_bytes > 0) {
      buffer.large_bytes = site.large_bytes;
      buffer.large_touched_bytes = site.large_touched_bytes;
    }
    if (const auto content = same_bytes.sites.find(site.name); content != same_bytes.sites.end()) {
      buffer.content = content->second;
    }
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

// What is resident and no event explains, process by process. Below the bounds it is what every program has: its
// libraries' data, stacks, room between blocks.
std::vector<Unexplained> find_unexplained(const profile::CaptureAnalysis& capture) {
  constexpr std::uint64_t kMinBytes = 16'000'000;
  std::vector<Unexplained> found;
  for (std::uint32_t process = 0; process < capture.processes(); ++process) {
    const profile::Totals& totals = capture.analysis(process).totals();
    const std::uint64_t anonymous = totals.anonymous_peak_bytes;
    const std::uint64_t own = anonymous - std::min(anonymous, capture.inherited_bytes(process));
    if (own < totals.peak_heap_bytes + std::max(kMinBytes, totals.peak_heap_bytes / 10)) continue;
    found.push_back({process, anonymous, totals.peak_heap_bytes, capture.analysis(process).unexplained()});
  }
  return found;
}

// A sum of the whole run: as a file of another tool tells it by itself, or else by its events.
std::uint64_t told_or(const profile::CaptureAnalysis& capture, std::string_view key, std::uint64_t by_events) {
  const json::value* told = capture.reader().end().if_contains(key);
  return told != nullptr && told->is_uint64() ? told->get_uint64() : by_events;
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + 500'000) / 1'000'000) + " MB";
}

std::string unexplained_text(const profile::CaptureAnalysis& capture, const Unexplained& process) {
  constexpr std::size_t kMaxPlaces = 3;
  std::string text = "process " + std::to_string(capture.reader().processes()[process.process].pid) + " had " +
                     megabytes(process.resident_bytes) + " of anonymous memory resident, its heap peak is " +
                     megabytes(process.heap_bytes);
  std::string places;
  for (const profile::Unexplained& place : process.places) {
    if (&place == &process.places[std::min(kMaxPlaces, process.places.size() - 1)] &&
        process.places.size() > kMaxPlaces)
      break;
    places += (places.empty() ? "; no event explains " : ", ") +
              megabytes(place.resident_bytes - place.explained_bytes) + " in " +
              (place.name.empty() ? "mappings without a name" : place.name);
  }
  return text + places;
}

}  // namespace

const char* heap_rule(const Inspection& inspection) {
  return inspection.by_pages
             ? "blocks of the allocation family by their size, anonymous writable and shared mappings by "
               "the pages that were touched"
             : "blocks of the allocation family and anonymous writable mappings by their size";
}

Inspection inspect(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes) {
  const profile::Analysis& analysis = capture.main();
  const profile::Totals& totals = analysis.totals();
  const profile::Known known = capture.known();
  const auto so_far = [known](std::uint64_t figure) {
    return known >= profile::Known::kSoFar ? Figure(figure) : Figure();
  };
  const auto at_end = [known](std::uint64_t figure) {
    return known == profile::Known::kAll ? Figure(figure) : Figure();
  };

  Inspection told;
  told.untraced = capture.untraced();
  told.allocators = capture.allocators();
  told.findings = find_findings(capture, array_bytes);
  for (const Unexplained& process : find_unexplained(capture)) {
    told.findings.push_back(unexplained_text(capture, process));
    told.unexplained.push_back(process);
  }
  if (array_bytes == 0) array_bytes = capture.array_bytes();
  told.command = capture.command_line();
  told.started = capture.started();
  if (capture.reader().complete() && capture.tells(capture::kTellsDuration)) {
    told.duration_ns = capture.duration_ns();
  }
  if (known == profile::Known::kSoFar) told.known_until_ns = totals.end_ns;
  if (analysis.has_window()) told.window = Window{totals.begin_ns, totals.end_ns};
  told.marks_fit = find_marks_problem(capture).empty();
  const auto if_told = [&capture](std::string_view what, Figure figure) {
    return capture.tells(what) ? figure : Figure();
  };
  told.origin = capture.origin();
  told.allocation_records = capture.allocation_records();
  told.allocations = if_told(capture::kTellsAllocations, so_far(told_or(capture, "allocations", totals.allocations)));
  told.peak_heap_bytes =
      if_told(capture::kTellsPeak, so_far(told_or(capture, "peak_heap_bytes", totals.peak_heap_bytes)));
  told.peak_ns = if_told(capture::kTellsPeak, if_told(capture::kTellsTimes, so_far(totals.peak_time_ns)));
  told.heap_at_begin_bytes = analysis.has_window() ? totals.heap_at_begin_bytes : at_end(totals.heap_at_begin_bytes);
  told.malloc_peak_bytes = if_told(capture::kTellsAllocator, so_far(totals.malloc_peak_bytes));
  told.by_pages = capture.by_pages();
  told.mapped_at_begin_bytes =
      analysis.has_window() ? totals.mapped_at_begin_bytes : at_end(totals.mapped_at_begin_bytes);
  told.mapped_peak_bytes = if_told(capture::kTellsMapped, so_far(totals.mapped_peak_bytes));
  std::uint64_t shared_bytes = 0;
  for (const profile::StackTotals& stack : analysis.stacks()) {
    shared_bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(stack.peak_shared_bytes, 0));
  }
  told.shared_bytes = if_told(capture::kTellsPages, so_far(shared_bytes));
  told.live_at_end_bytes = if_told(capture::kTellsEnd, at_end(totals.live_at_end_bytes));
  told.bytes_copied = if_told(capture::kTellsCopies, at_end(totals.bytes_copied));
  told.copy_calls = if_told(capture::kTellsCopies, at_end(totals.copies));
  told.bytes_realloc_moved = if_told(capture::kTellsRealloc, so_far(totals.bytes_realloc_moved));
  told.bytes_in = if_told(capture::kTellsTransfers, so_far(totals.bytes_in));
  told.bytes_out = if_told(capture::kTellsTransfers, so_far(totals.bytes_out));
  if (capture.resident_known()) {
    told.resident.anonymous_bytes = totals.anonymous_peak_bytes;
    told.resident.file_bytes = totals.file_peak_bytes;
  }
  told.resident.high_water_bytes = capture.resident_high_water_bytes();

  const capture::StackTree& tree = capture.reader().stacks();
  if (array_bytes == 0) {
    told.buffers_at_peak = largest_buffers(profile::sites_at_peak(analysis, tree), tree, {});
    told.conclusions = conclusions(capture, nullptr);
    return told;
  }
  told.array_bytes = array_bytes;
  CopyFigures figures = copy_figures(capture, array_bytes);
  told.buffers_at_peak = largest_buffers(figures.sites, tree, figures.same_bytes);
  const bool knows_copies = known == profile::Known::kAll && capture.tells(capture::kTellsPeak) && figures.array_seen;
  told.conclusions = conclusions(capture, knows_copies ? &figures : nullptr);
  if (known != profile::Known::kAll || !capture.tells(capture::kTellsPeak)) return told;
  if (figures.array_seen) {
    if (std::string why = suspicion(capture, figures); !why.empty()) told.findings.push_back(std::move(why));
    told.copy = std::move(figures);
  } else {
    told.findings.push_back("no buffer of " + std::to_string(array_bytes) +
                            " bytes was alive at the heap peak: nothing can be said about copies of it");
  }
  return told;
}

}  // namespace chunkmark::figures
