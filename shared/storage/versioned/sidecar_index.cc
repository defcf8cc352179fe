#include "storage/versioned/sidecar_index.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>

#include "bytes/zstd.h"
#include "storage/hdf5/attribute.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/session.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

namespace {

constexpr std::string_view kMagic = "CMKIDX1\n", kMagicOfIdentity = "CMKIDX2\n";
// Mapping tables repeat much; a level that takes them well and is fast enough to run after every commit.
constexpr int kLevel = 6;
// Extents this close are kept as one: an extent's own numbers take as much as the gap.
constexpr std::uint64_t kMergeGap = 16;
constexpr std::uint64_t kNumberBytes = 16;  // an offset and a size
// Witnesses this close are read at once: far away, a round trip costs more than these bytes.
constexpr std::uint64_t kWitnessReadBytes = 64 << 10;

// Remembers what is read through it. Readers of this room ask for metadata by view(), so exact pieces are remembered.
class RecordingFile : public bytes::RandomAccess {
 public:
  explicit RecordingFile(const bytes::RandomAccess& file) : file_(file) {}

  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    file_.read_at(offset, runs);
  }
  ByteView view(std::uint64_t offset, std::uint64_t size) const override {
    if (offset > file_.size() || size > file_.size() - offset) return {};
    std::vector<std::byte>& piece = pieces_[{offset, size}];
    if (piece.empty() && size > 0) {
      recorded_ += size;
      // Honest metadata is read piece by piece, and no piece twice in different lengths to any extent.
      if (recorded_ > 2 * file_.size() + (1 << 20))
        hdf5::corrupt(name(), "its metadata take " + std::to_string(recorded_) + " bytes, the file has " +
                                  std::to_string(file_.size()));
      piece.resize(size);
      file_.read_at(offset, piece);
    }
    return piece;
  }

  void prefetch(std::span<const bytes::Extent> parts) const override { file_.prefetch(parts); }
  bool wants_prefetch() const override { return file_.wants_prefetch(); }

  // The pieces, overlaps and near neighbours joined.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> extents() const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> joined;
    for (const auto& [place, bytes] : pieces_) {
      const auto [offset, size] = place;
      if (!joined.empty() && offset <= joined.back().first + joined.back().second + kMergeGap) {
        joined.back().second = std::max(joined.back().second, offset + size - joined.back().first);
      } else {
        joined.emplace_back(offset, size);
      }
    }
    return joined;
  }

 private:
  const bytes::RandomAccess& file_;
  mutable std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::byte>> pieces_;
  mutable std::uint64_t recorded_ = 0;
};

// Reads all that opening and mapping take, and no array data.
void touch_everything(VersionedFile& file) {
  Session& session = file.session();
  std::set<std::uint64_t> seen;
  std::set<std::string> raw;
  for (const VersionInfo& info : file.versions()) {
    try {
      const Version version = file.open_uncommitted(info.name);
      version.attributes();
      version.walk([&](const Version::Entry& entry) {
        if (!seen.insert(entry.address).second) return;
        if (entry.kind != Version::Entry::Kind::kDataset) {
          all_attributes(session.container(), hdf5::ObjectHeader::read(session.container(), entry.address));
          return;
        }
        const VersionDataset dataset(session, entry.address, entry.path);
        dataset.attributes();
        dataset.chunk();
        for (const hdf5::Mappings::Source& source : dataset.mappings().sources()) raw.insert(source.dataset);
      });
    } catch (const Error&) {
      continue;  // what cannot be read now is left to the reader of that version, who gets the error
    }
  }
  for (const std::string& path : raw) {
    try {
      session.raw(path).chunks().each([](std::span<const std::uint64_t>, const hdf5::ChunkRecord&) { return true; });
    } catch (const Error&) {
      continue;
    }
  }
}

