#include "storage/versioned/verify.h"

#include <algorithm>
#include <set>

#include "storage/versioned/raw_table.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {

namespace {

constexpr int kMaxDepth = 100;

class Verifier {
 public:
  explicit Verifier(VersionedFile& file) : file_(file), session_(file.session()) {}

  VerifyReport run() {
    for (const std::string& warning : file_.warnings()) {
      add({Severity::kRisk, "old_data_version", "/_version_data/versions", warning,
           "all versions are readable; export them, or rebuild the hash tables, before writing"});
    }
    check_graph();
    links_left_ = session_.container().size() / 16 + 64;
    find_tables("/" + std::string(kVersionData), session_.version_data().header().address(), 0);
    for (std::uint32_t i = 0; i < file_.versions().size(); ++i) check_version(i);
    for (auto& [path, table] : tables_) {
      if (uses_unknown_everywhere_ || uses_unknown_.count(path)) table.set_uses_unknown();
      const RawTable::Counts counts = table.check(reporter(), [&](std::uint32_t version) { damaged_.insert(version); });
      report_.chunks_hashed += counts.hashed;
      report_.chunks_unhashed += counts.unhashed;
      report_.rows += table.rows();
      if (!table.used() && !mentioned_.count(path)) {
        add({Severity::kNotice, "orphan_dataset", path, "no version has this dataset",
             "deleting versions reclaims it"});
      }
    }
    report_.raw_datasets = tables_.size();
    for (std::uint32_t i = 0; i < file_.versions().size(); ++i) {
      (damaged_.count(i) ? report_.damaged_versions : report_.intact_versions).push_back(file_.versions()[i].name);
    }
    return std::move(report_);
  }

 private:
  void add(Finding finding) { report_.findings.push_back(std::move(finding)); }
  RawTable::Report reporter() {
    return [this](Finding finding) { add(std::move(finding)); };
  }

  void check_graph() {
    const std::vector<VersionInfo>& versions = file_.versions();
    report_.versions = versions.size();
    std::map<std::string, const VersionInfo*> by_name;
    for (const VersionInfo& info : versions) by_name[info.name] = &info;
    for (const VersionInfo& info : versions) {
      const std::string object = "version " + info.name;
      if (!info.committed) {
        add({Severity::kNotice, "uncommitted", object, "it was never committed: its writer stopped half-way",
             "the versions before it are complete; delete it before the next commit"});
      }
      if (!info.time) {
        add({Severity::kNotice, "bad_timestamp", object, "its timestamp \"" + info.timestamp + "\" is no time",
             "it is found by name, not by time"});
      }
      if (info.previous.empty() || (info.previous != kFirstVersion && !by_name.count(info.previous))) {
        add({Severity::kNotice, "dangling_parent", object,
             "its parent \"" + info.previous + "\" is not in the file (deleted without being linked over)",
             "its contents are complete; only its history is cut"});
      }
    }
    // Every version is walked once: a walk that comes back to itself goes round, one that meets an earlier walk ends
    // there.
    std::map<std::string, std::size_t> walked;
    for (std::size_t i = 0; i < versions.size(); ++i) {
      std::string at = versions[i].name;
      while (by_name.count(at) && walked.emplace(at, i).second) at = by_name[at]->previous;
      if (by_name.count(at) && walked[at] == i) {
        add({Severity::kDamage, "parent_cycle", "version " + at, "it is its own ancestor",
             "its contents are not affected; its history is not to be trusted"});
      }
    }
    const std::string& current = file_.current_name();
    if (current != kFirstVersion && (!by_name.count(current) || !by_name[current]->committed)) {
      add({Severity::kRisk, "no_current", "/_version_data/versions",
           "the current version is \"" + current + "\", which " +
               (by_name.count(current) ? "was never committed" : "is not in the file"),
           "open a version by name; set the current version before the next commit"});
    }
  }

