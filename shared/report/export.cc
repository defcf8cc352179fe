#include "report/export.h"

#include <map>
#include <string>

#include "base/byte_writer.h"
#include "base/json.h"
#include "bytes/gzip.h"
#include "report/stack_sums.h"

namespace chunkmark::report {
namespace {

// "function file:line".
std::string frame_name(const profile::DisplayFrame& frame) {
  std::string name = frame.symbol.function;
  if (!frame.symbol.file.empty()) name += " " + frame.symbol.file;
  if (frame.symbol.line != 0) name += ":" + std::to_string(frame.symbol.line);
  return name.empty() ? "unknown" : name;
}

// Frames are parted by semicolons, and each stack is a line.
std::string folded_name(const profile::DisplayFrame& frame) {
  std::string name = frame_name(frame);
  for (char& c : name) c = c == ';' ? ':' : c == '\n' || c == '\r' ? ' ' : c;
  return name;
}

std::string folded_stack(const StackSums& sums, const StackSum& stack) {
  std::string text;
  for (const std::uint32_t frame : stack.frames) text += (text.empty() ? "" : ";") + folded_name(sums.frames[frame]);
  return text;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

json::object speedscope_profile(const StackSums& sums, std::size_t kind) {
  json::array samples, weights;
  std::uint64_t end = 0;
  for (const StackSum& stack : sums.stacks) {
    if (stack.values[kind] == 0) continue;
    samples.push_back(json::array(stack.frames.begin(), stack.frames.end()));
    weights.push_back(stack.values[kind]);
    end += stack.values[kind];
  }
  const bool is_bytes = std::string_view(sums.kinds[kind].unit) == "bytes";
  return {
      {"type", "sampled"}, {"name", sums.kinds[kind].name}, {"unit", is_bytes ? "bytes" : "none"}, {"startValue", 0},
      {"endValue", end},   {"samples", std::move(samples)}, {"weights", std::move(weights)}};
}

// Strings of a pprof profile, by their number; 0 is the empty one.
class StringTable {
 public:
  std::uint64_t number(const std::string& text) {
    const auto [at, fresh] = numbers_.try_emplace(text, texts_.size());
    if (fresh) texts_.push_back(text);
    return at->second;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_{""};
  std::map<std::string, std::uint64_t> numbers_{{"", 0}};
};

// Fields of a protocol buffer: a key of number and kind (0 a number, 2 bytes), then the value.
void number_field(ByteWriter& out, std::uint64_t field, std::uint64_t value) {
  if (value == 0) return;  // what a reader takes an absent one for
  out.varint(field << 3);
  out.varint(value);
}

void bytes_field(ByteWriter& out, std::uint64_t field, ByteView bytes) {
  out.varint(field << 3 | 2);
  out.varint(bytes.size());
  out.append(bytes);
}

template <typename Values>
void packed_field(ByteWriter& out, std::uint64_t field, const Values& values) {
  ByteWriter packed;
  for (const std::uint64_t value : values) packed.varint(value);
  bytes_field(out, field, packed.view());
}

// Numbers of fields in profile.proto.
enum Profile { kSampleType = 1, kSample = 2, kLocation = 4, kFunction = 5, kStringTable = 6, kDuration = 10 };

}  // namespace

void export_speedscope(const profile::CaptureAnalysis& capture, const WriteText& write) {
  const StackSums sums = stack_sums(capture);
  json::array frames, profiles;
  for (const profile::DisplayFrame& frame : sums.frames) {
    json::object told{{"name", frame.symbol.function.empty() ? "unknown" : frame.symbol.function}};
    if (!frame.symbol.file.empty()) told["file"] = frame.symbol.file;
    if (frame.symbol.file.empty() && !frame.module.empty()) told["file"] = frame.module;
    if (frame.symbol.line != 0) told["line"] = frame.symbol.line;
    frames.push_back(std::move(told));
  }
  for (std::size_t kind = 0; kind < sums.kinds.size(); ++kind) profiles.push_back(speedscope_profile(sums, kind));
  write(json::serialize(json::object{{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                                     {"exporter", "chunkmark"},
                                     {"name", capture.command_line().value_or("")},
                                     {"shared", {{"frames", std::move(frames)}}},
                                     {"profiles", std::move(profiles)}}));
}

void export_folded(const profile::CaptureAnalysis& capture, const WriteText& write) {
  const StackSums sums = stack_sums(capture);
  for (const StackSum& stack : sums.stacks) {
    if (stack.values.empty() || stack.values[0] == 0) continue;
    write(folded_stack(sums, stack) + " " + std::to_string(stack.values[0]) + "\n");
  }
}

void export_csv(const profile::CaptureAnalysis& capture, const WriteText& write) {
  const StackSums sums = stack_sums(capture);
  std::string head;
  for (const SumKind& kind : sums.kinds) head += std::string(kind.short_name) + ",";
  write(head + "stack\r\n");
  for (const StackSum& stack : sums.stacks) {
    std::string row;
    for (const std::uint64_t value : stack.values) row += std::to_string(value) + ",";
    write(row + quoted(folded_stack(sums, stack)) + "\r\n");
  }
}

void export_pprof(const profile::CaptureAnalysis& capture, const WriteText& write) {
  const StackSums sums = stack_sums(capture);
  ByteWriter out, part, line;
  StringTable strings;
  for (const SumKind& kind : sums.kinds) {
    part.clear();
    number_field(part, 1, strings.number(kind.short_name));
    number_field(part, 2, strings.number(kind.unit));
    bytes_field(out, kSampleType, part.view());
  }
  for (const StackSum& stack : sums.stacks) {
    std::vector<std::uint64_t> locations;  // numbers begin at 1; the innermost first
    for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend(); ++frame) locations.push_back(*frame + 1u);
    part.clear();
    packed_field(part, 1, locations);
    packed_field(part, 2, stack.values);
    bytes_field(out, kSample, part.view());
  }
  for (std::size_t frame = 0; frame < sums.frames.size(); ++frame) {
    const profile::DisplayFrame& shown = sums.frames[frame];
    line.clear();
    number_field(line, 1, frame + 1);
    number_field(line, 2, shown.symbol.line);
    part.clear();
    number_field(part, 1, frame + 1);
    bytes_field(part, 4, line.view());
    bytes_field(out, kLocation, part.view());
    part.clear();
    number_field(part, 1, frame + 1);
    number_field(part, 2, strings.number(shown.symbol.function.empty() ? "unknown" : shown.symbol.function));
    number_field(part, 4, strings.number(shown.symbol.file.empty() ? shown.module : shown.symbol.file));
    bytes_field(out, kFunction, part.view());
  }
  for (const std::string& text : strings.texts()) bytes_field(out, kStringTable, as_byte_view(text));
  number_field(out, kDuration, capture.duration_ns());
  write(as_text(bytes::gzip_compress(out.view())));
}

}  // namespace chunkmark::report
