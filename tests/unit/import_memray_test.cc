#include <lz4frame.h>

#include "instrument/capture/capture_reader.h"
#include "instrument/figures/inspection.h"
#include "instrument/import/open_source.h"
#include "instrument/import/python_lines.h"
#include "instrument/import/to_capture.h"
#include "report/inspect_document.h"
#include "unit/catch.h"
#include "unit/memray_file.h"

namespace chunkmark::figures {
namespace {

capture::CaptureFile file_of(ByteView bytes) {
  return {bytes, "x", {}, imports::open_source};
}

Inspection inspected(ByteView bytes) {
  return inspect(profile::CaptureAnalysis(file_of(bytes)), 0);
}

std::vector<std::byte> lz4(ByteView raw) {
  std::vector<std::byte> packed(LZ4F_compressFrameBound(raw.size(), nullptr));
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), raw.data(), raw.size(), nullptr));
  return packed;
}

TEST_CASE("a memray capture tells the same in every version, packed or not") {
  for (const int version : {10, 11, 12, 13}) {
    const std::vector<std::byte> plain = test::MemrayFile(version).bytes();
    for (const std::vector<std::byte>& bytes : {plain, lz4(plain)}) {
      INFO("version " << version);
      const Inspection told = inspected(bytes);
      CHECK(told.findings == std::vector<std::string>());
      CHECK(told.origin == "memray capture");
      CHECK(told.command == "story.py --fast");
      CHECK(told.started == "2023-11-14T22:13:20Z");
      CHECK(told.duration_ns == 250'000'000u);
      CHECK(told.allocations == 5u);
      CHECK(told.allocation_records == 7u);
      CHECK(told.peak_heap_bytes == 9792u);
      CHECK(told.malloc_peak_bytes == 1600u);
      CHECK(told.live_at_end_bytes == 9792u);
      CHECK_FALSE(told.bytes_copied.has_value());
      CHECK_FALSE(told.bytes_in.has_value());
      CHECK_FALSE(told.bytes_realloc_moved.has_value());
      CHECK_FALSE(told.resident.anonymous_bytes.has_value());
      // At the later of two moments with the same heap: main has the block then, not make.
      REQUIRE(told.buffers_at_peak.size() == 3);
      CHECK(told.buffers_at_peak[0].site == "map story.py:5");
      CHECK(told.buffers_at_peak[0].bytes == 8192);
      CHECK(told.buffers_at_peak[0].stack == std::vector<std::string>{"map story.py:5", "main story.py:9"});
      CHECK(told.buffers_at_peak[1].site == "main story.py:9");
      CHECK(told.buffers_at_peak[2].site == "unknown");
    }
  }
}

std::vector<std::byte> rewritten(const std::vector<std::byte>& bytes) {
  std::vector<std::byte> out;
  const std::unique_ptr<capture::EventSource> source = capture::open({bytes, "x", {}, imports::open_source});
  imports::write_capture(*source, [&out](ByteView part) { out.insert(out.end(), part.begin(), part.end()); });
  return out;
}

TEST_CASE("written as a capture, a memray capture tells the same; sums are refused") {
  for (const int version : {10, 11, 12, 13}) {
    INFO("version " << version);
    const std::vector<std::byte> bytes = test::MemrayFile(version).bytes();
    CHECK(report::inspect_document(inspected(rewritten(bytes))) == report::inspect_document(inspected(bytes)));
    CHECK_THROWS_AS(rewritten(test::MemrayFile(version, true).bytes()), Error);
    CHECK_THROWS_AS(rewritten(rewritten(bytes)), Error);
  }
}

TEST_CASE("an aggregated memray capture has the sums of the peak and of the end") {
  for (const int version : {10, 11, 12, 13}) {
    INFO("version " << version);
    const Inspection told = inspected(test::MemrayFile(version, true).bytes());
    CHECK(told.origin == "memray aggregated capture");
    CHECK(told.peak_heap_bytes == 1600u);
    CHECK(told.live_at_end_bytes == 1000u);
    CHECK_FALSE(told.allocations.has_value());
    CHECK_FALSE(told.peak_ns.has_value());
    REQUIRE(told.buffers_at_peak.size() == 2);
    CHECK(told.buffers_at_peak[0].blocks == 3);
    CHECK(told.buffers_at_peak[0].stack == std::vector<std::string>{"make story.py:3", "main story.py:9"});
  }
}

TEST_CASE("a memray capture that is cut anywhere tells what is there, and where it ends") {
  for (const int version : {10, 13}) {
    const std::vector<std::byte> whole = test::MemrayFile(version).bytes();
    for (std::size_t cut = 8; cut < whole.size(); ++cut) {
      try {
        const Inspection told = inspected(ByteView(whole).first(cut));
        REQUIRE(!told.findings.empty());
        CHECK(told.findings[0].find("x: at byte ") == 0);
        CHECK(told.peak_heap_bytes.value_or(0) <= 9792);
        CHECK_FALSE(told.live_at_end_bytes.has_value());
      } catch (const Error& error) {  // within the header
        CHECK(std::string(error.what()).find("expected ") != std::string::npos);
      }
    }
  }
}

TEST_CASE("a killed memray capture ends in zeros") {
  std::vector<std::byte> bytes = test::MemrayFile(12).bytes();
  bytes.back() = std::byte{0};
  bytes.resize(bytes.size() + 100);
  const Inspection told = inspected(bytes);
  REQUIRE(!told.findings.empty());
  CHECK(told.findings[0].find("killed") != std::string::npos);
  CHECK(told.peak_heap_bytes == 9792u);
}

TEST_CASE("other versions of memray captures are refused by name") {
  std::vector<std::byte> bytes = test::MemrayFile(10).bytes();
  bytes[7] = std::byte{9};
  CHECK_THROWS_WITH(inspected(bytes), "x: a memray capture of another version: expected 10 to 13, found 9");
}

TEST_CASE("a file that nobody knows is told so") {
  CHECK_THROWS_AS(inspected(as_byte_view("GIF89a")), Error);
  CHECK_THROWS_AS(inspected({}), Error);
}

TEST_CASE("lines of Python's tables") {
  const auto bytes = [](std::initializer_list<int> values) {
    std::vector<std::byte> made;
    for (const int value : values) made.push_back(static_cast<std::byte>(value));
    return made;
  };
  struct Row {
    std::uint32_t version;
    std::vector<std::byte> table;
    std::int64_t instruction;
    std::uint32_t line;
  };
  // Two entries of two code units each: the first on the first line, the second three lines further (a signed varint).
  const std::vector<std::byte> newest = bytes({128 | 10 << 3 | 1, 0, 5, 128 | 13 << 3 | 1, 6});
  const std::vector<std::byte> pairs = bytes({4, 1, 4, 2});
  const Row rows[] = {{0x030b00f0, newest, 0, 10}, {0x030b00f0, newest, 2, 10}, {0x030b00f0, newest, 4, 13},
                      {0x030b00f0, newest, 8, 0},  {0x030b00f0, newest, -1, 0}, {0x030b00f0, {}, 0, 0},
                      {0x030a00f0, pairs, 0, 11},  {0x030a00f0, pairs, 2, 13},  {0x030900f0, pairs, 0, 10},
                      {0x030900f0, pairs, 4, 11},  {0x030900f0, pairs, 100, 13}};
  for (const Row& row : rows) {
    INFO(row.version << ", instruction " << row.instruction);
    CHECK(imports::python_line(row.version, row.table, 10, row.instruction) == row.line);
  }
}

}  // namespace
}  // namespace chunkmark::figures
