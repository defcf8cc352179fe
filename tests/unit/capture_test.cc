#include <map>

#include "base/byte_writer.h"
#include "bytes/zstd.h"
#include "instrument/capture/capture_format.h"
#include "instrument/capture/capture_reader.h"
#include "instrument/capture/capture_writer.h"
#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

struct Seen final : capture::CaptureVisitor {
  std::vector<capture::Event> events;
  std::vector<capture::Mark> marks;
  std::vector<capture::ResidentSample> samples;
  std::vector<capture::MemoryMap> maps;
  std::vector<capture::ContentPrint> prints;
  void on_print(std::uint32_t, const capture::ContentPrint& print) override { prints.push_back(print); }
  void on_memory_map(std::uint32_t, const capture::MemoryMap& map) override { maps.push_back(map); }
  void on_events(std::uint32_t, std::span<const capture::Event> more) override {
    events.insert(events.end(), more.begin(), more.end());
  }
  void on_mark(std::uint32_t, const capture::Mark& mark) override { marks.push_back(mark); }
  void on_sample(std::uint32_t, const capture::ResidentSample& sample) override { samples.push_back(sample); }
};

bool same(const capture::Event& a, const capture::Event& b) {
  return a.kind == b.kind && a.thread == b.thread && a.stack == b.stack && a.time_ns == b.time_ns &&
         a.address == b.address && a.bytes == b.bytes && a.source == b.source;
}

// A capture with every kind of section, several of some.
struct Sample {
  std::vector<std::byte> file;
  std::vector<capture::Event> events;

  explicit Sample(int rounds = 3) {
    capture::CaptureWriter writer([this](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); },
                                  {{"command_line", "make"}, {"array_bytes", 1000}});
    writer.add_process(0, 77, 0, "make");
    const std::uint32_t module = writer.add_module("/usr/lib/libx.so");
    const std::uint32_t frame = writer.add_native_frame(module, 0x1234);
    const std::uint32_t python = writer.add_python_frame({"encode", "codec.py", 12});
    const std::uint32_t outer = writer.add_node(0, python);
    const std::uint32_t inner = writer.add_node(outer, frame);
    for (int round = 0; round < rounds; ++round) {
      const auto n = static_cast<std::uint64_t>(round);
      // Time runs backwards between threads now and then; addresses jump.
      events.push_back({capture::EventKind::kAllocate, 0, inner, 1000 + n * 10, 0x7f0000000000 + n * 4096, 100 + n});
      events.push_back(
          {capture::EventKind::kCopy, 1, outer, 995 + n * 10, 0x7e0000000000 - n * 8192, 1 << 20, 0x60 + n});
      events.push_back({capture::EventKind::kFree, 1, 0, 1005 + n * 10, 0x7f0000000000 + n * 4096, 0});
      events.push_back({capture::EventKind::kTransferOut, 0, inner, 1006 + n * 10, 0, 77});
      events.push_back({capture::EventKind::kMapPages, 0, inner, 1006 + n * 10, 0x1000, 1 << 20});
      events.push_back({capture::EventKind::kPages, 0, inner, 1007 + n * 10, 0x1000, 4096 * n});
      for (auto event = events.end() - 6; event != events.end(); ++event) writer.add_event(0, *event);
      writer.add_mark(0, {"round", 0, 1007 + n * 10, n, n * 2, 4096 * n, 8192});
      writer.add_memory_map(0, {1007 + n * 10, 9000, {{0x1000, 0x3000, 8192 * n, "[heap]"}, {0x9000, 0xa000, 7, ""}}});
      writer.add_print(0, {capture::PrintReason::kMark, 1007 + n * 10, 0x2000, 1 << 21, {7, ~std::uint32_t{0}}});
      writer.add_sample(0, {1008 + n * 10, 5000 + n, 6000});
      writer.flush();
    }
    writer.add_symbols({{frame, {{"inlined", "x.h", 3}, {"outer", "x.cc", 40}}}});
    writer.finish({{"duration_ns", 123}});
  }
};

