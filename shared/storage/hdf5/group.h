// Group: the links of one group, old style (symbol table) and new style (messages, or a fractal heap when
// there are many).
//
// find() goes down the index by name: opening one of ten thousand versions reads a handful of nodes. each()
// lists all by name (byte-wise order in old-style groups and small ones; the caller sorts where order
// matters). Borrows the Container. Not thread-safe. Errors: kCorrupt. Source: HDF5 File Format
// Specification 3.0, III.A-D, IV.A.2.g.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/hdf5/local_heap.h"
#include "storage/hdf5/object_header.h"

namespace chunkmark::hdf5 {

struct Link {
  std::string name;
  bool hard = true;                    // soft and external links have no address
  std::uint64_t address = kUndefined;  // of the object header
  bool soft = false;
  std::string target;  // of a soft or external link: a path
  std::string file;    // of an external link: whose path that is
};

// Where a link leads that is no hard one: "/group/x", "/x of other.h5"; "" of a kind that is not known.
std::string target_text(const Link& link);

class Group {
 public:
  Group(const Container& container, std::uint64_t address);

  const ObjectHeader& header() const { return header_; }
  // The address of the hard link `name`; nothing if there is no such link.
  std::optional<std::uint64_t> find(std::string_view name) const;
  // The link of that name, whatever its kind.
  std::optional<Link> link(std::string_view name) const;
  // Until `found` returns false.
  void each(const std::function<bool(const Link&)>& found) const;

  // Whether a header is a group's.
  static bool is_group(const ObjectHeader& header);
  // The object at a path from the root, through soft links within the file; nothing where there is none. Errors:
  // kUnsupported where an external link is met, kCorrupt for a ring of links.
  static std::optional<std::uint64_t> find_path(const Container& container, std::string_view path);

 private:
  using Found = std::function<bool(const Link&)>;

  bool old_style(const Message& table, const Found& found, const std::string_view* wanted) const;
  bool tree_node(std::uint64_t address, int above, const LocalHeap& names, std::uint64_t& visited, const Found& found,
                 const std::string_view* wanted) const;
  bool symbol_node(std::uint64_t address, const LocalHeap& names, const Found& found,
                   const std::string_view* wanted) const;
  bool dense(const Message& info, const Found& found, const std::string_view* wanted) const;
  bool all(const Found& found, const std::string_view* wanted) const;

  const Container& container_;
  ObjectHeader header_;
};

}  // namespace chunkmark::hdf5
