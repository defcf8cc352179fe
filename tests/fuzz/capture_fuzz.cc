// A capture file. An odd first byte: the rest is the file as it is. An even one: the rest is sections as
// (type u8, raw bytes u16, content), which this wraps into frames that pass their checks, so that the fuzzer reaches
// what stands behind them.
#include <algorithm>
#include <array>
#include <vector>

#include "base/byte_writer.h"
#include "bytes/zstd.h"
#include "fuzz.h"
#include "instrument/profile/capture_analysis.h"
#include "instrument/profile/columns.h"
#include "instrument/profile/difference.h"
#include "instrument/profile/display_tree.h"
#include "instrument/profile/range_query.h"
#include "report/inspect_document.h"

using namespace chunkmark;

namespace {

void append_section(ByteWriter& file, std::uint32_t type, ByteView raw) {
  const std::vector<std::byte> frame = bytes::zstd_compress(raw, 1);
  const auto stored_bytes = static_cast<std::uint32_t>(frame.size());
  const auto raw_bytes = static_cast<std::uint32_t>(raw.size());
  std::array<std::byte, capture::kSectionHeaderBytes> header;
  store_le(header.data(), type);
  store_le(header.data() + 4, stored_bytes);
  store_le(header.data() + 8, raw_bytes);
  store_le(header.data() + 12, capture::section_check(type, stored_bytes, raw_bytes));
  file.append(header);
  file.append(frame);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ByteView input = fuzz::bytes(data, size).subspan(1);
  ByteWriter file;
  if (data[0] % 2 == 0) {
    file.append(as_byte_view(capture::kCaptureMagic));
    while (input.size() >= 3) {
      const auto type = static_cast<std::uint32_t>(input[0]);
      const std::size_t wanted = static_cast<std::size_t>(input[1]) | static_cast<std::size_t>(input[2]) << 8;
      input = input.subspan(3);
      const ByteView raw = input.first(std::min(wanted, input.size()));
      append_section(file, type, raw);
      input = input.subspan(raw.size());
    }
    input = file.view();
  }
  try {
    const profile::CaptureAnalysis analysis({input, "input"});
    analysis.duration_ns();
    analysis.array_bytes();
    report::inspect_document(figures::inspect(analysis, 1 + input.size()));
    const capture::CaptureFile capture{input, "input"};
    const profile::Columns exact = profile::read_columns(capture, analysis.main_process(), analysis.duration_ns());
    const profile::Columns merged =
        profile::read_columns(capture, analysis.main_process(), analysis.duration_ns(), {2, 3},
                              [&analysis] { return std::vector{analysis.main().totals().peak_time_ns}; });
    profile::DisplayTree tree(analysis.reader().stacks());
    for (const std::uint32_t stack : exact.intervals.stack) tree.node_of(stack);
    const std::size_t stacks = analysis.reader().stacks().nodes.size();
    for (const profile::Columns* columns : {&exact, &merged}) {
      for (const profile::Mode mode : {profile::Mode::kPeak, profile::Mode::kLive, profile::Mode::kAllocated,
                                       profile::Mode::kCopied, profile::Mode::kTransferred}) {
        profile::select(*columns, stacks, {mode, 0, columns->end_ticks, {}});
        profile::select(*columns, stacks, {mode, columns->end_ticks / 3, columns->end_ticks / 2, {1}});
      }
    }
    const profile::ComparedCapture compared(capture);
    for (const auto alignment : {profile::Alignment::kPeak, profile::Alignment::kMarks, profile::Alignment::kTime}) {
      for (const profile::MomentDifference& moment : profile::find_differences(compared, compared, alignment)) {
        if (moment.a_bytes != moment.b_bytes) __builtin_trap();
      }
    }
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
  return 0;
}
