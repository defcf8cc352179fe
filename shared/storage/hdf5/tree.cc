#include "storage/hdf5/tree.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/error.h"
#include "storage/hdf5/dataset.h"
#include "storage/hdf5/group.h"

namespace chunkmark::hdf5 {
namespace {

// Groups nested deeper than this are not followed: the walk keeps one stack frame for each.
constexpr int kMaxDepth = 256;

class Walk {
 public:
  Walk(const Container& container, const std::function<void(const TreeEntry&)>& found, std::uint64_t start)
      : container_(container), found_(found), met_{start} {}

  void group(const std::string& path, std::uint64_t address, int depth) {
    std::vector<Link> links;
    try {
      if (depth > kMaxDepth) corrupt(path, "groups nested deeper than " + std::to_string(kMaxDepth));
      Group(container_, address).each([&](const Link& link) {
        links.push_back(link);
        return true;
      });
    } catch (const Error& error) {
      found_({TreeEntry::Kind::kUnreadable, path, address, error.what()});
    }
    std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.name < b.name; });
    for (const Link& link : links) {
      const std::string below = path.empty() ? link.name : path + "/" + link.name;
      if (link.hard) {
        object(below, link.address, depth);
      } else {
        found_({TreeEntry::Kind::kLink, below, kUndefined, {}, target_text(link)});
      }
    }
  }

 private:
  void object(const std::string& path, std::uint64_t address, int depth) {
    TreeEntry entry{TreeEntry::Kind::kNamedType, path, address, {}};
    try {
      const ObjectHeader header = ObjectHeader::read(container_, address);
      if (Group::is_group(header)) entry.kind = TreeEntry::Kind::kGroup;
      if (Dataset::is_dataset(header)) entry.kind = TreeEntry::Kind::kDataset;
    } catch (const Error& error) {
      entry.kind = TreeEntry::Kind::kUnreadable;
      entry.problem = error.what();
    }
    if (entry.kind == TreeEntry::Kind::kGroup && !met_.insert(address).second) return;
    found_(entry);
    if (entry.kind == TreeEntry::Kind::kGroup) group(path, address, depth + 1);
  }

  const Container& container_;
  const std::function<void(const TreeEntry&)>& found_;
  std::set<std::uint64_t> met_;  // groups
};

}  // namespace

void walk_tree(const Container& container, const std::function<void(const TreeEntry&)>& found) {
  walk_tree(container, "", container.root_header(), found);
}

void walk_tree(const Container& container, const std::string& path, std::uint64_t address,
               const std::function<void(const TreeEntry&)>& found) {
  Walk(container, found, address).group(path, address, 0);
}

const std::string& path_of(const Container& container, std::uint64_t address) {
  std::map<std::uint64_t, std::string>& paths = container.paths();
  if (paths.empty()) {
    paths.emplace(container.root_header(), "/");
    walk_tree(container, [&](const TreeEntry& entry) {
      if (entry.kind != TreeEntry::Kind::kLink) paths.emplace(entry.address, "/" + entry.path);
    });
  }
  static const std::string none;
  const auto found = paths.find(address);
  return found == paths.end() ? none : found->second;
}

}  // namespace chunkmark::hdf5
