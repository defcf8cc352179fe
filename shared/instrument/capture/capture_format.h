// The capture file (.cmk): a magic number, then sections, each one checked zstd frame.
//
//   file    = magic section*
//   section = type u32 | stored_bytes u32 | raw_bytes u32 | check u32 | zstd frame of stored_bytes      (little-endian)
//
// `check` covers the header, the frame carries a checksum of its content. A writer only ever appends, and never a
// section that refers to a later one, so a file cut at any byte reads up to the last whole section. Contents (varints
// as in base/byte_writer.h, s = string):
//
//   kMeta     JSON: format, version, command, started ...; always the first section
//   kProcess  index, pid, parent's index + 1 or 0, command s                       one per traced process
//   kModules  n, then n x path s                                                   numbered from 1 in order
//   kFrames   n, then n x (kind, native: module, offset | python: function s, file s, line)     from 1 in order
//   kNodes    n, then n x (parent, frame)                                          from 1 in order
//   kEvents   process, n, then columns, each as its byte length and varints: kind, thread, time delta (ns), stack,
//             address delta (signed; kinds with an address), bytes (kinds with bytes); time and address start at 0;
//             then, not in the first captures, of each copy: its destination and its source, signed deltas as above
//   kMark     process, time, thread, small copies, small copy bytes, name s, anonymous bytes, file bytes
//   kSamples  process, n, then n x (time delta, anonymous bytes, file bytes)
//   kSymbols  strings: n, n x s; frames: n, n x (frame, symbols: m, m x (function, file, line)), indices into strings
//   kPrint    process, time, reason, address, bytes, n, then n samples, u32 little-endian; stands as a mark does
//   kMemoryMap  process, time, anonymous bytes, n, then n x (begin, length, anonymous bytes, name s); stands between
//             the events before and after it
//   kEnd      JSON: duration_ns, exit status, what was lost. Without it the traced command or the launcher was cut off.
//
// Every older capture opens for ever. What an older reader can pass over keeps the version: a new type of section, a
// JSON member, numbers at the end of a mark. What it would misread (a new kind of event or frame, a column) raises
// kCaptureVersion, which readers of lower versions refuse by name; what changes sections themselves, the magic number.
#pragma once

#include <cstdint>
#include <string_view>

namespace chunkmark::capture {

constexpr std::string_view kCaptureMagic = "CMKCAP1\n";
// 2: mappings by touched pages (kMapPages, kMapShared, kPages). 1: every mapping counts whole.
constexpr std::uint64_t kCaptureVersion = 2;

enum class SectionType : std::uint32_t {
  kMeta = 1,
  kProcess = 2,
  kModules = 3,
  kFrames = 4,
  kNodes = 5,
  kEvents = 6,
  kMark = 7,
  kSamples = 8,
  kSymbols = 9,
  kEnd = 10,
  kPrint = 11,
  kMemoryMap = 12,
};

constexpr std::uint32_t kSectionHeaderBytes = 16;
// The largest content of one section: bounds what a reader allocates for a hostile header.
constexpr std::uint32_t kMaxSectionBytes = 16u << 20;
// A longer name of a function or file is cut when it is read: bounds what one string, referred to often, can cost.
constexpr std::size_t kMaxNameBytes = 1024;
// Large enough for zstd to find the patterns, small enough that little is lost by a cut.
constexpr std::uint32_t kMaxEventsPerSection = 1u << 16;

// A cheap mix of the header's words: finds a header that is not one, not an adversary.
constexpr std::uint32_t section_check(std::uint32_t type, std::uint32_t stored_bytes, std::uint32_t raw_bytes) {
  std::uint32_t mixed = 0x43'4d'4b'31u;
  for (const std::uint32_t word : {type, stored_bytes, raw_bytes}) mixed = (mixed ^ word) * 0x9e3779b1u;
  return mixed ^ (mixed >> 15);
}

}  // namespace chunkmark::capture
