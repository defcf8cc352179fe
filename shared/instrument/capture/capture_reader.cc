#include "instrument/capture/capture_reader.h"

#include "base/utf8.h"
#include "bytes/zstd.h"
#include "instrument/fingerprint/fingerprint.h"

namespace chunkmark::capture {
namespace {

json::object read_object(ByteView raw, std::string_view name) {
  json::value value = parse_json(as_text(raw), name);
  if (!value.is_object()) throw Error(ErrorCode::kCorrupt, std::string(name) + ": expected a JSON object");
  return std::move(value.get_object());
}

// CMKCAP2 to CMKCAP9.
bool is_newer_magic(std::string_view found) {
  const std::size_t digit = kCaptureMagic.size() - 2;
  return found.size() == kCaptureMagic.size() && found.substr(0, digit) == kCaptureMagic.substr(0, digit) &&
         found[digit] > kCaptureMagic[digit] && found[digit] <= '9' && found.back() == kCaptureMagic.back();
}

[[noreturn]] void refuse_newer(const std::string& name, const std::string& what, const std::string& expected,
                               const std::string& found) {
  throw Error(ErrorCode::kUnsupported,
              name + ": a capture of a newer Chunkmark: expected the " + what + " " + expected + ", found " + found);
}

// Captures without a version are those of tests and of other writers.
void check_version(const json::object& meta, const std::string& name) {
  const json::value* version = meta.if_contains("version");
  if (version == nullptr || !version->is_number()) return;
  if (version->to_number<double>() <= static_cast<double>(kCaptureVersion)) return;
  refuse_newer(name, "version", std::to_string(kCaptureVersion) + " or lower", json::serialize(*version));
}

struct Section {
  SectionType type;
  std::uint32_t raw_bytes;
  ByteView frame;
  std::size_t end;  // where the next begins
};

// The section whose header stands at `at`. Errors: kCorrupt.
Section section_at(const CaptureFile& file, std::size_t at) {
  if (file.bytes.size() - at < kSectionHeaderBytes) {
    throw Error(ErrorCode::kCorrupt, file.name + ": cut off: expected a section header of " +
                                         std::to_string(kSectionHeaderBytes) + " bytes, found " +
                                         std::to_string(file.bytes.size() - at));
  }
  const std::byte* header = file.bytes.data() + at;
  const auto type = load_le<std::uint32_t>(header);
  const auto stored_bytes = load_le<std::uint32_t>(header + 4);
  const auto raw_bytes = load_le<std::uint32_t>(header + 8);
  const auto check = load_le<std::uint32_t>(header + 12);
  if (const std::uint32_t expected = section_check(type, stored_bytes, raw_bytes); check != expected) {
    throw Error(ErrorCode::kCorrupt, file.name + ": damaged section header: expected the check " +
                                         std::to_string(expected) + ", found " + std::to_string(check));
  }
  if (raw_bytes > kMaxSectionBytes) {
    throw Error(ErrorCode::kCorrupt, file.name + ": expected a section of at most " + std::to_string(kMaxSectionBytes) +
                                         " bytes, found one of " + std::to_string(raw_bytes));
  }
  if (stored_bytes > file.bytes.size() - at - kSectionHeaderBytes) {
    throw Error(ErrorCode::kCorrupt, file.name + ": cut off: expected a section of " + std::to_string(stored_bytes) +
                                         " bytes, found " +
                                         std::to_string(file.bytes.size() - at - kSectionHeaderBytes));
  }
  return {static_cast<SectionType>(type), raw_bytes, file.bytes.subspan(at + kSectionHeaderBytes, stored_bytes),
          at + kSectionHeaderBytes + stored_bytes};
}

}  // namespace

std::unique_ptr<EventSource> open(const CaptureFile& file) {
  return file.open != nullptr ? file.open(file) : std::make_unique<CaptureReader>(file);
}

std::uint64_t CaptureReader::peek_duration() const {
  try {
    std::size_t at = kCaptureMagic.size();
    Section last{};
    while (at < file_.bytes.size()) {
      last = section_at(file_, at);
      at = last.end;
    }
    if (last.type != SectionType::kEnd) return 0;
    const std::vector<std::byte> raw = bytes::zstd_decompress(last.frame, last.raw_bytes, file_.name);
    const json::object end = read_object(raw, file_.name);
    const json::value* duration = end.if_contains("duration_ns");
    const std::int64_t* ns = duration != nullptr ? duration->if_int64() : nullptr;
    return ns != nullptr && *ns > 0 ? static_cast<std::uint64_t>(*ns) : 0;
  } catch (const Error&) {
    return 0;  // the reader says what is wrong
  }
}

CaptureReader::CaptureReader(CaptureFile file) : file_(std::move(file)) {
  const std::string_view found = as_text(file_.bytes.first(std::min(file_.bytes.size(), kCaptureMagic.size())));
  if (is_newer_magic(found)) {
    refuse_newer(file_.name, "magic number", "CMKCAP1", std::string(found.substr(0, found.size() - 1)));
  }
  if (found != kCaptureMagic) {
    throw Error(ErrorCode::kCorrupt, file_.name +
                                         ": not a Chunkmark capture: expected the magic number CMKCAP1, found " +
                                         std::to_string(file_.bytes.size()) + " bytes that begin otherwise");
  }
}

void CaptureReader::read(CaptureVisitor& visitor) {
  std::size_t at = kCaptureMagic.size();
  try {
    while (at < file_.bytes.size()) {
      const Section section = section_at(file_, at);
      const std::vector<std::byte> raw = bytes::zstd_decompress(section.frame, section.raw_bytes, file_.name);
      read_section(section.type, raw, visitor);
      at = section.end;
      if (file_.done) file_.done(at);
    }
    if (end_.empty()) problem_ = file_.name + ": ends without its last section: the tracing was cut off";
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnsupported) throw;  // not damaged: it would be misread
    problem_ = std::string(error.what()) + "; read up to byte " + std::to_string(at) + " of " +
               std::to_string(file_.bytes.size());
  }
}

