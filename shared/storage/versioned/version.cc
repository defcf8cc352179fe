#include <algorithm>
#include <set>

#include "storage/versioned/session.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

namespace {

// Groups nested deeper than this are taken for a ring of links.
constexpr int kMaxDepth = 100;
// A link takes at least this many bytes of the file; a walk that meets more of them goes through some again
// and again.
constexpr std::uint64_t kMinLinkBytes = 16;

struct Walk {
  Session& session;
  const std::function<void(const Version::Entry&)>& found;
  std::uint64_t links_left;

  void group(const std::string& path, std::uint64_t address, int depth) {
    if (depth > kMaxDepth) hdf5::corrupt(path, "groups nested deeper than " + std::to_string(kMaxDepth));
    std::vector<hdf5::Link> links;
    hdf5::Group(session.container(), address).each([&](const hdf5::Link& link) {
      if (links_left-- == 0)
        hdf5::corrupt(path, "more links than the file has room for: groups that contain each other");
      if (link.hard) links.push_back(link);
      return true;
    });
    for (const hdf5::Link& link : links) {
      const std::string below = path.empty() ? link.name : path + "/" + link.name;
      const hdf5::ObjectHeader header = hdf5::ObjectHeader::read(session.container(), link.address);
      if (hdf5::Group::is_group(header)) {
        found({Version::Entry::Kind::kGroup, below, link.address});
        group(below, link.address, depth + 1);
      } else if (hdf5::Dataset::is_dataset(header)) {
        found({is_leftover(link.name, below, header) ? Version::Entry::Kind::kLeftover : Version::Entry::Kind::kDataset,
               below, link.address});
      }
    }
  }

  // delete_versions writes "_tmp_NAME" and renames it. A user's dataset may be called so too: it has raw data
  // of its own.
  bool is_leftover(std::string_view name, const std::string& path, const hdf5::ObjectHeader& header) {
    if (!name.starts_with(kTemporaryPrefix)) return false;
    const std::optional<std::string> raw = session.text_attribute(header, "raw_data");
    return raw && *raw != "/" + std::string(kVersionData) + "/" + path + "/raw_data";
  }
};

}  // namespace

void Version::walk(const std::function<void(const Entry&)>& found) const {
  const Session::Reading reading(*session_);
  Walk walk{*session_, found, session_->container().size() / kMinLinkBytes + 64};
  walk.group("", info_.address, 0);
}

std::vector<hdf5::Attribute> Version::attributes() const {
  const Session::Reading reading(*session_);
  return all_attributes(session_->container(), hdf5::ObjectHeader::read(session_->container(), info_.address));
}

std::vector<std::string> Version::groups() const {
  std::vector<std::string> paths;
  walk([&](const Entry& entry) {
    if (entry.kind == Entry::Kind::kGroup) paths.push_back(entry.path);
  });
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> Version::datasets() const {
  std::vector<std::string> paths;
  walk([&](const Entry& entry) {
    if (entry.kind == Entry::Kind::kDataset) paths.push_back(entry.path);
  });
  std::sort(paths.begin(), paths.end());
  return paths;
}

namespace {

// Down from the version's group, one name at a time.
std::optional<std::uint64_t> find_below(const hdf5::Container& container, std::uint64_t address,
                                        std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (name.empty()) continue;
    if (!hdf5::Group::is_group(hdf5::ObjectHeader::read(container, address))) return std::nullopt;
    const std::optional<std::uint64_t> next = hdf5::Group(container, address).find(name);
    if (!next) return std::nullopt;
    address = *next;
  }
  return address;
}

}  // namespace

std::vector<hdf5::Attribute> Version::group_attributes(std::string_view path) const {
  const Session::Reading reading(*session_);
  const hdf5::Container& container = session_->container();
  const std::optional<std::uint64_t> address = find_below(container, info_.address, path);
  if (!address) throw Error(ErrorCode::kNotFound, "version " + info_.name + ": no group " + std::string(path));
  return all_attributes(container, hdf5::ObjectHeader::read(container, *address));
}

VersionDataset Version::dataset(std::string_view path) const {
  const Session::Reading reading(*session_);
  const std::optional<std::uint64_t> address = find_below(session_->container(), info_.address, path);
  if (!address || path.empty()) {
    throw Error(ErrorCode::kNotFound, "version " + info_.name + ": no dataset " + std::string(path));
  }
  if (!hdf5::Dataset::is_dataset(hdf5::ObjectHeader::read(session_->container(), *address))) {
    throw Error(ErrorCode::kNotFound, "version " + info_.name + ": " + std::string(path) + " is a group, no dataset");
  }
  return VersionDataset(*session_, *address, std::string(path));
}

bool Version::has_dataset(std::string_view path) const {
  const Session::Reading reading(*session_);
  const std::optional<std::uint64_t> address = find_below(session_->container(), info_.address, path);
  return address && !path.empty() &&
         hdf5::Dataset::is_dataset(hdf5::ObjectHeader::read(session_->container(), *address));
}

}  // namespace chunkmark::versioned
