#include "storage/versioned/raw_table.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace chunkmark::versioned {

namespace {

// Findings of one kind on one table that are shown one by one; the rest is counted.
constexpr std::size_t kShownEach = 20;
constexpr std::int64_t kStringHashVersion =
    4;  // the data version since which variable-length strings are hashed as now

std::string chunks_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " chunk" : " chunks");
}

const hdf5::Datatype::Member* member(const hdf5::Datatype& type, std::string_view name, std::uint32_t bytes) {
  for (const hdf5::Datatype::Member& m : type.members) {
    if (m.name == name && m.type->size == bytes) return &m;
  }
  return nullptr;
}

}  // namespace

RawTable::RawTable(Session& session, std::string group_path, std::uint64_t raw_address,
                   std::optional<std::uint64_t> table_address, std::int64_t data_version, const Report& report)
    : session_(session), group_path_(std::move(group_path)), data_version_(data_version) {
  raw_ = std::make_unique<hdf5::Dataset>(session.container(), raw_address, raw_path());
  if (raw_->layout().kind != hdf5::Layout::Kind::kChunked || raw_->space().dims.empty()) {
    hdf5::corrupt(raw_path(), "expected a chunked dataset, found layout class " +
                                  std::to_string(static_cast<int>(raw_->layout().kind)) + " of rank " +
                                  std::to_string(raw_->space().dims.size()));
  }
  for (std::size_t axis = 1; axis < raw_->space().dims.size(); ++axis) {
    if (raw_->space().dims[axis] != raw_->layout().chunk[axis]) {
      hdf5::corrupt(raw_path(), "axis " + std::to_string(axis) + " has " + std::to_string(raw_->space().dims[axis]) +
                                    ", expected one chunk of " + std::to_string(raw_->layout().chunk[axis]));
    }
  }
  if (!table_address) {
    report({Severity::kRisk, "missing_table", group_path_ + "/hash_table", "there is no hash table",
            "contents are readable; rebuild the hash tables before the next commit"});
    return;
  }
  try {
    read_table(*table_address, report);
  } catch (const Error& error) {
    report({Severity::kRisk, "unreadable_table", group_path_ + "/hash_table", error.what(),
            "contents are readable without it; rebuild the hash tables before the next commit"});
  }
  check_rows(report);
}

void RawTable::read_table(std::uint64_t address, const Report& report) {
  const std::string name = group_path_ + "/hash_table";
  hdf5::Dataset table(session_.container(), address, name);
  const hdf5::Datatype::Member* hash = member(table.type(), "hash", 32);
  const hdf5::Datatype::Member* shape = member(table.type(), "shape", 16);
  if (!hash || !shape || table.space().dims.size() != 1)
    hdf5::corrupt(name, "expected rows of {hash: 32 bytes, shape: 16 bytes} along one axis, found " +
                            std::to_string(table.type().members.size()) + " fields of " +
                            std::to_string(table.type().size) + " bytes along " +
                            std::to_string(table.space().dims.size()));
  const std::int64_t largest = session_.integer_attribute(table.header(), "largest_index").value_or(-1);
  if (largest < 0)
    hdf5::corrupt(name, "expected an attribute largest_index of at least 0, found " +
                            (largest == -1 ? "none" : std::to_string(largest)));
  std::uint64_t count = static_cast<std::uint64_t>(largest);
  // A row stands for a stored chunk, so there are no more rows than the file has bytes for chunks' index entries.
  const std::uint64_t most = std::min(table.space().dims[0], session_.container().size() / 16);
  if (count > most) {
    report({Severity::kRisk, "short_table", name,
            "largest_index says " + std::to_string(count) + " rows, the table has " +
                std::to_string(table.space().dims[0]),
            "rebuild the hash tables before the next commit"});
    count = most;
  }
  const std::uint64_t stride = table.element_bytes();
  std::vector<std::byte> bytes;
  constexpr std::uint64_t kAtOnce = 4096;  // the table's own chunk
  for (std::uint64_t first = 0; first < count; first += kAtOnce) {
    const array::Region region{{first}, {std::min(kAtOnce, count - first)}};
    bytes.resize(region.shape[0] * stride);
    table.read(region, array::Dest::dense(bytes.data(), table.dtype(), region.shape));
    for (std::uint64_t i = 0; i < region.shape[0]; ++i) {
      const std::byte* row = bytes.data() + i * stride;
      Row parsed{};
      std::memcpy(parsed.hash.data(), row + hash->offset, 32);
      parsed.start = load_le<std::uint64_t>(row + shape->offset);
      parsed.stop = load_le<std::uint64_t>(row + shape->offset + 8);
      rows_.push_back(parsed);
    }
  }
}

