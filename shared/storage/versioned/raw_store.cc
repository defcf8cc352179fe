#include "storage/versioned/raw_store.h"

#include <algorithm>
#include <array>

#include "storage/versioned/chunk_hash.h"

namespace chunkmark::versioned {

namespace {

bool same_filters(const std::vector<hdf5::Filter>& a, const std::vector<hdf5::Filter>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const hdf5::Filter& x, const hdf5::Filter& y) {
    return x.id == y.id && (x.id >= 256 || x.values == y.values);  // plug-ins rewrite their own
  });
}

}  // namespace

DatasetSpec read_spec(const hdf5::Dataset& raw) {
  DatasetSpec spec;
  spec.type_message.assign(raw.type_message().begin(), raw.type_message().end());
  if (raw.type().has_partial_numbers()) hdf5::unsupported(raw.name(), "numbers that are part of their bytes' bits");
  spec.type = raw.type();
  spec.fill.assign(raw.fill_bytes().begin(), raw.fill_bytes().end());
  spec.fill_message = hdf5::fill_message(spec.fill);
  if (std::all_of(spec.fill.begin(), spec.fill.end(), [](std::byte b) { return b == std::byte{0}; })) spec.fill.clear();
  spec.chunk = raw.layout().chunk;
  spec.filters = raw.filters();
  return spec;
}

void check_writable(const DatasetSpec& spec, const std::string& path) {
  if (spec.type.has_references() && !spec.strings()) {
    throw Error(ErrorCode::kUnsupported, path +
                                             ": expected numbers, fixed-size elements or variable-length strings, "
                                             "found elements that refer elsewhere: versions cannot hold them");
  }
}

void check_same(const DatasetSpec& wanted, const DatasetSpec& found, const std::string& path) {
  const char* differs =
      wanted.chunk != found.chunk ? "chunks"
      : hdf5::numpy_descr(wanted.type) != hdf5::numpy_descr(found.type) || wanted.type.size != found.type.size
          ? "element type"
      : wanted.fill != found.fill                    ? "fill value"
      : !same_filters(wanted.filters, found.filters) ? "filters"
                                                     : nullptr;
  if (!differs) return;
  throw Error(ErrorCode::kConflict, path + ": an earlier version had a dataset there with another " + differs +
                                        "; that stays what it is for the life of the file");
}

void RawStore::forget() {
  loaded_ = in_file_ = false;
  chunks_ = rows_in_file_ = 0;
  table_chunk_ = kTableChunk;
  index_.clear();
  recent.clear();
}

std::uint64_t RawStore::append(const Digest& hash, std::uint64_t valid_rows) {
  const std::uint64_t start = chunks_++ * spec_.chunk[0];
  index_.add({hash, start, start + valid_rows});
  return start;
}

// The table's last chunk may be written again as a whole, so its rows stay.
void RawStore::set_rows_in_file() {
  rows_in_file_ = index_.size();
  index_.forget_rows(rows_in_file_ / table_chunk_ * table_chunk_);
}

HashRow RawStore::read_row(Session& session, std::uint64_t number) const {
  std::array<std::byte, HashRow::kBytes> bytes{};
  hdf5::Dataset& table = session.raw(table_path());
  const array::Region region{{number}, {1}};
  table.read(region, array::Dest::dense(bytes.data(), table.dtype(), region.shape));
  return HashRow::parse(bytes.data());
}

