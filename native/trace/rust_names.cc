#include "native/trace/rust_names.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "native/trace/rust_reader.h"

namespace chunkmark::trace {
namespace {

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

bool is_hash(std::string_view part) {
  return part.size() == 17 && part[0] == 'h' && std::all_of(part.begin() + 1, part.end(), is_hex);
}

constexpr std::pair<std::string_view, char> kEscapes[] = {
    {"SP", '@'}, {"BP", '*'}, {"RF", '&'}, {"LT", '<'}, {"GT", '>'}, {"LP", '('}, {"RP", ')'}, {"C", ','},
};

// "$LT$" and "$u20$": what an escape between two dollars stands for; false if it is none.
bool append_escape(std::string& out, std::string_view escape) {
  for (const auto& [name, meaning] : kEscapes) {
    if (escape != name) continue;
    out += meaning;
    return true;
  }
  if (escape.size() < 2 || escape.size() > 7 || escape[0] != 'u') return false;
  if (!std::all_of(escape.begin() + 1, escape.end(), is_hex)) return false;
  append_utf8(out, static_cast<std::uint32_t>(std::stoul(std::string(escape.substr(1)), nullptr, 16)));
  return true;
}

void append_part(std::string& out, std::string_view part) {
  if (part.starts_with("_$")) part.remove_prefix(1);  // so that the mangled part begins like an identifier
  while (!part.empty()) {
    if (part.starts_with("..")) {
      out += "::";
      part.remove_prefix(2);
      continue;
    }
    if (const std::size_t end = part.find('$', 1); part[0] == '$' && end != std::string_view::npos) {
      if (append_escape(out, part.substr(1, end - 1))) {
        part.remove_prefix(end + 1);
        continue;
      }
    }
    out += part[0];
    part.remove_prefix(1);
  }
}

}  // namespace

// _ZN, parts of the path with their lengths, a hash as the last part, E. C++ has the same form without the hash.
std::optional<std::string> demangle_rust_legacy(std::string_view name) {
  if (!name.starts_with("_ZN")) return std::nullopt;
  name.remove_prefix(3);
  std::string path;
  while (!name.empty() && is_digit(name[0])) {
    std::size_t length = 0;
    while (!name.empty() && is_digit(name[0]) && length <= name.size()) {
      length = length * 10 + static_cast<std::size_t>(name[0] - '0');
      name.remove_prefix(1);
    }
    if (length == 0 || length >= name.size()) return std::nullopt;
    const std::string_view part = name.substr(0, length);
    name.remove_prefix(length);
    const bool last = name[0] == 'E' && (name.size() == 1 || name[1] == '.');  // ".llvm.123" may follow
    if (last) return is_hash(part) && !path.empty() ? std::optional(path) : std::nullopt;
    if (!path.empty()) path += "::";
    append_part(path, part);
    if (path.size() > kMaxRustNameBytes) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> demangle_rust(std::string_view name) {
  return name.starts_with("_R") ? demangle_rust_v0(name) : demangle_rust_legacy(name);
}

}  // namespace chunkmark::trace
