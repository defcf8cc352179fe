#include "storage/versioned/verify_plain.h"

#include <algorithm>
#include <set>

#include "storage/hdf5/tree.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {
namespace {

constexpr std::uint16_t kFletcher32 = 3;

class Verify {
 public:
  explicit Verify(Session& session) : session_(session) {}

  PlainReport run() {
    hdf5::walk_tree(session_.container(), [&](const hdf5::TreeEntry& entry) { look(entry); });
    attributes("/", session_.container().root_header());
    find_overlaps();
    for (const std::string& notice : session_.container().notices()) {
      report_.findings.push_back({Severity::kNotice, "notice", "file", notice, ""});
    }
    return std::move(report_);
  }

 private:
  struct Claim {
    std::uint64_t start, end;
    std::size_t dataset;  // in names_
  };

  void damage(const char* code, const std::string& object, const std::string& message) {
    report_.findings.push_back({Severity::kDamage, code, object, message, ""});
  }

  void look(const hdf5::TreeEntry& entry) {
    using Kind = hdf5::TreeEntry::Kind;
    const std::string path = "/" + entry.path;
    if (entry.kind == Kind::kUnreadable) return damage("unreadable", path, entry.problem);
    if (entry.kind == Kind::kLink) return;
    report_.groups += entry.kind == Kind::kGroup;
    if (!seen_.insert(entry.address).second) return;  // another name of it
    attributes(path, entry.address);
    if (entry.kind == Kind::kDataset) dataset(entry, path);
  }

  void attributes(const std::string& path, std::uint64_t address) {
    try {
      attributes_json(all_attributes(session_.container(), hdf5::ObjectHeader::read(session_.container(), address)),
                      session_.heap());
    } catch (const Error& error) {
      tell("attribute", path, error);
    }
  }

  // What is not understood is no damage.
  void tell(const char* code, const std::string& path, const Error& error) {
    if (error.code() == ErrorCode::kUnsupported || error.code() == ErrorCode::kNotFound) {
      report_.findings.push_back({Severity::kNotice, "not_read", path, error.what(), ""});
    } else {
      damage(code, path, error.what());
    }
  }

  void dataset(const hdf5::TreeEntry& entry, const std::string& path) {
    ++report_.datasets;
    try {
      hdf5::Dataset stored(session_.container(), entry.address, entry.path);
      claim(stored, path);
      const VersionDataset read(session_, entry.address, entry.path);
      read_whole(read, session_);
      const auto& filters = stored.filters();
      report_.checksummed += std::any_of(filters.begin(), filters.end(),
                                         [](const hdf5::Filter& filter) { return filter.id == kFletcher32; });
    } catch (const Error& error) {
      tell("dataset", path, error);
    }
  }

  void claim(hdf5::Dataset& dataset, const std::string& path) {
    names_.push_back(path);
    const auto add = [&](std::uint64_t address, std::uint64_t bytes) {
      session_.container().check(address, bytes, path);
      report_.stored_bytes += bytes;
      if (bytes > 0) claims_.push_back({address, address + bytes, names_.size() - 1});
    };
    if (dataset.is_virtual() || dataset.external() || dataset.is_unallocated()) return;
    if (dataset.layout().kind == hdf5::Layout::Kind::kContiguous) {
      add(dataset.layout().address, hdf5::saturating_multiply(dataset.space().count(), dataset.element_bytes()));
    } else if (dataset.layout().kind == hdf5::Layout::Kind::kChunked) {
      dataset.chunks().each([&](std::span<const std::uint64_t>, const hdf5::ChunkRecord& record) {
        ++report_.chunks;
        add(record.address, record.stored_bytes);
        return true;
      });
    }
  }

  void find_overlaps() {
    std::sort(claims_.begin(), claims_.end(), [](const Claim& a, const Claim& b) { return a.start < b.start; });
    constexpr std::size_t kTold = 100;
    std::size_t told = 0;
    for (std::size_t i = 1; i < claims_.size() && told < kTold; ++i) {
      if (claims_[i].start >= claims_[i - 1].end) {
        continue;
      }
      ++told;
      damage("overlap", names_[claims_[i].dataset],
             std::to_string(claims_[i].end - claims_[i].start) + " bytes at " + std::to_string(claims_[i].start) +
                 " are also those of " + names_[claims_[i - 1].dataset]);
      claims_[i].end = std::max(claims_[i].end, claims_[i - 1].end);
    }
    for (const std::uint64_t address : seen_) {
      const auto after = std::upper_bound(claims_.begin(), claims_.end(), address,
                                          [](std::uint64_t at, const Claim& claim) { return at < claim.start; });
      if (after == claims_.begin() || std::prev(after)->end <= address || told++ >= kTold) continue;
      damage("overlap", names_[std::prev(after)->dataset],
             "its bytes are also those of the object header at " + std::to_string(address));
    }
  }

  Session& session_;
  PlainReport report_;
  std::set<std::uint64_t> seen_;
  std::vector<std::string> names_;
  std::vector<Claim> claims_;
};

}  // namespace

bool PlainReport::sound() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.severity == Severity::kDamage; });
}

PlainReport verify_plain(Session& session) {
  const Session::Reading reading(session);
  return Verify(session).run();
}

json::object verify_plain_json(const PlainReport& report) {
  json::array findings;
  for (const Finding& finding : report.findings) findings.push_back(finding_json(finding));
  return {{"sound", report.sound()},        {"groups", report.groups},
          {"datasets", report.datasets},    {"datasets_with_checksums", report.checksummed},
          {"chunks", report.chunks},        {"stored_bytes", report.stored_bytes},
          {"findings", std::move(findings)}};
}

}  // namespace chunkmark::versioned
