#include "storage/versioned/versioned_file.h"

#include <algorithm>
#include <set>

#include "storage/versioned/session.h"
#include "storage/versioned/timestamp.h"

namespace chunkmark::versioned {

namespace {

constexpr std::int64_t kNewestDataVersion = 4;
constexpr std::size_t kAnnounced = 128;  // headers at a time: they fit into any cache

}  // namespace

VersionedFile::VersionedFile(const bytes::RandomAccess& file) : session_(std::make_unique<Session>(file)) {
  const Session::Reading reading(*session_);
  const hdf5::ObjectHeader& header = session_->versions().header();
  data_version_ = session_->integer_attribute(header, "data_version").value_or(1);
  if (data_version_ < 1 || data_version_ > kNewestDataVersion) {
    throw Error(ErrorCode::kUnsupported, file.name() + ": data version " + std::to_string(data_version_) +
                                             ", this program knows 1 to " + std::to_string(kNewestDataVersion));
  }
  current_ = session_->text_attribute(header, "current_version").value_or(std::string(kFirstVersion));
}

VersionedFile::~VersionedFile() = default;
VersionedFile::VersionedFile(VersionedFile&&) noexcept = default;
VersionedFile& VersionedFile::operator=(VersionedFile&&) noexcept = default;

std::vector<std::string> VersionedFile::warnings() const {
  switch (data_version_) {
    case 2:
      return {
          "data version 2 (written by versioned-hdf5 1.4): its hash tables may point to the wrong chunks, so "
          "the "
          "file is read-only: contents are complete, but a commit would reuse chunks by those tables"};
    case 3:
      return {
          "data version 3 (written by versioned-hdf5 1.5): different strings can have the same hash in its "
          "tables, so "
          "the file is read-only: contents are complete, but a commit could take one string for another"};
    default:
      return {};
  }
}

VersionInfo VersionedFile::read_info(std::string_view name, std::uint64_t address) {
  const hdf5::ObjectHeader header = hdf5::ObjectHeader::read(session_->container(), address);
  VersionInfo info;
  info.name = name;
  info.address = address;
  info.previous = session_->text_attribute(header, "prev_version").value_or("");
  info.timestamp = session_->text_attribute(header, "timestamp").value_or("");
  info.message = session_->text_attribute(header, "message").value_or("");
  info.time = parse_timestamp(info.timestamp);
  info.committed = session_->integer_attribute(header, "committed").value_or(0) != 0;
  return info;
}

Version VersionedFile::open(std::string_view name) {
  const Session::Reading reading(*session_);
  Version version = open_uncommitted(name);
  if (!version.info().committed) {
    throw Error(ErrorCode::kInvalidArgument,
                "version " + std::string(name) + ": it was never committed (its writer stopped half-way)");
  }
  return version;
}

Version VersionedFile::open_uncommitted(std::string_view name) {
  const Session::Reading reading(*session_);
  const std::optional<std::uint64_t> address =
      name == kFirstVersion || name.empty() ? std::nullopt : session_->versions().find(name);
  if (!address) {
    const std::string file = session_->container().file().name();
    throw Error(ErrorCode::kNotFound, file + ": no version " + (name.empty() ? "\"\"" : std::string(name)));
  }
  return Version(*session_, read_info(name, *address));
}

Version VersionedFile::current() {
  if (current_ == kFirstVersion) {
    throw Error(ErrorCode::kNotFound, session_->container().file().name() + ": no version was committed yet");
  }
  return open(current_);
}

Version VersionedFile::previous(std::uint64_t steps) {
  std::string name = current_;
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < steps && name != kFirstVersion; ++i) {
    if (!seen.insert(name).second) hdf5::corrupt("version " + name, "it is its own ancestor");
    name = open_uncommitted(name).info().previous;
    if (name.empty()) name = kFirstVersion;
  }
  if (name == kFirstVersion) {
    throw Error(ErrorCode::kNotFound, "version " + current_ + ": expected a version " + std::to_string(steps) +
                                          " before it, it has " + std::to_string(seen.empty() ? 0 : seen.size() - 1) +
                                          " ancestors");
  }
  return open(name);
}

