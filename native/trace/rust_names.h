// Rust's mangled names to paths as Rust's own tools print them, without hashes.
//
// Both manglings: v0 (_R...; RFC 2603 and "v0 Symbol Format" of the rustc book) and the one before it
// (_ZN...17h<hash>E). Symbols are untrusted input: nesting, work and output are bounded, and what goes beyond is as
// good as malformed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chunkmark::trace {

// Nothing if the name is of neither mangling, or malformed.
// Methods of a type that has a path stand without brackets, as programmers write them: alloc::vec::Vec<u8>::push.
std::optional<std::string> demangle_rust(std::string_view name);

// The two by themselves.
std::optional<std::string> demangle_rust_v0(std::string_view name);
std::optional<std::string> demangle_rust_legacy(std::string_view name);

constexpr std::size_t kMaxRustNameBytes = 4096;  // of the result; longer ones tell nobody anything

}  // namespace chunkmark::trace