void CaptureReader::read_section(SectionType type, ByteView raw, CaptureVisitor& visitor) {
  ByteReader reader(raw, file_.name);
  switch (type) {
    case SectionType::kMeta:
      meta_ = read_object(raw, file_.name);
      check_version(meta_, file_.name);
      break;
    case SectionType::kEnd:
      end_ = read_object(raw, file_.name);
      break;
    case SectionType::kProcess:
      read_process(reader);
      break;
    case SectionType::kModules:
      for (std::size_t n = reader.count(1); n > 0; --n) stacks_.modules.push_back(utf8_text(reader.string()));
      break;
    case SectionType::kFrames:
      read_frames(reader);
      break;
    case SectionType::kNodes:
      read_nodes(reader);
      break;
    case SectionType::kEvents:
      read_events(reader, visitor);
      break;
    case SectionType::kMark:
      read_mark(reader, visitor);
      break;
    case SectionType::kSamples:
      read_samples(reader, visitor);
      break;
    case SectionType::kMemoryMap:
      read_memory_map(reader, visitor);
      break;
    case SectionType::kPrint:
      read_print(reader, visitor);
      break;
    case SectionType::kSymbols:
      read_symbols(reader);
      break;
    default:
      break;  // a section of a later version: what it adds is optional
  }
}

void CaptureReader::read_process(ByteReader& reader) {
  Process process;
  if (const std::uint64_t index = reader.varint(); index != processes_.size()) {
    reader.fail("process " + std::to_string(index) + " where " + std::to_string(processes_.size()) + " was expected");
  }
  process.pid = static_cast<std::int64_t>(reader.varint());
  process.parent_plus_one = static_cast<std::uint32_t>(reader.varint());
  process.command = utf8_text(reader.string());
  processes_.push_back(std::move(process));
}

