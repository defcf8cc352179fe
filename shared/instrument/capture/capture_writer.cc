#include "instrument/capture/capture_writer.h"

#include <unordered_map>

#include "bytes/zstd.h"

namespace chunkmark::capture {
namespace {

// Level 1: the launcher must keep up with the traced program on the other core.
constexpr int kZstdLevel = 1;
constexpr std::size_t kFlushDefinitionBytes = 256 << 10;
constexpr std::uint32_t kMaxSamplesPerSection = 1024;

}  // namespace

CaptureWriter::CaptureWriter(Append append, const json::object& meta) : append_(std::move(append)) {
  append_(as_byte_view(kCaptureMagic));
  write_section(SectionType::kMeta, as_byte_view(json::serialize(meta)));
}

void CaptureWriter::write_section(SectionType type, ByteView raw) {
  const std::vector<std::byte> frame = bytes::zstd_compress(raw, kZstdLevel);
  const auto type_number = static_cast<std::uint32_t>(type);
  const auto stored_bytes = static_cast<std::uint32_t>(frame.size());
  const auto raw_bytes = static_cast<std::uint32_t>(raw.size());
  std::byte header[kSectionHeaderBytes];
  store_le(header, type_number);
  store_le(header + 4, stored_bytes);
  store_le(header + 8, raw_bytes);
  store_le(header + 12, section_check(type_number, stored_bytes, raw_bytes));
  append_(header);
  append_(frame);
}

void CaptureWriter::add_process(std::uint32_t process, std::int64_t pid, std::uint32_t parent_plus_one,
                                std::string_view command) {
  ByteWriter raw;
  raw.varint(process);
  raw.varint(static_cast<std::uint64_t>(pid));
  raw.varint(parent_plus_one);
  raw.string(command);
  write_section(SectionType::kProcess, raw.view());
}

std::uint32_t CaptureWriter::add_module(std::string_view path) {
  modules_.rows.string(path);
  ++modules_.count;
  return modules_.next++;
}

std::uint32_t CaptureWriter::add_native_frame(std::uint32_t module, std::uint64_t offset) {
  frames_.rows.varint(static_cast<std::uint64_t>(FrameKind::kNative));
  frames_.rows.varint(module);
  frames_.rows.varint(offset);
  ++frames_.count;
  return frames_.next++;
}

std::uint32_t CaptureWriter::add_python_frame(const Symbol& symbol) {
  frames_.rows.varint(static_cast<std::uint64_t>(FrameKind::kPython));
  frames_.rows.string(symbol.function);
  frames_.rows.string(symbol.file);
  frames_.rows.varint(symbol.line);
  ++frames_.count;
  return frames_.next++;
}

std::uint32_t CaptureWriter::add_node(std::uint32_t parent, std::uint32_t frame) {
  nodes_.rows.varint(parent);
  nodes_.rows.varint(frame);
  ++nodes_.count;
  if (nodes_.rows.size() + frames_.rows.size() > kFlushDefinitionBytes) flush_definitions();
  return nodes_.next++;
}

void CaptureWriter::write_definitions(SectionType type, Definitions& definitions) {
  if (definitions.count == 0) return;
  ByteWriter raw;
  raw.varint(definitions.count);
  raw.append(definitions.rows.view());
  write_section(type, raw.view());
  definitions.rows.clear();
  definitions.count = 0;
}

void CaptureWriter::flush_definitions() {
  write_definitions(SectionType::kModules, modules_);
  write_definitions(SectionType::kFrames, frames_);
  write_definitions(SectionType::kNodes, nodes_);
}

void CaptureWriter::add_event(std::uint32_t process, const Event& event) {
  EventBlock& block = events_[process];
  block.kinds.varint(static_cast<std::uint64_t>(event.kind));
  block.threads.varint(event.thread);
  block.times.signed_varint(static_cast<std::int64_t>(event.time_ns - block.last_time));
  block.last_time = event.time_ns;
  block.stacks.varint(event.stack);
  if (has_address(event.kind)) {
    block.addresses.signed_varint(static_cast<std::int64_t>(event.address - block.last_address));
    block.last_address = event.address;
  }
  if (has_bytes(event.kind)) block.sizes.varint(event.bytes);
  if (event.kind == EventKind::kCopy) {
    block.copies.signed_varint(static_cast<std::int64_t>(event.address - block.last_destination));
    block.copies.signed_varint(static_cast<std::int64_t>(event.source - block.last_source));
    block.last_destination = event.address;
    block.last_source = event.source;
  }
  if (++block.count == kMaxEventsPerSection) flush_events(process, block);
}

void CaptureWriter::flush_events(std::uint32_t process, EventBlock& block) {
  if (block.count == 0) return;
  flush_definitions();
  ByteWriter raw;
  raw.varint(process);
  raw.varint(block.count);
  for (const ByteWriter* column :
       {&block.kinds, &block.threads, &block.times, &block.stacks, &block.addresses, &block.sizes, &block.copies}) {
    raw.varint(column->size());
    raw.append(column->view());
  }
  write_section(SectionType::kEvents, raw.view());
  block = EventBlock();
}

void CaptureWriter::add_mark(std::uint32_t process, const Mark& mark) {
  flush_events(process, events_[process]);  // a mark stands between two events
  ByteWriter raw;
  raw.varint(process);
  raw.varint(mark.time_ns);
  raw.varint(mark.thread);
  raw.varint(mark.small_copies);
  raw.varint(mark.small_copy_bytes);
  raw.string(mark.name);
  raw.varint(mark.anonymous_bytes);
  raw.varint(mark.file_bytes);
  write_section(SectionType::kMark, raw.view());
}

void CaptureWriter::add_memory_map(std::uint32_t process, const MemoryMap& map) {
  flush_events(process, events_[process]);  // as a mark
  ByteWriter raw;
  raw.varint(process);
  raw.varint(map.time_ns);
  raw.varint(map.anonymous_bytes);
  raw.varint(map.ranges.size());
  for (const MappedRange& range : map.ranges) {
    raw.varint(range.begin);
    raw.varint(range.end - range.begin);
    raw.varint(range.anonymous_bytes);
    raw.string(range.name);
  }
  write_section(SectionType::kMemoryMap, raw.view());
}

void CaptureWriter::add_print(std::uint32_t process, const ContentPrint& print) {
  flush_events(process, events_[process]);  // a print stands between two events
  ByteWriter raw;
  raw.varint(process);
  raw.varint(print.time_ns);
  raw.varint(static_cast<std::uint64_t>(print.reason));
  raw.varint(print.address);
  raw.varint(print.bytes);
  raw.varint(print.samples.size());
  for (const std::uint32_t sample : print.samples) {
    std::byte word[sizeof sample];
    store_le(word, sample);
    raw.append(word);
  }
  write_section(SectionType::kPrint, raw.view());
}

void CaptureWriter::add_sample(std::uint32_t process, const ResidentSample& sample) {
  SampleBlock& block = samples_[process];
  block.rows.varint(sample.time_ns - block.last_time);
  block.rows.varint(sample.anonymous_bytes);
  block.rows.varint(sample.file_bytes);
  block.last_time = sample.time_ns;
  if (++block.count == kMaxSamplesPerSection) flush_samples(process, block);
}

void CaptureWriter::flush_samples(std::uint32_t process, SampleBlock& block) {
  if (block.count == 0) return;
  ByteWriter raw;
  raw.varint(process);
  raw.varint(block.count);
  raw.append(block.rows.view());
  write_section(SectionType::kSamples, raw.view());
  block = SampleBlock();
}

void CaptureWriter::add_symbols(const std::vector<std::pair<std::uint32_t, std::vector<Symbol>>>& frames) {
  flush_definitions();
  // In groups, so that a section stays far below kMaxSectionBytes however long the template names are.
  constexpr std::size_t kMaxFramesPerSection = 4096;
  for (std::size_t first = 0; first < frames.size(); first += kMaxFramesPerSection) {
    const std::size_t last = std::min(frames.size(), first + kMaxFramesPerSection);
    std::unordered_map<std::string_view, std::uint32_t> index;
    std::uint32_t count = 0;
    ByteWriter strings, rows;
    const auto intern = [&](std::string_view text) {
      const auto [at, fresh] = index.emplace(text, count);
      if (fresh) {
        strings.string(text);
        ++count;
      }
      return at->second;
    };
    for (std::size_t i = first; i < last; ++i) {
      rows.varint(frames[i].first);
      rows.varint(frames[i].second.size());
      for (const Symbol& symbol : frames[i].second) {
        rows.varint(intern(symbol.function));
        rows.varint(intern(symbol.file));
        rows.varint(symbol.line);
      }
    }
    ByteWriter raw;
    raw.varint(count);
    raw.append(strings.view());
    raw.varint(last - first);
    raw.append(rows.view());
    write_section(SectionType::kSymbols, raw.view());
  }
}

void CaptureWriter::flush() {
  flush_definitions();
  for (auto& [process, block] : events_) flush_events(process, block);
  for (auto& [process, block] : samples_) flush_samples(process, block);
}

void CaptureWriter::finish(const json::object& end) {
  flush();
  write_section(SectionType::kEnd, as_byte_view(json::serialize(end)));
}

}  // namespace chunkmark::capture
