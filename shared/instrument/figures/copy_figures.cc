#include "instrument/figures/copy_figures.h"

#include <algorithm>

#include "instrument/capture/origin.h"

namespace chunkmark::figures {

CopyFigures copy_figures(const profile::CaptureAnalysis& capture, std::uint64_t array_bytes) {
  const profile::Analysis& analysis = capture.main();
  const profile::Totals& totals = analysis.totals();
  const auto array = static_cast<double>(array_bytes);
  const auto per_array = [array](std::uint64_t bytes) { return static_cast<double>(bytes) / array; };

  CopyFigures figures;
  figures.array_bytes = array_bytes;
  figures.sites = profile::sites_at_peak(analysis, capture.reader().stacks());
  figures.extra_copies = count_extra_copies(analysis, figures.sites, array_bytes);
  figures.array_seen = is_array_alive_at_begin(analysis, array_bytes) || count_buffers(figures.sites, array_bytes) > 0;
  if (analysis.buffers().has_prints()) {
    figures.same_bytes = find_same_bytes(analysis, capture.reader().stacks(), array_bytes);
    figures.proven_copies = std::min(count_proven(figures.same_bytes, array_bytes), *figures.extra_copies);
    figures.bytes_duplicated = figures.same_bytes.bytes_duplicated;
  }
  if (capture.tells(capture::kTellsCopies)) figures.moved_user = per_array(totals.bytes_copied);
  if (capture.tells(capture::kTellsTransfers)) {
    figures.moved_in = per_array(totals.bytes_in);
    figures.moved_out = per_array(totals.bytes_out);
  }
  if (capture.tells(capture::kTellsRealloc)) figures.moved_realloc = per_array(totals.bytes_realloc_moved);
  // The heap at begin holds the array already when it is written from; taking it off twice would hide a buffer.
  const std::uint64_t array_in_window = is_array_alive_at_begin(analysis, array_bytes) ? 0 : array_bytes;
  const auto beyond = [array_in_window](std::uint64_t peak, std::uint64_t at_begin) {
    return static_cast<std::int64_t>(peak - at_begin - array_in_window);  // wraps where no number holds it
  };
  figures.scratch_bytes = beyond(totals.peak_heap_bytes, totals.heap_at_begin_bytes);
  figures.extra_heap = static_cast<double>(*figures.scratch_bytes) / array;
  if (capture.tells(capture::kTellsAllocator)) {
    figures.malloc_extra_heap =
        static_cast<double>(beyond(totals.malloc_peak_bytes, totals.malloc_at_begin_bytes)) / array;
  }
  if (capture.origin()) return figures;  // other tools tell resident memory as one number, if at all
  figures.anonymous_bytes = totals.anonymous_peak_bytes;
  figures.file_bytes = totals.file_peak_bytes;
  figures.file_growth_bytes = totals.file_peak_bytes - std::min(totals.file_peak_bytes, totals.file_at_begin_bytes);
  return figures;
}

json::object to_json(const CopyFigures& figures) {
  const auto or_null = [](const auto& figure) { return figure ? json::value(*figure) : json::value(nullptr); };
  return {{"extra_copies", or_null(figures.extra_copies)},
          {"proven_copies", or_null(figures.proven_copies)},
          {"bytes_duplicated", or_null(figures.bytes_duplicated)},
          {"extra_heap", or_null(figures.extra_heap)},
          {"malloc_extra_heap", or_null(figures.malloc_extra_heap)},
          {"bytes_moved",
           {{"user", or_null(figures.moved_user)},
            {"in", or_null(figures.moved_in)},
            {"out", or_null(figures.moved_out)},
            {"realloc", or_null(figures.moved_realloc)}}},
          {"scratch_bytes", or_null(figures.scratch_bytes)}};
}

}  // namespace chunkmark::figures