void RawTable::check_rows(const Report& report) {
  const std::uint64_t chunk = chunk_rows(), extent = raw_->space().dims[0];
  const std::string name = group_path_ + "/hash_table";
  std::size_t bad = 0, twice = 0;
  std::set<Digest> hashes;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const bool fits =
        row.start % chunk == 0 && row.stop > row.start && row.stop - row.start <= chunk && row.stop <= extent;
    if (!fits && bad++ < kShownEach) {
      report({Severity::kRisk, "row_outside", name,
              "row " + std::to_string(i) + " says rows [" + std::to_string(row.start) + ", " +
                  std::to_string(row.stop) + ") of raw_data, which has " + std::to_string(extent) + " in chunks of " +
                  std::to_string(chunk),
              "contents are readable; rebuild the hash tables before the next commit"});
    }
    if (!row_of_.emplace(row.start, i).second && twice++ < kShownEach) {
      report({Severity::kRisk, "overlapping_rows", name,
              "rows " + std::to_string(row_of_[row.start]) + " and " + std::to_string(i) + " both say chunk " +
                  std::to_string(row.start / chunk),
              "rebuild the hash tables before the next commit"});
    }
    // A hash found twice costs a chunk of space and nothing else; in tables of strings of old files every hash is
    // unique.
    hashes.insert(row.hash);
  }
  if (hashes.size() < rows_.size()) {
    report({Severity::kNotice, "duplicate_hash", name,
            std::to_string(rows_.size() - hashes.size()) + " rows repeat a hash: chunks stored more than once", ""});
  }
}

std::string RawTable::chunk_name(std::uint64_t start) const {
  return raw_path() + " chunk " + std::to_string(start / chunk_rows());
}

void RawTable::add_use(std::uint64_t start, std::span<const std::uint64_t> box, std::uint32_t version,
                       const Report& report) {
  Use& use = uses_[start];
  if (use.box.empty()) use.box.assign(box.begin(), box.end());
  if (!std::equal(box.begin(), box.end(), use.box.begin(), use.box.end())) {
    report({Severity::kRisk, "ambiguous_chunk", chunk_name(start),
            "versions use boxes of different shapes of it: " + python_tuple(use.box) + " and " + python_tuple(box),
            "contents are readable; rewrite the dataset before the next commit"});
    for (std::size_t axis = 0; axis < box.size(); ++axis) use.box[axis] = std::max(use.box[axis], box[axis]);
  }
  if (use.versions.empty() || use.versions.back() != version) use.versions.push_back(version);
}

Digest RawTable::hash_box(std::uint64_t start, std::span<const std::uint64_t> box) {
  array::Region region = array::whole({box.begin(), box.end()});
  region.start[0] = start;
  const std::uint64_t bytes = hdf5::saturating_multiply(array::element_count(region.shape), raw_->element_bytes());
  if (bytes > std::max(hdf5::kMaxDecodedChunkBytes, session_.container().size())) {
    hdf5::unsupported(chunk_name(start), "a box of " + std::to_string(bytes) + " bytes is too large to be hashed");
  }
  box_bytes_.resize(bytes);
  raw_->read(region, array::Dest::dense(box_bytes_.data(), raw_->dtype(), region.shape));
  return chunk_hash(box_bytes_, box, raw_->type().is_variable_string() ? &session_.heap() : nullptr);
}

