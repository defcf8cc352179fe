#include "instrument/import/heaptrack.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "instrument/capture/origin.h"
#include "instrument/import/event_batch.h"
#include "instrument/import/origin_document.h"

namespace chunkmark::imports {
namespace {

using capture::EventKind;

constexpr std::size_t kMaxLine = 1 << 20;
constexpr std::uint64_t kNsPerMs = 1'000'000, kStepNs = 100, kMaxMs = ~std::uint64_t{0} / 2 / kNsPerMs;
constexpr std::uint64_t kMaxVersion = 3;
constexpr std::size_t kMaxDigits = 16;

// Hexadecimal digits by their character: nearly all of such a file is digits.
constexpr std::uint8_t kNoDigit = 16;
constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) digits['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) digits['a' + i] = digits['A' + i] = static_cast<std::uint8_t>(10 + i);
  return digits;
}();

// The last times of a file that is not packed stand within it: they come every 10 ms.
constexpr std::size_t kPeekBytes = 1 << 20;

}  // namespace

// The lines up to the command; those before it tell what the file is.
Heaptrack::Heaptrack(const capture::CaptureFile& file)
    : file_(file), reader_(std::make_unique<StreamReader>(open_stream(file), file.name)), builder_(stacks_) {
  std::string line = reader_->text_to('\n', kMaxLine, "the line of versions");
  std::string_view rest(line);
  if (!rest.starts_with("v ")) reader_->fail("the line of versions, v ...", utf8_text(rest.substr(0, 40)));
  rest.remove_prefix(2);
  number(rest);
  version_ = number(rest);
  if (version_ == 0 || version_ > kMaxVersion) {
    throw Error(ErrorCode::kUnsupported, file.name + ": a file of another heaptrack: expected the file version 1 to " +
                                             std::to_string(kMaxVersion) + ", found " + std::to_string(version_));
  }
  std::string command;
  while (!reader_->at_end()) {
    line = reader_->text_to('\n', kMaxLine, "a line");
    if (line.starts_with("x ") || line.starts_with("m ")) {
      throw Error(ErrorCode::kUnsupported,
                  file.name +
                      ": expected a file that heaptrack has interpreted, found its raw data: run heaptrack "
                      "--interpret on it, on the machine where it was recorded");
    }
    if (line.starts_with("X ")) {
      command = utf8_text(std::string_view(line).substr(2));
      break;
    }
  }
  processes_.push_back({0, 0, command});
  meta_ = origin_document(
      {.format = "heaptrack", .version = std::to_string(version_), .command_line = command, .started_ms = std::nullopt},
      std::vector<std::string_view>{capture::kTellsPages, capture::kTellsCopies, capture::kTellsTransfers,
                                    capture::kTellsRealloc, capture::kTellsMapped});
}

std::uint64_t Heaptrack::number(std::string_view& line) const {
  std::size_t at = 0;
  while (at < line.size() && line[at] == ' ') ++at;
  const std::size_t begin = at;
  std::uint64_t value = 0;
  for (; at < line.size(); ++at) {
    const unsigned digit = kDigits[static_cast<unsigned char>(line[at])];
    if (digit == kNoDigit) break;
    value = value << 4 | digit;
  }
  if (at == begin || at - begin > kMaxDigits) {
    reader_->fail("a hexadecimal number of 64 bits", "\"" + utf8_text(line.substr(0, 40)) + "\"");
  }
  line.remove_prefix(at);
  return value;
}

std::string_view Heaptrack::text(std::uint64_t index) const {
  if (index >= texts_.size()) {
    reader_->fail("a text of 0 to " + std::to_string(texts_.size() - 1), std::to_string(index));
  }
  return texts_[static_cast<std::size_t>(index)];
}

// "ip module [function [file line (function file line)*]]": the further ones are those that it is inlined into.
void Heaptrack::read_frame(std::string_view line) {
  const std::uint64_t address = number(line);
  const std::uint32_t module = line.empty() ? 0 : builder_.module(text(number(line)));
  std::vector<std::uint32_t> frames;
  while (!line.empty()) {
    capture::SymbolRef symbol;
    symbol.function = builder_.text(text(number(line)));
    if (!line.empty()) {
      symbol.file = builder_.text(text(number(line)));
      symbol.line = static_cast<std::uint32_t>(std::min<std::uint64_t>(line.empty() ? 0 : number(line), 0x7fffffff));
    }
    if (symbol.function != 0) frames.push_back(builder_.named_frame(capture::FrameKind::kNative, symbol, module));
  }
  if (frames.empty()) frames.push_back(builder_.address_frame(module, address));
  frames_.push_back(std::move(frames));
}