// A file with one process and one section as an earlier writer wrote it.
std::vector<std::byte> earlier_file(capture::SectionType section, ByteView raw) {
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
  writer.add_process(0, 77, 0, "make");
  writer.flush();
  const std::vector<std::byte> stored = bytes::zstd_compress(raw, 1);
  const auto type = static_cast<std::uint32_t>(section);
  const auto stored_bytes = static_cast<std::uint32_t>(stored.size());
  const auto raw_bytes = static_cast<std::uint32_t>(raw.size());
  for (const std::uint32_t word :
       {type, stored_bytes, raw_bytes, capture::section_check(type, stored_bytes, raw_bytes)}) {
    file.resize(file.size() + sizeof word);
    store_le(file.data() + file.size() - sizeof word, word);
  }
  file.insert(file.end(), stored.begin(), stored.end());
  return file;
}

// The first captures' marks end with the name.
TEST_CASE("a mark without resident memory is read") {
  ByteWriter mark;
  for (const std::uint64_t number : {0, 1000, 0, 5, 40}) mark.varint(number);
  mark.string("begin");
  const std::vector<std::byte> file = earlier_file(capture::SectionType::kMark, mark.view());
  capture::CaptureReader reader({file, "old.cmk"});
  Seen seen;
  reader.read(seen);
  REQUIRE(seen.marks.size() == 1);
  CHECK(seen.marks[0].name == "begin");
  CHECK(seen.marks[0].small_copy_bytes == 40);
  CHECK_FALSE(seen.marks[0].knows_resident());
}

// The first captures do not tell where a copy's bytes came from.
TEST_CASE("a copy without addresses is read") {
  ByteWriter events;
  events.varint(0);
  events.varint(1);
  const auto column = [&](std::initializer_list<std::uint64_t> numbers) {
    ByteWriter rows;
    for (const std::uint64_t number : numbers) rows.varint(number);
    events.varint(rows.size());
    events.append(rows.view());
  };
  column({static_cast<std::uint64_t>(capture::EventKind::kCopy)});
  for (const std::uint64_t number : {0, 8, 0}) column({number});  // thread, time, stack
  column({});
  column({5000});
  const std::vector<std::byte> file = earlier_file(capture::SectionType::kEvents, events.view());
  capture::CaptureReader reader({file, "old.cmk"});
  Seen seen;
  reader.read(seen);
  REQUIRE(seen.events.size() == 1);
  CHECK(seen.events[0].bytes == 5000);
  CHECK(seen.events[0].address == 0);
  CHECK(seen.events[0].source == 0);
}

TEST_CASE("a capture reads back as it was written") {
  const Sample sample;
  capture::CaptureReader reader({sample.file, "a.cmk"});
  Seen seen;
  reader.read(seen);
  CHECK(reader.complete());
  REQUIRE(seen.events.size() == sample.events.size());
  for (std::size_t i = 0; i < seen.events.size(); ++i) CHECK(same(seen.events[i], sample.events[i]));
  REQUIRE(seen.marks.size() == 3);
  CHECK(seen.marks[2].name == "round");
  CHECK(seen.marks[2].time_ns == 1027);
  CHECK(seen.marks[2].small_copy_bytes == 4);
  CHECK(seen.marks[2].anonymous_bytes == 8192);
  CHECK(seen.marks[2].file_bytes == 8192);
  REQUIRE(seen.samples.size() == 3);
  CHECK(seen.samples[1].anonymous_bytes == 5001);
  REQUIRE(seen.maps.size() == 3);
  CHECK(seen.maps[2].time_ns == 1027);
  CHECK(seen.maps[2].anonymous_bytes == 9000);
  REQUIRE(seen.maps[2].ranges.size() == 2);
  CHECK(seen.maps[2].ranges[0].end == 0x3000);
  CHECK(seen.maps[2].ranges[0].anonymous_bytes == 16384);
  CHECK(seen.maps[2].ranges[0].name == "[heap]");
  REQUIRE(seen.prints.size() == 3);
  CHECK(seen.prints[2].reason == capture::PrintReason::kMark);
  CHECK(seen.prints[2].time_ns == 1027);
  CHECK(seen.prints[2].address == 0x2000);
  CHECK(seen.prints[2].bytes == 1 << 21);
  CHECK(seen.prints[2].samples == std::vector<std::uint32_t>{7, ~std::uint32_t{0}});
  REQUIRE(reader.processes().size() == 1);
  CHECK(reader.processes()[0].pid == 77);
  const capture::StackTree& stacks = reader.stacks();
  REQUIRE(stacks.nodes.size() == 3);
  CHECK(stacks.frames[stacks.nodes[2].frame].symbols.size() == 2);
  CHECK(stacks.strings[stacks.frames[stacks.nodes[2].frame].symbols[1].function] == "outer");
  CHECK(stacks.frames[stacks.nodes[1].frame].kind == capture::FrameKind::kPython);
  CHECK(reader.end().at("duration_ns").to_number<int>() == 123);
}

