// RustReader: the lexical half of Rust's v0 mangling: numbers, identifiers, literals and back references, and the
// output.
//
// Symbols are untrusted: the length, nesting, steps and output of one are bounded, and Malformed is thrown beyond.
// Borrows the symbol. Source: "v0 Symbol Format" of the rustc book.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "native/trace/rust_names.h"

namespace chunkmark::trace {

struct Malformed {};

struct RustIdentifier {
  std::string_view ascii, punycode;  // the plain characters, and where the others go between them
  std::uint64_t disambiguator = 0;
  bool empty() const { return ascii.empty() && punycode.empty(); }
};

inline bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class RustReader {
 protected:
  static constexpr int kMaxDepth = 200;
  static constexpr int kMaxSteps = 20'000;  // back references may multiply the work without multiplying the output
  static constexpr std::size_t kMaxSymbolBytes = 16 << 10;

  explicit RustReader(std::string_view symbol) : text_(symbol) {
    if (symbol.size() > kMaxSymbolBytes) throw Malformed();
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  char next() {
    if (at_ >= text_.size()) throw Malformed();
    return text_[at_++];
  }
  bool eat(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  std::uint64_t base_62();
  std::uint64_t optional_base_62(char tag) { return eat(tag) ? base_62() + 1 : 0; }
  RustIdentifier undisambiguated_identifier();
  RustIdentifier identifier();

  // Literals: what a constant's digits mean by its type. They print.
  void integer();
  void boolean() { print(number() == 0 ? "false" : "true"); }
  void character();
  void string_literal();

  void print(std::string_view text) {
    if (!printing_) return;
    out_ += text;
    if (out_.size() > kMaxRustNameBytes) throw Malformed();
  }
  void print(const RustIdentifier& identifier);

  // One more level of the grammar, and one more step of the work.
  struct Level {
    explicit Level(RustReader& of) : reader(of) {
      if (++reader.depth_ > kMaxDepth || ++reader.steps_ > kMaxSteps) throw Malformed();
    }
    ~Level() { --reader.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    RustReader& reader;
  };

  // To what was read before, which has the form of what stands here. Nothing needs to be read there to be skipped.
  template <typename Read>
  void back_reference(Read read) {
    const std::size_t here = at_ - 1;
    const std::uint64_t target = base_62();
    if (target >= here) throw Malformed();
    if (!printing_) return;
    const std::size_t after = at_;
    at_ = static_cast<std::size_t>(target);
    read();
    at_ = after;
  }

  template <typename Read>
  void unseen(Read read) {
    const bool before = printing_;
    printing_ = false;
    read();
    printing_ = before;
  }

  // Elements until E, with separators between; how many there were.
  template <typename Element>
  std::size_t list(Element element, std::string_view separator = ", ") {
    std::size_t count = 0;
    for (; !eat('E'); ++count) {
      if (count > 0) print(separator);
      element();
    }
    return count;
  }

  std::string_view text_;  // what follows _R: back references count from there
  std::size_t at_ = 0;
  std::string out_;
  bool printing_ = true;

 private:
  std::string_view hex_digits();
  std::uint64_t number();

  int depth_ = 0, steps_ = 0;
};

}  // namespace chunkmark::trace