// The same of a file without versions.
void touch_everything(Session& session) {
  std::set<std::uint64_t> seen;
  const hdf5::Container& container = session.container();
  all_attributes(container, hdf5::ObjectHeader::read(container, container.root_header()));
  hdf5::walk_tree(container, [&](const hdf5::TreeEntry& entry) {
    using Kind = hdf5::TreeEntry::Kind;
    if (entry.kind == Kind::kUnreadable || entry.kind == Kind::kLink || !seen.insert(entry.address).second) return;
    try {
      all_attributes(container, hdf5::ObjectHeader::read(container, entry.address));
      if (entry.kind != Kind::kDataset) return;
      hdf5::Dataset dataset(container, entry.address, entry.path);
      if (dataset.is_virtual()) {
        dataset.touch_mappings(session.heap());
      } else if (dataset.layout().kind == hdf5::Layout::Kind::kChunked) {
        dataset.chunks().each([](std::span<const std::uint64_t>, const hdf5::ChunkRecord&) { return true; });
      }
    } catch (const Error&) {
      return;  // left to its reader, as above
    }
  });
}

bool has_versions(const bytes::RandomAccess& file) {
  const hdf5::Container container(file);
  return hdf5::Group(container, container.root_header()).find(kVersionData).has_value();
}

[[noreturn]] void refuse_stale(const std::string& name) {
  throw Error(ErrorCode::kConflict,
              name + ": stale: the file was written since it was made; make a new one (chunkmark h5 index)");
}

void append_u64(std::vector<std::byte>& out, std::uint64_t value) {
  out.resize(out.size() + 8);
  store_le(out.data() + out.size() - 8, value);
}

}  // namespace

std::vector<std::byte> build_index(const bytes::RandomAccess& file) {
  const RecordingFile recording(file);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> witnesses;  // of versions: what opening alone has read
  if (has_versions(recording)) {
    VersionedFile versions(recording);
    witnesses = recording.extents();
    touch_everything(versions);
  } else {
    Session session(recording, Session::Needs::kAny);
    touch_everything(session);
  }
  const auto extents = recording.extents();
  if (witnesses.empty()) {
    const std::uint64_t end = extents.at(0).first + kWitnessReadBytes;
    std::copy_if(extents.begin(), extents.end(), std::back_inserter(witnesses),
                 [&](const auto& extent) { return extent.first + extent.second <= end; });
  }
  std::vector<std::byte> body;
  for (const auto& [offset, size] : witnesses) {
    append_u64(body, offset);
    append_u64(body, size);
  }
  for (const auto& [offset, size] : extents) {
    append_u64(body, offset);
    append_u64(body, size);
  }
  for (const auto& [offset, size] : extents) {
    body.resize(body.size() + size);
    file.read_at(offset, MutableByteView(body).last(size));
  }
  std::vector<std::byte> index;
  const std::string identity = file.identity();
  for (const char c : identity.empty() ? kMagic : kMagicOfIdentity) index.push_back(static_cast<std::byte>(c));
  append_u64(index, file.size());
  append_u64(index, static_cast<std::uint64_t>(extents.size()) << 32 | witnesses.size());  // two u32
  append_u64(index, body.size());
  if (!identity.empty()) {
    index.resize(index.size() + 4);
    store_le(index.data() + index.size() - 4, static_cast<std::uint32_t>(identity.size()));
    index.insert(index.end(), as_byte_view(identity).begin(), as_byte_view(identity).end());
  }

  const std::vector<std::byte> frame = bytes::zstd_compress(body, kLevel);
  index.insert(index.end(), frame.begin(), frame.end());
  return index;
}