// What upstream's next commit would do decides what is a risk: it hashes each chunk of its data, takes the stored chunk
// of an equal hash without looking at it, and otherwise appends at row (rows in the table) * (rows of a chunk) of
// raw_data, whatever lies there. So every chunk that a version uses must hash to its row's hash (else wrong data would
// be shared), have a row (else it is stored again), and lie before that place (else it is overwritten). Versions that
// share a chunk are found through `uses_`, so that each chunk is read and hashed once, however many versions it has.
RawTable::Counts RawTable::check(const Report& report, const std::function<void(std::uint32_t)>& damaged) {
  Counts counts;
  const std::uint64_t chunk = chunk_rows();
  const bool strings = raw_->type().is_variable_string();
  const bool comparable = !strings || data_version_ >= kStringHashVersion;
  check_storage(report);
  std::size_t missing = 0;
  std::uint64_t next_slot = rows_.size() * chunk, overwritten = 0;
  for (const auto& [first, place] : uses_) {
    // Names that a lambda can capture: structured bindings cannot be, by the letter of C++20 and by clang 14.
    const auto start = first;
    const auto& use = place;
    const auto blame = [&] {
      for (const std::uint32_t version : use.versions) damaged(version);
    };
    Digest hash;
    try {
      hash = hash_box(start, use.box);
      ++(comparable ? counts.hashed : counts.unhashed);
    } catch (const Error& error) {
      const bool unknown = error.code() == ErrorCode::kUnsupported;
      if (!unknown) blame();
      ++counts.unhashed;
      report({unknown ? Severity::kNotice : Severity::kDamage, unknown ? "unknown_encoding" : "unreadable_chunk",
              chunk_name(start), error.what(),
              unknown ? ""
                      : "used by " + std::to_string(use.versions.size()) +
                            " versions; all other chunks of theirs are readable"});
      continue;
    }
    if (start >= next_slot) ++overwritten;
    const auto found = row_of_.find(start);
    if (found == row_of_.end()) {
      if (missing++ < kShownEach) {
        report({Severity::kRisk, "missing_row", chunk_name(start),
                "versions use it, but the hash table has no row for it" +
                    std::string(start >= next_slot ? ": the next upstream commit would overwrite it" : ""),
                "contents are complete; rebuild the hash tables before the next commit, with one row per chunk"});
      }
      continue;
    }
    const Row& row = rows_[found->second];
    if (row.stop - row.start != use.box[0]) {
      report(
          {Severity::kRisk, "row_mismatch", chunk_name(start),
           "its row says " + std::to_string(row.stop - row.start) + " rows, versions use " + std::to_string(use.box[0]),
           "contents are readable; rebuild the hash tables before the next commit"});
    } else if (comparable && hash != row.hash) {
      blame();
      report({Severity::kDamage, "hash_mismatch", chunk_name(start),
              "its contents hash to " + to_hex(hash).substr(0, 16) + ".., its row says " +
                  to_hex(row.hash).substr(0, 16) + "..",
              "either the chunk or its row changed after it was written; used by " +
                  std::to_string(use.versions.size()) + " versions, all other chunks of theirs are sound"});
    }
  }
  if (missing > kShownEach) {
    report({Severity::kRisk, "missing_row", raw_path(),
            std::to_string(missing - kShownEach) + " more chunks that versions use have no row", ""});
  }
  if (overwritten > 0) {
    report({Severity::kRisk, "next_slot_in_use", raw_path(),
            "the table has " + std::to_string(rows_.size()) +
                " rows, so that the next upstream commit writes from row " + std::to_string(next_slot) +
                " of raw_data on, where " + std::to_string(overwritten) + " chunks in use lie",
            "contents are complete: copy the file, or rebuild the table with one row per chunk, before anything is "
            "committed"});
  }
  if (!comparable && !uses_.empty()) {
    report({Severity::kNotice, "old_hashes", group_path_ + "/hash_table",
            "data version " + std::to_string(data_version_) +
                " hashes variable-length strings otherwise: chunks were read, not compared with their hashes",
            ""});
  }
  check_unused(counts, report);
  return counts;
}

// Chunks whose stored bytes overlap would decode one another's damage; each must have its own.
void RawTable::check_storage(const Report& report) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;
  try {
    raw_->chunks().each([&](std::span<const std::uint64_t>, const hdf5::ChunkRecord& record) {
      runs.emplace_back(record.address, record.stored_bytes);
      return true;
    });
  } catch (const Error& error) {
    report({Severity::kDamage, "unreadable_index", raw_path(), error.what(),
            "chunks that the index still finds are readable"});
  }
  std::sort(runs.begin(), runs.end());
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].first - runs[i - 1].first < runs[i - 1].second) {
      report({Severity::kDamage, "overlapping_chunks", raw_path(),
              "the chunks at " + std::to_string(runs[i - 1].first) + " and " + std::to_string(runs[i].first) +
                  " share bytes of the file",
              ""});
      return;
    }
  }
}

void RawTable::check_unused(Counts& counts, const Report& report) {
  const std::uint64_t chunk = chunk_rows(), extent = raw_->space().dims[0];
  std::uint64_t orphans = 0, wrong = 0;
  for (const Row& row : rows_) {
    if (uses_.count(row.start)) continue;
    ++orphans;
    // In one dimension the row says the whole box; in more, its other extents are not known.
    const bool checkable = extent >= row.stop && row.stop > row.start && raw_->space().dims.size() == 1 &&
                           (!raw_->type().is_variable_string() || data_version_ >= kStringHashVersion);
    if (!checkable) continue;
    try {
      const std::uint64_t box[] = {row.stop - row.start};
      wrong += hash_box(row.start, box) != row.hash;
      ++counts.hashed;
    } catch (const Error&) {
      ++wrong;
      ++counts.unhashed;
    }
  }
  if (orphans > 0 && uses_known_) {
    report({Severity::kNotice, "orphan_rows", group_path_ + "/hash_table",
            "no version uses " + chunks_text(orphans) + " (" +
                std::to_string(hdf5::saturating_multiply(orphans, raw_->chunk_bytes())) + " bytes before filters)",
            "a later version may use them again; deleting versions reclaims them"});
  }
  if (wrong > 0) {
    report({Severity::kRisk, "orphan_mismatch", group_path_ + "/hash_table",
            std::to_string(wrong) + " chunks that no version uses do not have the hash that their row says",
            "no version is affected; a later commit could use them by their hash: rebuild the hash tables first"});
  }
  const std::uint64_t expected = rows_.size() * chunk;
  if (extent > expected && uses_known_) {
    std::uint64_t last_used = 0;
    if (!uses_.empty()) last_used = uses_.rbegin()->first + chunk;
    if (extent > std::max(expected, last_used)) {
      report({Severity::kNotice, "garbage_tail", raw_path(),
              chunks_text((extent - std::max(expected, last_used)) / chunk) +
                  " behind the last row: a writer stopped half-way",
              "the next commit overwrites them"});
    }
  }
}

}  // namespace chunkmark::versioned