// Where each section of a capture ends, by the headers alone.
std::vector<std::pair<std::size_t, capture::SectionType>> section_ends(ByteView file) {
  std::vector<std::pair<std::size_t, capture::SectionType>> ends;
  for (std::size_t at = capture::kCaptureMagic.size(); at < file.size();) {
    const auto type = static_cast<capture::SectionType>(load_le<std::uint32_t>(file.data() + at));
    at += capture::kSectionHeaderBytes + load_le<std::uint32_t>(file.data() + at + 4);
    ends.emplace_back(at, type);
  }
  return ends;
}

TEST_CASE("a capture cut at any byte reads exactly the sections that are whole, and says so") {
  const Sample sample(8);
  const std::vector<std::pair<std::size_t, capture::SectionType>> ends = section_ends(sample.file);
  std::map<capture::SectionType, std::size_t> kinds;
  for (const auto& [end, type] : ends) ++kinds[type];
  REQUIRE(kinds.size() == 12);                                          // all that there are
  REQUIRE(sample.file.size() - capture::kCaptureMagic.size() >= 1000);  // as many places are tried
  for (std::size_t cut = capture::kCaptureMagic.size(); cut < sample.file.size(); ++cut) {
    CAPTURE(cut);
    std::map<capture::SectionType, std::size_t> whole;
    for (const auto& [end, type] : ends) whole[type] += end <= cut ? 1 : 0;
    capture::CaptureReader reader({ByteView(sample.file).first(cut), "a.cmk"});
    Seen seen;
    reader.read(seen);
    REQUIRE_FALSE(reader.complete());
    REQUIRE(reader.end().empty());
    REQUIRE(reader.meta().size() == 2 * whole[capture::SectionType::kMeta]);
    REQUIRE(reader.processes().size() == whole[capture::SectionType::kProcess]);
    REQUIRE(seen.events.size() == 6 * whole[capture::SectionType::kEvents]);  // each mark ends a section of six
    for (std::size_t i = 0; i < seen.events.size(); ++i) REQUIRE(same(seen.events[i], sample.events[i]));
    REQUIRE(seen.marks.size() == whole[capture::SectionType::kMark]);
    REQUIRE(seen.prints.size() == whole[capture::SectionType::kPrint]);
    REQUIRE(seen.samples.size() == whole[capture::SectionType::kSamples]);
    const capture::StackTree& stacks = reader.stacks();
    REQUIRE(stacks.modules.size() == 1 + whole[capture::SectionType::kModules]);
    REQUIRE(stacks.frames.size() == 1 + 2 * whole[capture::SectionType::kFrames]);
    REQUIRE(stacks.nodes.size() == 1 + 2 * whole[capture::SectionType::kNodes]);
    const bool named = stacks.frames.size() > 1 && stacks.frames[1].symbols.size() == 2;
    REQUIRE(named == (whole[capture::SectionType::kSymbols] == 1));
  }
  for (std::size_t cut = 0; cut < capture::kCaptureMagic.size(); ++cut) {
    CHECK_THROWS_AS(capture::CaptureReader({ByteView(sample.file).first(cut), "a.cmk"}), Error);
  }
}