std::uint32_t CaptureReader::read_process_index(ByteReader& reader) const {
  const std::uint64_t process = reader.varint();
  if (process >= processes_.size()) {
    reader.fail("process " + std::to_string(process) + " of " + std::to_string(processes_.size()));
  }
  return static_cast<std::uint32_t>(process);
}

std::uint32_t CaptureReader::add_string(std::string_view text) {
  stacks_.strings.push_back(utf8_text(text.substr(0, kMaxNameBytes)));
  return static_cast<std::uint32_t>(stacks_.strings.size() - 1);
}

void CaptureReader::read_frames(ByteReader& reader) {
  for (std::size_t n = reader.count(3); n > 0; --n) {
    Frame frame;
    const std::uint64_t kind = reader.varint();
    if (kind == static_cast<std::uint64_t>(FrameKind::kNative)) {
      const std::uint64_t module = reader.varint();
      if (module >= stacks_.modules.size()) reader.fail("module " + std::to_string(module) + " is not defined");
      frame.module = static_cast<std::uint32_t>(module);
      frame.offset = reader.varint();
    } else if (kind == static_cast<std::uint64_t>(FrameKind::kPython)) {
      frame.kind = FrameKind::kPython;
      SymbolRef symbol;
      symbol.function = add_string(reader.string());
      symbol.file = add_string(reader.string());
      symbol.line = static_cast<std::uint32_t>(reader.varint());
      frame.symbols.push_back(symbol);
    } else {
      reader.fail("frame kind " + std::to_string(kind));
    }
    stacks_.frames.push_back(std::move(frame));
  }
}

void CaptureReader::read_nodes(ByteReader& reader) {
  for (std::size_t n = reader.count(2); n > 0; --n) {
    const std::uint64_t parent = reader.varint();
    const std::uint64_t frame = reader.varint();
    if (parent >= stacks_.nodes.size()) reader.fail("parent node " + std::to_string(parent) + " is not defined");
    if (frame >= stacks_.frames.size()) reader.fail("frame " + std::to_string(frame) + " is not defined");
    stacks_.nodes.push_back({static_cast<std::uint32_t>(parent), static_cast<std::uint32_t>(frame)});
  }
}

void CaptureReader::read_events(ByteReader& reader, CaptureVisitor& visitor) {
  const std::uint32_t process = read_process_index(reader);
  const std::uint64_t count = reader.varint();
  if (count > kMaxEventsPerSection) reader.fail(std::to_string(count) + " events in one section");
  const auto column = [&] { return ByteReader(reader.take(reader.varint()), file_.name); };
  ByteReader kinds = column(), threads = column(), times = column(), stacks = column(), addresses = column(),
             sizes = column();
  const bool has_copies = !reader.at_end();
  ByteReader copies = has_copies ? column() : ByteReader({}, file_.name);
  events_.resize(static_cast<std::size_t>(count));
  std::uint64_t time = 0, address = 0, destination = 0, source = 0;
  for (Event& event : events_) {
    const std::uint64_t kind = kinds.varint();
    if (kind == 0 || kind >= static_cast<std::uint64_t>(kEventKinds)) {
      reader.fail("event kind " + std::to_string(kind));
    }
    event.kind = static_cast<EventKind>(kind);
    event.thread = static_cast<std::uint32_t>(threads.varint());
    time += static_cast<std::uint64_t>(times.signed_varint());
    event.time_ns = time;
    const std::uint64_t stack = stacks.varint();
    if (stack >= stacks_.nodes.size()) reader.fail("stack " + std::to_string(stack) + " is not defined");
    event.stack = static_cast<std::uint32_t>(stack);
    if (has_address(event.kind)) address += static_cast<std::uint64_t>(addresses.signed_varint());
    event.address = has_address(event.kind) ? address : 0;
    event.bytes = has_bytes(event.kind) ? sizes.varint() : 0;
    event.source = 0;
    if (event.kind == EventKind::kCopy && has_copies) {
      event.address = destination += static_cast<std::uint64_t>(copies.signed_varint());
      event.source = source += static_cast<std::uint64_t>(copies.signed_varint());
    }
  }
  visitor.on_events(process, events_);
}

