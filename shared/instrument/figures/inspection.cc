#include "instrument/figures/inspection.h"

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
    const auto content = same_bytes.sites.find(site.name);
    buffers.push_back({site.name, site.bytes, site.bytes - site.grown(), site.blocks,
                       content != same_bytes.sites.end() ? std::optional(content->second) : std::nullopt,
                       profile::stack_text(tree, site.stack)});
  }
  return buffers;
}

}  // namespace

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
  told.findings = find_findings(capture, array_bytes);
  if (array_bytes == 0) array_bytes = capture.array_bytes();
  told.command = capture.command_line();
  told.started = capture.started();
  if (capture.reader().complete()) told.duration_ns = capture.duration_ns();
  if (known == profile::Known::kSoFar) told.known_until_ns = totals.end_ns;
  if (analysis.has_window()) told.window = Window{totals.begin_ns, totals.end_ns};
  told.marks_fit = find_marks_problem(capture).empty();
  told.allocations = so_far(totals.allocations);
  told.peak_heap_bytes = so_far(totals.peak_heap_bytes);
  told.peak_ns = so_far(totals.peak_time_ns);
  told.heap_at_begin_bytes = analysis.has_window() ? totals.heap_at_begin_bytes : at_end(totals.heap_at_begin_bytes);
  told.malloc_peak_bytes = so_far(totals.malloc_peak_bytes);
  told.live_at_end_bytes = at_end(totals.live_at_end_bytes);
  told.bytes_copied = at_end(totals.bytes_copied);
  told.copy_calls = at_end(totals.copies);
  told.bytes_realloc_moved = so_far(totals.bytes_realloc_moved);
  told.bytes_in = so_far(totals.bytes_in);
  told.bytes_out = so_far(totals.bytes_out);
  if (capture.resident_known()) {
    told.resident.anonymous_bytes = totals.anonymous_peak_bytes;
    told.resident.file_bytes = totals.file_peak_bytes;
  }
  told.resident.high_water_bytes = capture.resident_high_water_bytes();

  const capture::StackTree& tree = capture.reader().stacks();
  if (array_bytes == 0) {
    told.buffers_at_peak = largest_buffers(profile::sites_at_peak(analysis, tree), tree, {});
    return told;
  }
  told.array_bytes = array_bytes;
  CopyFigures figures = copy_figures(capture, array_bytes);
  told.buffers_at_peak = largest_buffers(figures.sites, tree, figures.same_bytes);
  if (known != profile::Known::kAll) return told;
  if (figures.array_seen) {
    told.copy = std::move(figures);
  } else {
    told.findings.push_back("no buffer of " + std::to_string(array_bytes) +
                            " bytes was alive at the heap peak: nothing can be said about copies of it");
  }
  return told;
}

}  // namespace chunkmark::figures
