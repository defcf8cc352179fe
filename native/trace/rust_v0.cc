// Source: "v0 Symbol Format" of the rustc book, whose names of the grammar's rules the functions bear.
//
// The parser prints while it reads. What is not to be seen (the place of an impl, the crate that a generic function was
// instantiated in) is read with printing off, without following back references, so that it costs what it is long.
#include <array>
#include <cstdint>

#include "native/trace/rust_reader.h"

namespace chunkmark::trace {
namespace {

std::string_view basic_type(char tag) {
  constexpr std::array<std::string_view, 26> kNames = {
      "i8",   "bool", "char", "f64", "str", "f32", "",    "u8", "isize", "usize", "",    "i32", "u32",
      "i128", "u128", "_",    "",    "",    "i16", "u16", "()", "...",   "",      "i64", "u64", "!"};
  return tag >= 'a' && tag <= 'z' ? kNames[static_cast<std::size_t>(tag - 'a')] : std::string_view();
}

class Demangler : RustReader {
 public:
  explicit Demangler(std::string_view symbol) : RustReader(symbol) {}

  std::string symbol_name() {
    if (is_digit(peek())) throw Malformed();  // a later version of the encoding
    path(true);
    if (is_upper(peek())) unseen([this] { path(false); });  // the instantiating crate
    if (at_ < text_.size() && peek() != '.' && peek() != '$') throw Malformed();
    return std::move(out_);
  }

 private:
  // ---- paths ----------------------------------------------------------------------------------------------------

  // in_value: of a function rather than in a type, where generic arguments have :: before them.
  void path(bool in_value) {
    const Level level(*this);
    switch (next()) {
      case 'C':
        print(identifier());
        break;
      case 'N':
        nested_path(in_value);
        break;
      case 'M':
        impl_path();
        self_type();
        break;
      case 'X':
        impl_path();
        qualified_self();
        break;
      case 'Y':
        qualified_self();
        break;
      case 'I':
        path(in_value);
        print(in_value ? "::<" : "<");
        list([this] { generic_argument(); });
        print(">");
        break;
      case 'B':
        back_reference([this, in_value] { path(in_value); });
        break;
      default:
        throw Malformed();
    }
  }

  void nested_path(bool in_value) {
    const char space = next();
    path(in_value);
    const RustIdentifier name = identifier();
    if (!is_upper(space)) {
      if (space < 'a' || space > 'z') throw Malformed();
      if (!name.empty()) print("::"), print(name);
      return;
    }
    print("::{");
    if (space == 'C') {
      print("closure");
    } else if (space == 'S') {
      print("shim");
    } else {
      print(std::string_view(&space, 1));
    }
    if (!name.empty()) print(":"), print(name);
    print("#" + std::to_string(name.disambiguator) + "}");
  }

  void impl_path() {
    unseen([this] {
      optional_base_62('s');
      path(false);
    });
  }

  // What an inherent impl is of: a path needs no brackets to have a method's name behind it.
  void self_type() {
    std::size_t at = at_;
    for (int hops = 0; at < text_.size() && text_[at] == 'B' && hops < kMaxDepth; ++hops) {
      const std::size_t before = at_;
      at_ = at + 1;
      at = static_cast<std::size_t>(base_62());
      at_ = before;
    }
    const bool is_path = at < text_.size() && (text_[at] == 'C' || text_[at] == 'N' || text_[at] == 'I');
    if (!is_path) print("<");
    type();
    if (!is_path) print(">");
  }

  void qualified_self() {
    print("<");
    type();
    print(" as ");
    path(false);
    print(">");
  }

  void generic_argument() {
    if (eat('L')) {
      lifetime(base_62());
    } else if (eat('K')) {
      constant(false);
    } else {
      type();
    }
  }

  // ---- types ----------------------------------------------------------------------------------------------------

  // Lifetimes are numbered from the innermost binder outwards, from 1; 0 is one that was erased.
  void lifetime(std::uint64_t index) {
    if (!printing_) return;  // binders are not counted then
    if (index == 0) return print("'_");
    if (index > bound_lifetimes_) throw Malformed();
    const std::uint64_t depth = bound_lifetimes_ - index;
    print("'");
    print(depth < 26 ? std::string(1, static_cast<char>('a' + depth)) : "_" + std::to_string(depth));
  }

  template <typename Read>
  void in_binder(Read read) {
    const std::uint64_t count = optional_base_62('G');
    const std::uint64_t before = bound_lifetimes_;
    if (printing_ && count > 0) {
      if (count > kMaxRustNameBytes) throw Malformed();
      print("for<");
      for (std::uint64_t i = 0; i < count; ++i) {
        if (i > 0) print(", ");
        ++bound_lifetimes_;
        lifetime(1);
      }
      print("> ");
    }
    read();
    bound_lifetimes_ = before;
  }