TEST_CASE("a damaged byte anywhere is noticed, and what was read before it is right") {
  const Sample sample;
  for (std::size_t at = capture::kCaptureMagic.size(); at < sample.file.size(); ++at) {
    std::vector<std::byte> damaged = sample.file;
    damaged[at] ^= std::byte{0x40};
    capture::CaptureReader reader({damaged, "a.cmk"});
    Seen seen;
    reader.read(seen);
    for (std::size_t i = 0; i < seen.events.size(); ++i) REQUIRE(same(seen.events[i], sample.events[i]));
    // A flip in a frame's unused bits changes nothing; then everything must be there.
    if (reader.complete()) REQUIRE(seen.events.size() == sample.events.size());
  }
}

TEST_CASE("a name that is referred to a thousand times costs its bytes once, and an endless name is cut") {
  std::vector<std::byte> file;
  capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, {});
  const std::uint32_t frame = writer.add_native_frame(writer.add_module("x"), 1);
  writer.add_node(0, frame);
  writer.flush();
  writer.add_symbols({{frame, std::vector<capture::Symbol>(1000, {std::string(50'000, 'f'), "", 1})}});
  writer.finish({});
  capture::CaptureReader reader({file, "a.cmk"});
  Seen seen;
  reader.read(seen);
  std::size_t bytes = 0;
  for (const std::string& text : reader.stacks().strings) bytes += text.size();
  CHECK(bytes < 2 * capture::kMaxNameBytes);
  CHECK(reader.stacks().frames[frame].symbols.size() == 1000);
}

TEST_CASE("a capture of a newer version is refused, not misread") {
  const auto written = [](const json::object& meta) {
    std::vector<std::byte> file;
    capture::CaptureWriter writer([&](ByteView bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); }, meta);
    writer.finish({{"duration_ns", 1}});
    return file;
  };
  const auto read = [](ByteView file) {
    Seen seen;
    capture::CaptureReader reader({file, "new.cmk"});
    reader.read(seen);
    return reader.complete();
  };
  CHECK(read(written({{"version", capture::kCaptureVersion}})));
  CHECK_THROWS_WITH(read(written({{"version", capture::kCaptureVersion + 1}})),
                    "new.cmk: a capture of a newer Chunkmark: expected the version 2 or lower, found 3");
  std::vector<std::byte> other = written({});
  other[capture::kCaptureMagic.size() - 2] = std::byte{'2'};
  CHECK_THROWS_WITH(read(other),
                    "new.cmk: a capture of a newer Chunkmark: expected the magic number CMKCAP1, found CMKCAP2");
}

TEST_CASE("a section that is not known is passed over") {
  Sample sample;
  const std::uint32_t type = 1000;
  const std::vector<std::byte> stored = bytes::zstd_compress(as_byte_view("later"), 1);
  std::vector<std::byte> section;
  for (const std::uint32_t word : {type, static_cast<std::uint32_t>(stored.size()), 5u,
                                   capture::section_check(type, static_cast<std::uint32_t>(stored.size()), 5)}) {
    section.resize(section.size() + sizeof word);
    store_le(section.data() + section.size() - sizeof word, word);
  }
  section.insert(section.end(), stored.begin(), stored.end());
  sample.file.insert(sample.file.begin() + capture::kCaptureMagic.size(), section.begin(), section.end());
  capture::CaptureReader reader({sample.file, "a.cmk"});
  Seen seen;
  reader.read(seen);
  CHECK(reader.complete());
  CHECK(seen.events.size() == sample.events.size());
}

TEST_CASE("what is not a capture is refused by name") {
  const std::string text = "<!DOCTYPE html><html>";
  CHECK_THROWS_WITH(capture::CaptureReader({as_byte_view(text), "page.html"}),
                    "page.html: not a Chunkmark capture: expected the magic number CMKCAP1, found 21 bytes that begin "
                    "otherwise");
}

}  // namespace
}  // namespace chunkmark::profile