void RawStore::load(Session& session) {
  if (loaded_) return;
  const std::optional<std::uint64_t> raw_address = session.find(raw_path());
  in_file_ = raw_address.has_value();
  if (!in_file_) {
    loaded_ = true;
    return;
  }
  hdf5::Dataset raw(session.container(), *raw_address, raw_path());
  if (!session.find(table_path()))
    hdf5::corrupt(group_path(), "it has no hash_table: rebuild the hash tables before a commit");
  hdf5::Dataset& table = session.raw(table_path());
  const auto& fields = table.type().members;
  if (table.type().size != HashRow::kBytes || table.space().dims.size() != 1 || fields.size() != 2 ||
      fields[0].offset != 0 || fields[1].offset != 32) {
    hdf5::corrupt(table_path(), "expected rows of a hash of 32 bytes and two integers along one axis");
  }
  const std::uint64_t extent = raw.space().dims.at(0), chunk_rows = spec_.chunk.at(0);
  if (raw.layout().chunk != spec_.chunk || chunk_rows == 0)
    hdf5::corrupt(raw_path(), "its chunks are not those that were expected");
  const std::int64_t largest = session.integer_attribute(table.header(), "largest_index").value_or(-1);
  if (largest < 0 || static_cast<std::uint64_t>(largest) > table.space().dims[0]) {
    hdf5::corrupt(table_path(), "largest_index says " + std::to_string(largest) + " rows, the table has " +
                                    std::to_string(table.space().dims[0]) +
                                    ": rebuild the hash tables before a commit");
  }
  const auto count = static_cast<std::uint64_t>(largest);
  // Untrusted numbers: a chunk takes at least its entry in the index, or else is a claim of the extent alone.
  chunks_ = extent / chunk_rows + (extent % chunk_rows != 0);
  const std::uint64_t most = session.container().size() / 8 + 1;
  if (chunks_ > most || count > most) {
    hdf5::corrupt(raw_path(), "it says " + std::to_string(chunks_) + " chunks and " + std::to_string(count) +
                                  " rows, more than the file has room for");
  }
  if (!table.layout().chunk.empty()) table_chunk_ = std::max<std::uint64_t>(1, table.layout().chunk[0]);
  std::vector<bool> has_row(chunks_, false);
  std::vector<std::byte> bytes;
  constexpr std::uint64_t kAtOnce = 4096;
  for (std::uint64_t first = 0; first < count; first += kAtOnce) {
    const array::Region region{{first}, {std::min(kAtOnce, count - first)}};
    bytes.resize(region.shape[0] * HashRow::kBytes);
    table.read(region, array::Dest::dense(bytes.data(), table.dtype(), region.shape));
    for (std::size_t at = 0; at < bytes.size(); at += HashRow::kBytes) {
      const HashRow row = HashRow::parse(bytes.data() + at);
      const bool usable = row.start % chunk_rows == 0 && row.start < row.stop && row.stop - row.start <= chunk_rows &&
                          row.stop <= extent;
      index_.add(row, usable);
      if (usable) has_row[row.start / chunk_rows] = true;
    }
    set_rows_in_file();
  }
  if (index_.size() < chunks_) add_missing_rows(raw, has_row, session.heap());
  // As many rows as chunks, or the next free chunk of the others is one of ours.
  chunks_ = std::max(chunks_, index_.size());
  while (index_.size() < chunks_) {
    const std::uint64_t start = index_.size() * chunk_rows;
    index_.add({Digest{}, start, start + chunk_rows}, false);
  }
  loaded_ = true;
}

void RawStore::add_missing_rows(hdf5::Dataset& raw, const std::vector<bool>& has_row, hdf5::GlobalHeap& heap) {
  array::Region region{array::Shape(spec_.chunk.size(), 0), spec_.chunk};
  std::vector<std::byte> bytes(spec_.chunk_elements() * spec_.element_bytes());
  for (std::uint64_t chunk = 0; chunk < has_row.size(); ++chunk) {
    if (has_row[chunk]) continue;
    const std::uint64_t start = chunk * spec_.chunk[0], stop = start + spec_.chunk[0];
    if (stop > raw.space().dims[0]) continue;
    region.start[0] = start;
    Digest hash{};
    bool usable = true;
    try {
      raw.read(region, array::Dest::dense(bytes.data(), spec_.dtype(), region.shape));
      hash = chunk_hash(bytes, spec_.chunk, spec_.strings() ? &heap : nullptr);
    } catch (const Error&) {
      usable = false;  // what a stopped writer left: its row says where it is, and no chunk has this hash
    }
    index_.add({hash, start, stop}, usable);
  }
}

}  // namespace chunkmark::versioned