const std::vector<VersionInfo>& VersionedFile::versions() {
  if (!versions_) {
    const Session::Reading reading(*session_);
    std::vector<hdf5::Link> links;
    session_->versions().each([&](const hdf5::Link& link) {
      if (link.hard && link.name != kFirstVersion) links.push_back(link);
      return true;
    });
    // In the order of the file, and announced: far away, one by one, each header is a round trip.
    std::sort(links.begin(), links.end(),
              [](const hdf5::Link& a, const hdf5::Link& b) { return a.address < b.address; });
    std::vector<VersionInfo> list;
    std::vector<std::uint64_t> next;
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (i % kAnnounced == 0) {
        next.clear();
        for (std::size_t j = i; j < std::min(i + kAnnounced, links.size()); ++j) next.push_back(links[j].address);
        session_->container().prefetch_headers(next);
      }
      list.push_back(read_info(links[i].name, links[i].address));
    }
    std::sort(list.begin(), list.end(), [](const VersionInfo& a, const VersionInfo& b) { return a.name < b.name; });
    versions_ = std::move(list);
  }
  return *versions_;
}

const std::vector<std::size_t>& VersionedFile::by_time() {
  if (!by_time_) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < versions().size(); ++i) {
      if (versions()[i].committed && versions()[i].time) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return *(*versions_)[a].time < *(*versions_)[b].time; });
    by_time_ = std::move(order);
  }
  return *by_time_;
}

Version VersionedFile::at(std::int64_t microseconds) {
  Version version = at_or_before(microseconds);
  if (version.info().time != microseconds) {
    throw Error(ErrorCode::kNotFound, "no version was committed at " + format_timestamp(microseconds) +
                                          "; the last one before is " + version.info().name + " of " +
                                          version.info().timestamp);
  }
  return version;
}

Version VersionedFile::at_or_before(std::int64_t microseconds) {
  const std::vector<std::size_t>& order = by_time();
  const auto time_of = [&](std::size_t i) { return *(*versions_)[i].time; };
  auto after = std::upper_bound(order.begin(), order.end(), microseconds,
                                [&](std::int64_t time, std::size_t i) { return time < time_of(i); });
  if (after == order.begin()) {
    throw Error(ErrorCode::kNotFound, "no version was committed at or before " + format_timestamp(microseconds) +
                                          (order.empty() ? "; no version has a time"
                                                         : "; the first is " + (*versions_)[order[0]].name + " of " +
                                                               (*versions_)[order[0]].timestamp));
  }
  // Of several with one time, the first by name, as upstream takes it.
  const std::int64_t time = time_of(*(after - 1));
  const auto first = std::lower_bound(order.begin(), after, time,
                                      [&](std::size_t i, std::int64_t wanted) { return time_of(i) < wanted; });
  return Version(*session_, (*versions_)[*first]);
}

std::vector<VersionInfo> VersionedFile::ancestry(std::string_view name) {
  std::vector<VersionInfo> chain;
  std::set<std::string, std::less<>> seen;
  std::string at(name);
  while (seen.insert(at).second) {
    const auto found = std::lower_bound(versions().begin(), versions().end(), at,
                                        [](const VersionInfo& info, const std::string& n) { return info.name < n; });
    if (found == versions().end() || found->name != at) break;
    chain.push_back(*found);
    at = found->previous;
  }
  return chain;
}

std::vector<std::string> VersionedFile::heads() {
  std::set<std::string> parents;
  for (const VersionInfo& info : versions()) parents.insert(info.previous);
  std::vector<std::string> names;
  for (const VersionInfo& info : versions()) {
    if (!parents.count(info.name)) names.push_back(info.name);
  }
  return names;
}

std::vector<std::string> VersionedFile::children(std::string_view name) {
  std::vector<std::string> names;
  for (const VersionInfo& info : versions()) {
    if (info.previous == name) names.push_back(info.name);
  }
  return names;
}

}  // namespace chunkmark::versioned