  void find_tables(const std::string& path, std::uint64_t address, int depth) {
    if (depth > kMaxDepth) return add({Severity::kDamage, "nested_groups", path, "groups nested without end", ""});
    std::vector<hdf5::Link> links;
    try {
      hdf5::Group(session_.container(), address).each([&](const hdf5::Link& link) {
        if (links_left_ == 0) hdf5::corrupt(path, "groups that contain each other");
        --links_left_;
        if (link.hard) links.push_back(link);
        return true;
      });
    } catch (const Error& error) {
      return add({Severity::kDamage, "unreadable_group", path, error.what(), "datasets elsewhere are not affected"});
    }
    std::optional<std::uint64_t> raw, table;
    for (const hdf5::Link& link : links) {
      if (depth == 0 && link.name == "versions") continue;
      if (link.name == "raw_data") raw = link.address;
      if (link.name == "hash_table") table = link.address;
      if ((depth == 0 && link.name == "__tmp__") || link.name == "_tmp_hash_table" || link.name == "_tmp_raw_data") {
        add({Severity::kNotice, "leftover", path + "/" + link.name, "left behind by a writer that stopped half-way",
             "no version uses it; delete it"});
      }
    }
    if (raw) {
      try {
        tables_.try_emplace(path, session_, path, *raw, table, file_.data_version(), reporter());
      } catch (const Error& error) {
        add({Severity::kDamage, "unreadable_raw_data", path + "/raw_data", error.what(),
             "versions without this dataset are not affected"});
      }
    }
    // Also in a dataset's own group: another version may have a group of that name, with datasets in it.
    for (const hdf5::Link& link : links) {
      if ((depth == 0 && (link.name == "versions" || link.name == "__tmp__"))) continue;
      try {
        if (!hdf5::Group::is_group(hdf5::ObjectHeader::read(session_.container(), link.address))) continue;
      } catch (const Error& error) {
        add({Severity::kDamage, "unreadable_group", path + "/" + link.name, error.what(), ""});
        continue;
      }
      find_tables(path + "/" + link.name, link.address, depth + 1);
    }
  }

  void check_version(std::uint32_t index) {
    const VersionInfo& info = file_.versions()[index];
    try {
      const Version version = file_.open_uncommitted(info.name);
      std::vector<std::string> paths;
      version.walk([&](const Version::Entry& entry) {
        if (entry.kind == Version::Entry::Kind::kDataset) paths.push_back(entry.path);
        if (entry.kind == Version::Entry::Kind::kLeftover) {
          add({Severity::kNotice, "leftover", "version " + info.name + ": " + entry.path,
               "left behind by a writer that stopped half-way", "delete it"});
        }
      });
      for (const std::string& path : paths) {
        ++report_.datasets;
        check_dataset(version, path, index);
      }
    } catch (const Error& error) {
      damaged_.insert(index);
      uses_unknown_everywhere_ = true;
      add({Severity::kDamage, "unreadable_version", "version " + info.name, error.what(),
           "other versions are not affected"});
    }
  }

  void check_dataset(const Version& version, const std::string& path, std::uint32_t index) {
    const std::string object = "version " + version.info().name + ": " + path;
    const std::string group = "/" + std::string(kVersionData) + "/" + path;
    mentioned_.insert(group);
    try {
      const VersionDataset dataset = version.dataset(path);
      if (!dataset.dataset().is_virtual()) {
        if (!dataset.dataset().is_unallocated()) {
          add({Severity::kRisk, "foreign_layout", object, "its data are stored in itself instead of mapped",
               "readable here; upstream in mode r+ reads fill values instead: rewrite it as a new version"});
        }
        return;
      }
      check_mappings(dataset, object, group, index);
    } catch (const Error& error) {
      const bool unknown = error.code() == ErrorCode::kUnsupported;
      if (!unknown) damaged_.insert(index);
      uses_unknown_.insert(group);
      add({unknown ? Severity::kRisk : Severity::kDamage, "unreadable_dataset", object, error.what(),
           unknown ? "" : "other datasets and versions are not affected"});
    }
  }

