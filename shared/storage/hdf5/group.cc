#include "storage/hdf5/group.h"

#include <algorithm>

#include "storage/hdf5/b_tree_v2.h"
#include "storage/hdf5/checksum.h"
#include "storage/hdf5/fractal_heap.h"

namespace chunkmark::hdf5 {

namespace {

// A group B-tree of two-way nodes this deep would have more links than a file has bytes.
constexpr int kMaxDepth = 64;
// As many as the HDF5 library follows.
constexpr int kMaxLinks = 16;
constexpr unsigned kExternalLink = 64;

Link parse_link(ByteView message, Widths widths) {
  Cursor cursor(message, "link", widths);
  if (const unsigned version = cursor.u8(); version != 1)
    unsupported("link", "version " + std::to_string(version) + ", expected 1");
  const unsigned flags = cursor.u8();
  const unsigned kind = flags & 0x08 ? cursor.u8() : 0;
  if (flags & 0x04) cursor.skip(8);
  if (flags & 0x10) cursor.skip(1);
  Link link;
  link.name = as_text(cursor.bytes(cursor.number(1u << (flags & 3))));
  link.hard = kind == 0;
  if (link.hard) link.address = cursor.address();
  link.soft = kind == 1;
  if (link.soft) link.target = as_text(cursor.bytes(cursor.u16()));
  if (kind == kExternalLink) {
    const std::string_view value = as_text(cursor.bytes(cursor.u16()));
    const std::size_t end = value.find('\0', 1);  // behind a byte of version and flags
    if (end == std::string_view::npos) corrupt("link", link.name + ": an external link without a path");
    link.file = value.substr(1, end - 1);
    link.target = value.substr(end + 1, value.find('\0', end + 1) - end - 1);
  }
  return link;
}

}  // namespace

std::string target_text(const Link& link) {
  return link.file.empty() ? link.target : link.target + " of " + link.file;
}

Group::Group(const Container& container, std::uint64_t address)
    : container_(container), header_(ObjectHeader::read(container, address)) {
  if (!is_group(header_))
    corrupt(header_.name(), "expected a group, found " +
                                std::string(header_.find(kLayoutMessage) ? "a dataset" : "neither group nor dataset"));
}

bool Group::is_group(const ObjectHeader& header) {
  return header.find(kSymbolTableMessage) || header.find(kLinkInfoMessage);
}

std::optional<std::uint64_t> Group::find(std::string_view name) const {
  const std::optional<Link> found = link(name);
  return found && found->hard ? std::optional(found->address) : std::nullopt;
}

std::optional<Link> Group::link(std::string_view name) const {
  std::optional<Link> found;
  all(
      [&](const Link& link) {
        if (link.name != name) return true;
        found = link;
        return false;
      },
      &name);
  return found;
}

std::optional<std::uint64_t> Group::find_path(const Container& container, std::string_view path) {
  std::vector<std::uint64_t> groups{container.root_header()};  // from the root to where the path has led
  std::string left(path);
  for (int links = 0; !left.empty();) {
    const std::size_t slash = left.find('/');
    const std::string name = left.substr(0, slash);
    left = slash == std::string::npos ? "" : left.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    if (!is_group(ObjectHeader::read(container, groups.back()))) return std::nullopt;
    const std::optional<Link> link = Group(container, groups.back()).link(name);
    if (!link) return std::nullopt;
    if (link->hard) {
      groups.push_back(link->address);
      continue;
    }
    if (!link->soft) unsupported(path, "an external link, to " + target_text(*link) + "; open that file");
    if (++links > kMaxLinks) corrupt(path, "more than " + std::to_string(kMaxLinks) + " soft links");
    if (link->target.starts_with('/')) groups.resize(1);
    left = link->target + "/" + left;
  }
  return groups.back();
}

void Group::each(const Found& found) const {
  all(found, nullptr);
}

bool Group::all(const Found& found, const std::string_view* wanted) const {
  for (const Message& message : header_.messages()) {
    if (message.type == kSymbolTableMessage && !old_style(message, found, wanted)) return false;
    if (message.type == kLinkMessage && !found(parse_link(message.body, container_.widths()))) return false;
    if (message.type == kLinkInfoMessage && !dense(message, found, wanted)) return false;
  }
  return true;
}

bool Group::old_style(const Message& table, const Found& found, const std::string_view* wanted) const {
  const Widths widths = container_.widths();
  Cursor cursor(table.body, header_.name(), widths);
  const std::uint64_t tree = cursor.address();
  const std::uint64_t heap = cursor.address();
  const LocalHeap names(container_, heap);
  std::uint64_t visited = 0;
  return tree_node(tree, -1, names, visited, found, wanted);
}

bool Group::tree_node(std::uint64_t address, int above, const LocalHeap& names, std::uint64_t& visited,
                      const Found& found, const std::string_view* wanted) const {
  const std::string name = "group B-tree node at " + std::to_string(address);
  const Widths widths = container_.widths();
  const std::uint64_t prefix = 8 + 2 * widths.offset;
  const Block start = container_.read(address, prefix, name);
  Cursor cursor(start.bytes(), name, widths);
  cursor.expect("TREE");
  if (const unsigned type = cursor.u8(); type != 0) corrupt(name, "node type " + std::to_string(type) + ", expected 0");
  const int level = cursor.u8();
  const unsigned used = cursor.u16();
  // Every node is one level lower than its parent, and all together have no more bytes than the file.
  if (above >= 0 ? level != above - 1 : level > kMaxDepth) {
    corrupt(name, "level " + std::to_string(level) + ", expected " +
                      (above >= 0 ? std::to_string(above - 1) : "at most " + std::to_string(kMaxDepth)));
  }
  const std::uint64_t bytes = (used + 1) * std::uint64_t{widths.length} + used * std::uint64_t{widths.offset};
  visited += prefix + bytes;
  if (visited > container_.size())
    corrupt(name, "the tree's nodes add up to " + std::to_string(visited) + " bytes, the file has " +
                      std::to_string(container_.size()));
  const Block rest = container_.read(address + prefix, bytes, name);

  const unsigned stride = widths.length + widths.offset;
  const auto key = [&](unsigned i) { return Cursor(rest.bytes().subspan(i * stride), name, widths).length(); };
  unsigned i = 0;
  if (wanted) {  // child i has the names after key i, up to and with key i + 1
    unsigned end = used;
    while (i < end) {
      const unsigned middle = (i + end) / 2;
      if (names.text(key(middle + 1)) < *wanted) {
        i = middle + 1;
      } else {
        end = middle;
      }
    }
  }
  for (; i < used; ++i) {
    const std::uint64_t child = Cursor(rest.bytes().subspan(i * stride + widths.length), name, widths).address();
    const bool more =
        level > 0 ? tree_node(child, level, names, visited, found, wanted) : symbol_node(child, names, found, wanted);
    if (!more) return false;
    if (wanted) break;
  }
  return true;
}

bool Group::symbol_node(std::uint64_t address, const LocalHeap& names, const Found& found,
                        const std::string_view* wanted) const {
  const std::string name = "symbol table node at " + std::to_string(address);
  const Widths widths = container_.widths();
  const Block start = container_.read(address, 8, name);
  Cursor prefix(start.bytes(), name, widths);
  prefix.expect("SNOD");
  prefix.skip(2);
  const unsigned count = prefix.u16();
  const std::uint64_t stride = 2ull * widths.offset + 24;
  const Block entries = container_.read(address + 8, count * stride, name);
  const auto entry = [&](unsigned i) { return Cursor(entries.bytes().subspan(i * stride), name, widths); };
  unsigned i = 0;
  if (wanted) {
    unsigned end = count;
    while (i < end) {
      const unsigned middle = (i + end) / 2;
      if (names.text(entry(middle).address()) < *wanted) {
        i = middle + 1;
      } else {
        end = middle;
      }
    }
  }
  for (; i < count; ++i) {
    Cursor cursor = entry(i);
    Link link;
    link.name = names.text(cursor.address());
    link.address = cursor.address();
    link.soft = cursor.u32() == 2;
    link.hard = !link.soft && link.address != kUndefined;
    if (link.soft) {
      cursor.skip(4);
      link.target = names.text(cursor.u32());
    }
    if (!found(link)) return false;
    if (wanted) break;
  }
  return true;
}

bool Group::dense(const Message& info, const Found& found, const std::string_view* wanted) const {
  const Widths widths = container_.widths();
  Cursor cursor(info.body, header_.name(), widths);
  if (const unsigned version = cursor.u8(); version != 0)
    unsupported(header_.name(), "link info version " + std::to_string(version) + ", expected 0");
  if (cursor.u8() & 1) cursor.skip(8);
  const std::uint64_t heap_address = cursor.address();
  const std::uint64_t tree_address = cursor.address();
  if (heap_address == kUndefined) return true;
  const FractalHeap heap(container_, heap_address);
  const BTreeV2 tree(container_, tree_address);
  if (tree.type() != 5)
    corrupt(header_.name(),
            "its links are indexed by a B-tree of record type " + std::to_string(tree.type()) + ", expected 5");
  BTreeV2::Compare compare;
  if (wanted) {
    compare = [hash = lookup3(as_byte_view(*wanted))](ByteView record) -> std::weak_ordering {
      return Cursor(record, "link record").u32() <=> hash;
    };
  }
  bool more = true;
  tree.visit(compare, [&](ByteView record) {
    Cursor fields(record, "link record");
    fields.skip(4);
    more = found(parse_link(heap.get(fields.bytes(heap.id_bytes())), widths));
    return more;
  });
  return more;
}

}  // namespace chunkmark::hdf5
