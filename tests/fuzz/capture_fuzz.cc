// A capture file. An odd first byte: the rest is the file as it is. An even one: the rest is sections as
// (type u8, raw bytes u16, content), which this wraps into frames that pass their checks, so that the fuzzer reaches
// what stands behind them.
#include <algorithm>
#include <array>
#include <vector>

#include "base/byte_writer.h"
#include "fuzz.h"
#include "pack/zstd.h"
#include "profile/capture_analysis.h"
#include "profile/columns.h"
#include "profile/display_tree.h"
#include "profile/sites.h"

using namespace chunkmark;

namespace {

void append_section(ByteWriter& file, std::uint32_t type, ByteView raw) {
  const std::vector<std::byte> frame = pack::zstd_compress(raw, 1);
  const auto stored_bytes = static_cast<std::uint32_t>(frame.size());
  const auto raw_bytes = static_cast<std::uint32_t>(raw.size());
  std::array<std::byte, profile::kSectionHeaderBytes> header;
  store_le(header.data(), type);
  store_le(header.data() + 4, stored_bytes);
  store_le(header.data() + 8, raw_bytes);
  store_le(header.data() + 12, profile::section_check(type, stored_bytes, raw_bytes));
  file.append(header);
  file.append(frame);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ByteView input = fuzz::bytes(data, size).subspan(1);
  ByteWriter file;
  if (data[0] % 2 == 0) {
    file.append(as_byte_view(profile::kCaptureMagic));
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
    const profile::CaptureAnalysis analysis(input, "input");
    analysis.duration_ns();
    analysis.array_bytes();
    if (analysis.reader().processes().empty()) return 0;
    profile::sites_at_peak(analysis.main(), analysis.reader().stacks());
    const profile::Columns columns =
        profile::read_columns(input, "input", analysis.main_process(), analysis.duration_ns());
    profile::DisplayTree tree(analysis.reader().stacks());
    for (const std::uint32_t stack : columns.intervals.stack) tree.node_of(stack);
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
  return 0;
}
