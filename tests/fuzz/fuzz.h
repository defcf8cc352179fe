// fuzz_one: what each target defines. Returns normally for any input: chunkmark::Error of the expected kind is caught
// by the target, anything else (another exception, a crash, a sanitizer's report) is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace chunkmark::fuzz {

inline ByteView bytes(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Refusals that input from outside may meet; everything else tells of a mistake in the code.
inline bool is_refusal(const Error& error) {
  return error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported;
}

}  // namespace chunkmark::fuzz