  void type() {
    const Level level(*this);
    const char tag = next();
    if (const std::string_view basic = basic_type(tag); !basic.empty()) return print(basic);
    switch (tag) {
      case 'R':
      case 'Q':
        print("&");
        if (eat('L')) {
          if (const std::uint64_t index = base_62(); index != 0) lifetime(index), print(" ");
        }
        if (tag == 'Q') print("mut ");
        type();
        break;
      case 'P':
      case 'O':
        print(tag == 'P' ? "*const " : "*mut ");
        type();
        break;
      case 'A':
      case 'S':
        print("[");
        type();
        if (tag == 'A') print("; "), constant(true);
        print("]");
        break;
      case 'T':
        print("(");
        if (list([this] { type(); }) == 1) print(",");
        print(")");
        break;
      case 'F':
        in_binder([this] { function_signature(); });
        break;
      case 'D':
        print("dyn ");
        in_binder([this] { list([this] { dyn_trait(); }, " + "); });
        if (!eat('L')) throw Malformed();
        if (const std::uint64_t index = base_62(); index != 0) print(" + "), lifetime(index);
        break;
      case 'B':
        back_reference([this] { type(); });
        break;
      default:
        --at_;
        path(false);
        break;
    }
  }

  void function_signature() {
    if (eat('U')) print("unsafe ");
    if (eat('K')) {
      std::string abi = "C";
      if (!eat('C')) abi = undisambiguated_identifier().ascii;
      for (char& c : abi) {
        if (c == '_') c = '-';
      }
      print("extern \"" + abi + "\" ");
    }
    print("fn(");
    list([this] { type(); });
    print(")");
    if (eat('u')) return;  // no result is not written
    print(" -> ");
    type();
  }

  // A trait with the types of its associated names in the same brackets as its arguments.
  void dyn_trait() {
    bool open = open_path();
    while (eat('p')) {
      print(open ? ", " : "<");
      open = true;
      print(undisambiguated_identifier());
      print(" = ");
      type();
    }
    if (open) print(">");
  }

  // A path whose last bracket is left open, if it has one.
  bool open_path() {
    const Level level(*this);
    if (eat('B')) {
      bool open = false;
      back_reference([this, &open] { open = open_path(); });
      return open;
    }
    if (!eat('I')) {
      path(false);
      return false;
    }
    path(false);
    print("<");
    list([this] { generic_argument(); });
    return true;
  }

  // ---- constants ------------------------------------------------------------------------------------------------

  // in_value: where an expression that is no literal needs no braces.
  void constant(bool in_value) {
    const Level level(*this);
    const char tag = next();
    switch (tag) {
      case 'p':
        return print("_");
      case 'B':
        return back_reference([this, in_value] { constant(in_value); });
      case 'b':
        return boolean();
      case 'c':
        return character();
      case 'e':
        print("*");
        return string_literal();
      case 'R':
        if (eat('e')) return string_literal();
        break;
      default:
        break;
    }
    if (!basic_type(tag).empty() && tag != 'd' && tag != 'f' && tag != 'u' && tag != 'z' && tag != 'v') {
      return integer();
    }
    if (!in_value) print("{");
    compound_constant(tag);
    if (!in_value) print("}");
  }

  void compound_constant(char tag) {
    switch (tag) {
      case 'R':
      case 'Q':
        print(tag == 'R' ? "&" : "&mut ");
        constant(true);
        break;
      case 'A':
        print("[");
        list([this] { constant(true); });
        print("]");
        break;
      case 'T':
        print("(");
        if (list([this] { constant(true); }) == 1) print(",");
        print(")");
        break;
      case 'V':
        path(true);
        constant_fields();
        break;
      default:
        throw Malformed();
    }
  }

  void constant_fields() {
    switch (next()) {
      case 'U':
        break;
      case 'T':
        print("(");
        list([this] { constant(true); });
        print(")");
        break;
      case 'S':
        print(" { ");
        list([this] {
          print(identifier());
          print(": ");
          constant(true);
        });
        print(" }");
        break;
      default:
        throw Malformed();
    }
  }

  std::uint64_t bound_lifetimes_ = 0;
};

}  // namespace

std::optional<std::string> demangle_rust_v0(std::string_view name) {
  if (!name.starts_with("_R")) return std::nullopt;
  try {
    return Demangler(name.substr(2)).symbol_name();
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace chunkmark::trace