void Heaptrack::read_stack(std::string_view line) {
  const std::uint64_t frame = number(line), parent = number(line);
  if (frame >= frames_.size()) {
    reader_->fail("a frame of 0 to " + std::to_string(frames_.size() - 1), std::to_string(frame));
  }
  if (parent >= nodes_.size()) {
    reader_->fail("a stack of 0 to " + std::to_string(nodes_.size() - 1), std::to_string(parent));
  }
  std::uint32_t node = nodes_[static_cast<std::size_t>(parent)];
  const std::vector<std::uint32_t>& inlined = frames_[static_cast<std::size_t>(frame)];
  for (auto at = inlined.rbegin(); at != inlined.rend(); ++at) node = builder_.node(node, *at);
  nodes_.push_back(node);
}

void Heaptrack::read_line(char type, std::string_view line, EventBatch& batch) {
  switch (type) {
    case 's':
      if (version_ >= 3) number(line);
      texts_.emplace_back(line.substr(std::min<std::size_t>(line.size(), version_ >= 3 ? 1 : 0)));
      break;
    case 'i':
      read_frame(line);
      break;
    case 't':
      read_stack(line);
      break;
    case 'a': {
      const std::uint64_t bytes = number(line), stack = number(line);
      if (stack >= nodes_.size()) {
        reader_->fail("a stack of 0 to " + std::to_string(nodes_.size() - 1), std::to_string(stack));
      }
      classes_.push_back({bytes, nodes_[static_cast<std::size_t>(stack)]});
      break;
    }
    case '+':
    case '-': {
      const std::uint64_t index = number(line);
      if (index >= classes_.size()) {
        reader_->fail("one of " + std::to_string(classes_.size()) + " classes of blocks", std::to_string(index));
      }
      Class& of = classes_[static_cast<std::size_t>(index)];
      if (type == '-' && of.alive == 0) break;  // it came before the recording
      now_ns_ += kStepNs;
      const std::uint64_t place = type == '+' ? of.alive++ : --of.alive;
      const std::uint64_t address = (index + 1) << 32 | place;
      if (type == '+') {
        batch.add({EventKind::kAllocate, 0, of.stack, now_ns_, address, of.bytes});
      } else {
        batch.add({EventKind::kFree, 0, 0, now_ns_, address, 0});
      }
      break;
    }
    case 'c':
      now_ns_ = std::max(now_ns_, std::min(number(line), kMaxMs) * kNsPerMs);
      break;
    default:
      break;  // resident memory, suppressions, comments
  }
}

// What read() finds, but for files whose ends of blocks have no beginning: looking for lines is a tenth of reading
// them.
std::uint64_t Heaptrack::peek_duration() const {
  capture::CaptureFile file = file_;
  file.done = {};
  if (packing_of(file.bytes) == Packing::kNone) {
    file.bytes = file.bytes.last(std::min(file.bytes.size(), kPeekBytes));
  }
  std::uint64_t last_ms = 0, steps = 0;
  try {
    StreamReader reader(open_stream(file), file.name);
    std::string room;
    while (!reader.at_end()) {
      std::string_view line = reader.view_to('\n', kMaxLine, room, "a line");
      if (line.starts_with("c ")) {
        line.remove_prefix(2);
        last_ms = std::max(last_ms, number(line));
        steps = 0;
      } else if (line.starts_with("+ ") || line.starts_with("- ")) {
        ++steps;
      }
    }
  } catch (const Error&) {
    return 0;
  }
  return last_ms == 0 ? 0 : std::min(last_ms, kMaxMs) * kNsPerMs + steps * kStepNs;
}

void Heaptrack::read(capture::CaptureVisitor& visitor) {
  EventBatch batch(visitor);
  std::string room;
  bool ended = false;  // with its comment of how many texts it has
  try {
    while (!reader_->at_end()) {
      const std::string_view line = reader_->view_to('\n', kMaxLine, room, "a line");
      if (line.size() > 2) read_line(line[0], line.substr(2), batch);
      ended = line.starts_with("# ");
    }
    if (!ended) {
      problem_ = reader_->name() + ": at byte " + std::to_string(reader_->offset()) +
                 ": expected the comment that ends a file of heaptrack, found the end of the file: it is cut";
    }
  } catch (const Error& error) {
    problem_ = error.what();
  }
  batch.flush();
  reader_.reset();
  texts_.clear();
  if (problem_.empty()) end_["duration_ns"] = now_ns_;
}

}  // namespace chunkmark::imports