IndexedFile::IndexedFile(const bytes::RandomAccess& file, ByteView index) : file_(file) {
  const std::string name = file.name() + ".idx";
  hdf5::Cursor cursor(index, name);
  const bool has_identity = as_text(index).starts_with(kMagicOfIdentity);
  cursor.expect(has_identity ? kMagicOfIdentity : kMagic);
  file_size_ = cursor.u64();
  const std::uint32_t witnesses = cursor.u32(), count = cursor.u32();
  const std::uint64_t body_bytes = cursor.u64();
  const std::string_view identity = has_identity ? as_text(cursor.bytes(cursor.u32())) : "";
  if (file_size_ != file.size()) {
    throw Error(ErrorCode::kConflict, name + ": stale: it was made when the file had " + std::to_string(file_size_) +
                                          " bytes, it has " + std::to_string(file.size()) +
                                          " now; make a new one (chunkmark h5 index)");
  }
  // Extents are disjoint parts of the file, so their bytes and numbers are bounded by it.
  if (count > file_size_ || witnesses > count || body_bytes > file_size_ + 2 * kNumberBytes * count) {
    hdf5::corrupt(name, std::to_string(count) + " extents in " + std::to_string(body_bytes) + " bytes, the file has " +
                            std::to_string(file_size_));
  }
  body_ = bytes::zstd_decompress(cursor.rest(), static_cast<std::size_t>(body_bytes), name);

  hdf5::Cursor numbers(body_, name);
  const ByteView witness_numbers = numbers.bytes(kNumberBytes * witnesses);
  std::uint64_t at = kNumberBytes * (std::uint64_t{witnesses} + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t offset = numbers.u64(), size = numbers.u64();
    if (at > body_.size() || size > body_.size() - at || offset > file_size_ || size > file_size_ - offset) {
      hdf5::corrupt(name, "extent " + std::to_string(i) + " has " + std::to_string(size) + " bytes at " +
                              std::to_string(offset) + ", the file has " + std::to_string(file_size_));
    }
    extents_.emplace(offset, ByteView(body_).subspan(at, size));
    at += size;
  }
  if (identity.empty() || file.identity().empty()) {
    check_fresh(witness_numbers);
  } else if (file.identity() != identity) {
    refuse_stale(name);
  }
}

void IndexedFile::check_fresh(ByteView witnesses) const {
  const std::string name = file_.name() + ".idx";
  hdf5::Cursor cursor(witnesses, name);
  if (witnesses.empty()) hdf5::corrupt(name, "expected pieces to compare with the file, found none");
  std::vector<std::byte> now;
  std::uint64_t start = 0;  // of `now` in the file
  while (cursor.remaining() > 0) {
    const std::uint64_t offset = cursor.u64(), size = cursor.u64();
    const ByteView kept = find_extent(offset, size);
    if (kept.size() != size || size == 0) {
      hdf5::corrupt(name, "expected a piece of " + std::to_string(size) + " bytes at " + std::to_string(offset) +
                              ", found " + std::to_string(kept.size()));
    }
    if (now.empty() || offset < start || offset + size > start + now.size()) {
      start = offset;
      now.resize(std::max(size, std::min(kWitnessReadBytes, file_size_ - offset)));
      file_.read_at(start, now);
    }
    if (!std::equal(kept.begin(), kept.end(), now.begin() + static_cast<std::ptrdiff_t>(offset - start))) {
      refuse_stale(name);
    }
  }
}

ByteView IndexedFile::find_extent(std::uint64_t offset, std::uint64_t size) const {
  auto extent = extents_.upper_bound(offset);
  if (stale_ || extent == extents_.begin()) return {};
  --extent;
  const std::uint64_t skip = offset - extent->first;
  if (skip > extent->second.size() || size > extent->second.size() - skip) return {};
  return extent->second.subspan(skip, size);
}

ByteView IndexedFile::view(std::uint64_t offset, std::uint64_t size) const {
  const ByteView kept = find_extent(offset, size);
  return kept.size() == size ? kept : file_.view(offset, size);
}

void IndexedFile::prefetch(std::span<const bytes::Extent> parts) const {
  std::vector<bytes::Extent> missing;
  for (const bytes::Extent& part : parts) {
    if (find_extent(part.offset, 1).empty()) missing.push_back(part);
  }
  if (!missing.empty()) file_.prefetch(missing);
}

void IndexedFile::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  file_.read_at(offset, runs);
}

}  // namespace chunkmark::versioned