  void check_mappings(const VersionDataset& dataset, const std::string& object, const std::string& group,
                      std::uint32_t index) {
    const hdf5::Mappings& mappings = dataset.mappings();
    for (const hdf5::Mappings::Source& source : mappings.sources()) {
      if (source.file != "." || source.dataset != group + "/raw_data") {
        damaged_.insert(index);
        return add({Severity::kDamage, "foreign_source", object,
                    "mapped from " + source.dataset + " of file " + source.file + ", expected " + group + "/raw_data",
                    ""});
      }
    }
    if (mappings.size() == 0) return;
    const auto found = tables_.find(group);
    if (found == tables_.end()) {
      damaged_.insert(index);
      return add({Severity::kDamage, "missing_raw_data", object, "there is no readable " + group + "/raw_data", ""});
    }
    RawTable& table = found->second;
    const std::vector<std::uint64_t>& chunk = table.raw().layout().chunk;
    const std::vector<std::uint64_t>& extent = table.raw().space().dims;
    if (chunk.size() != dataset.shape().size() || table.raw().element_bytes() != dataset.element_bytes()) {
      damaged_.insert(index);
      return add({Severity::kDamage, "type_mismatch", object, "its rank or type is not that of its raw data", ""});
    }
    bool merged = false;
    for (std::size_t i = 0; i < mappings.size(); ++i) {
      const auto to = mappings.virtual_start(i), from = mappings.source_start(i), count = mappings.count(i);
      for (std::size_t axis = 0; axis < chunk.size(); ++axis) {
        if (from[axis] > extent[axis] || count[axis] > extent[axis] - from[axis]) {
          damaged_.insert(index);
          uses_unknown_.insert(group);
          return add({Severity::kDamage, "mapping_outside", object,
                      "mapping " + std::to_string(i) + " takes [" + std::to_string(from[axis]) + ", +" +
                          std::to_string(count[axis]) + ") of axis " + std::to_string(axis) +
                          " of raw_data, which has " + std::to_string(extent[axis]),
                      "the dataset's other mappings are readable"});
        }
        merged |= count[axis] > chunk[axis] || to[axis] % chunk[axis] != 0 ||
                  (axis == 0 ? from[0] % chunk[0] : from[axis]) != 0;
      }
    }
    if (merged) {
      uses_unknown_.insert(group);
      return add(
          {Severity::kRisk, "merged_mapping", object, "a mapping covers more than one chunk, or part of one",
           "readable here and by upstream in mode r; mode r+ reads fill values or fails: rewrite it as a new version"});
    }
    for (std::size_t i = 0; i < mappings.size(); ++i) {
      table.add_use(mappings.source_start(i)[0], mappings.count(i), index, reporter());
    }
  }

  VersionedFile& file_;
  Session& session_;
  VerifyReport report_;
  std::uint64_t links_left_ = 0;
  std::map<std::string, RawTable> tables_;  // by the dataset's group, "/_version_data/a/b"
  std::set<std::string> mentioned_;
  std::set<std::uint32_t> damaged_;
  // Versions, or this dataset in one, could not be read or taken apart: who uses which chunk is not all known.
  bool uses_unknown_everywhere_ = false;
  std::set<std::string> uses_unknown_;
};

}  // namespace

VerifyReport verify(VersionedFile& file) {
  const Session::Reading reading(file.session());
  return Verifier(file).run();
}

bool VerifyReport::sound() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.severity != Severity::kNotice; });
}

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::kNotice:
      return "notice";
    case Severity::kRisk:
      return "risk";
    default:
      return "damage";
  }
}

json::object finding_json(const Finding& finding) {
  return {{"severity", severity_name(finding.severity)},
          {"code", finding.code},
          {"object", json_text(finding.object)},
          {"message", json_text(finding.message)},
          {"recoverable", json_text(finding.recoverable)}};
}

json::object verify_json(const VerifyReport& report) {
  json::array findings;
  for (const Finding& finding : report.findings) {
    findings.push_back(finding_json(finding));
  }
  const auto names = [](const std::vector<std::string>& list) {
    json::array array;
    for (const std::string& name : list) array.push_back(json_text(name));
    return array;
  };
  return {{"sound", report.sound()},
          {"versions", report.versions},
          {"datasets", report.datasets},
          {"raw_datasets", report.raw_datasets},
          {"hash_rows", report.rows},
          {"chunks_hashed", report.chunks_hashed},
          {"chunks_not_hashed", report.chunks_unhashed},
          {"intact_versions", names(report.intact_versions)},
          {"damaged_versions", names(report.damaged_versions)},
          {"findings", std::move(findings)}};
}

}  // namespace chunkmark::versioned