void CaptureReader::read_mark(ByteReader& reader, CaptureVisitor& visitor) {
  const std::uint32_t process = read_process_index(reader);
  Mark mark;
  mark.time_ns = reader.varint();
  mark.thread = static_cast<std::uint32_t>(reader.varint());
  mark.small_copies = reader.varint();
  mark.small_copy_bytes = reader.varint();
  mark.name = utf8_text(reader.string());
  if (!reader.at_end()) {  // the first captures had no more
    mark.anonymous_bytes = reader.varint();
    mark.file_bytes = reader.varint();
  }
  visitor.on_mark(process, mark);
}

void CaptureReader::read_print(ByteReader& reader, CaptureVisitor& visitor) {
  const std::uint32_t process = read_process_index(reader);
  ContentPrint print;
  print.time_ns = reader.varint();
  const std::uint64_t reason = reader.varint();
  if (reason == 0 || reason > static_cast<std::uint64_t>(PrintReason::kEnd)) {
    reader.fail("a fingerprint for the reason " + std::to_string(reason));
  }
  print.reason = static_cast<PrintReason>(reason);
  print.address = reader.varint();
  print.bytes = reader.varint();
  const std::uint64_t count = reader.varint();
  if (count > fingerprint::kMaxSamples) reader.fail("a fingerprint of " + std::to_string(count) + " samples");
  const ByteView words = reader.take(count * sizeof(std::uint32_t));
  for (std::size_t i = 0; i < words.size(); i += sizeof(std::uint32_t)) {
    print.samples.push_back(load_le<std::uint32_t>(words.data() + i));
  }
  visitor.on_print(process, print);
}

void CaptureReader::read_samples(ByteReader& reader, CaptureVisitor& visitor) {
  const std::uint32_t process = read_process_index(reader);
  std::uint64_t time = 0;
  for (std::size_t n = reader.count(3); n > 0; --n) {
    time += reader.varint();
    const std::uint64_t anonymous_bytes = reader.varint();
    visitor.on_sample(process, {time, anonymous_bytes, reader.varint()});
  }
}

void CaptureReader::read_memory_map(ByteReader& reader, CaptureVisitor& visitor) {
  const std::uint32_t process = read_process_index(reader);
  MemoryMap map{reader.varint(), reader.varint(), {}};
  for (std::size_t n = reader.count(4); n > 0; --n) {
    MappedRange range;
    range.begin = reader.varint();
    range.end = range.begin + reader.varint();
    if (range.end < range.begin) reader.fail("a mapping beyond the last address");
    range.anonymous_bytes = reader.varint();
    range.name = utf8_text(reader.string().substr(0, kMaxNameBytes));
    map.ranges.push_back(std::move(range));
  }
  visitor.on_memory_map(process, map);
}

void CaptureReader::read_symbols(ByteReader& reader) {
  const std::size_t first = stacks_.strings.size();
  const std::size_t count = reader.count(1);
  for (std::size_t i = 0; i < count; ++i) add_string(reader.string());
  const auto text = [&] {
    const std::uint64_t index = reader.varint();
    if (index >= count) reader.fail("string " + std::to_string(index) + " is not defined");
    return static_cast<std::uint32_t>(first + index);
  };
  for (std::size_t n = reader.count(2); n > 0; --n) {
    const std::uint64_t frame = reader.varint();
    if (frame >= stacks_.frames.size()) reader.fail("frame " + std::to_string(frame) + " is not defined");
    std::vector<SymbolRef> symbols;
    for (std::size_t m = reader.count(3); m > 0; --m) {
      SymbolRef symbol;
      symbol.function = text();
      symbol.file = text();
      symbol.line = static_cast<std::uint32_t>(reader.varint());
      symbols.push_back(symbol);
    }
    stacks_.frames[static_cast<std::size_t>(frame)].symbols = std::move(symbols);
  }
}

}  // namespace chunkmark::capture
