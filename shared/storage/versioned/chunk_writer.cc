#include "storage/versioned/chunk_writer.h"

#include <algorithm>

#include "storage/array/box.h"
#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/version_block.h"

namespace chunkmark::versioned {

namespace {

// Bytes that take some hundred microseconds: other lanes take fifty to wake, and are waited for.
constexpr std::uint64_t kWorthHashing = std::uint64_t{256} << 10, kWorthEncoding = std::uint64_t{64} << 10;
// Of fewer bytes, hashing is as fast as keeping a hash of them.
constexpr std::uint64_t kWorthKeeping = 4096;

// Whether all of a chunk is the fill value.
bool is_fill(const StagedChunk& chunk, const DatasetSpec& spec) {
  if (spec.strings()) {
    return std::all_of(chunk.strings.begin(), chunk.strings.end(), [](const std::string& s) { return s.empty(); });
  }
  // The first element is the fill value, and every byte is the one an element before it.
  const std::size_t element = spec.element_bytes();
  const std::byte* bytes = chunk.bytes.data();
  if (chunk.bytes.size() < element) return true;
  for (std::size_t i = 0; i < element; ++i) {
    if (bytes[i] != (spec.fill.empty() ? std::byte{0} : spec.fill[i])) return false;
  }
  return std::memcmp(bytes, bytes + element, chunk.bytes.size() - element) == 0;
}

std::uint64_t hashed_rows(const StagedChunk& chunk, const array::Shape& box) {
  return chunk.hashed && chunk.hashed->begins(box) ? chunk.hashed->rows : 0;
}

// As upstream hashes strings: each as its length and its bytes.
Digest hash_strings(const StagedChunk& chunk, const DatasetSpec& spec, const array::Shape& box) {
  Sha256 hash;
  array::Shape at(box.size(), 0);
  for (;;) {
    std::uint64_t offset = 0;
    for (std::size_t axis = 0; axis < box.size(); ++axis) offset = offset * spec.chunk[axis] + at[axis];
    const std::string& string = chunk.strings[offset];
    std::byte length[8];
    store_le<std::uint64_t>(length, string.size());
    hash.update(length);
    hash.update(as_byte_view(string));
    std::size_t axis = at.size();
    while (axis > 0 && ++at[axis - 1] == box[axis - 1]) at[--axis] = 0;
    if (axis == 0) break;
  }
  hash.update(as_byte_view(python_tuple(box)));
  return hash.digest();
}

// As upstream hashes elements; goes on from the rows whose hash the chunk keeps, and keeps that of those it has now.
// `packed` is scratch.
Digest hash_elements(StagedChunk& chunk, const DatasetSpec& spec, const array::Shape& box,
                     std::vector<std::byte>& packed) {
  const std::uint64_t known = hashed_rows(chunk, box);
  array::Region rows{array::Shape(box.size(), 0), box};
  rows.start[0] = known;
  rows.shape[0] -= known;
  const std::uint64_t row_bytes = array::element_count(box) / box[0] * spec.element_bytes();
  Sha256 hash = known > 0 ? std::move(chunk.hashed->hash) : Sha256();
  chunk.hashed.reset();
  if (std::equal(box.begin() + 1, box.end(), spec.chunk.begin() + 1)) {
    hash.update(ByteView(chunk.bytes).subspan(known * row_bytes, rows.shape[0] * row_bytes));
  } else {
    packed.resize(rows.shape[0] * row_bytes);
    array::copy_box(array::Source::dense(chunk.bytes.data(), spec.dtype(), spec.chunk).part(rows),
                    array::Dest::dense(packed.data(), spec.dtype(), rows.shape));
    hash.update(packed);
  }
  if (box[0] < spec.chunk[0] && box[0] * row_bytes >= kWorthKeeping)
    chunk.hashed.emplace(HashedRows{hash, box[0], array::Shape(box.begin() + 1, box.end())});
  hash.update(as_byte_view(python_tuple(box)));
  return hash.digest();
}

}  // namespace

void ChunkWriter::create(RawStore& raw) {
  const DatasetSpec& spec = raw.spec();
  array::Shape dims = spec.chunk, most = spec.chunk;
  dims[0] = 0;
  most[0] = hdf5::kUndefined;
  const VersionBlock::Written written = raw_group_block(spec, dims, most, engine_.reserve(0));
  place(written.bytes);
  const std::string path = raw.group_path();
  const std::size_t slash = path.rfind('/');
  engine_.link(path.substr(0, slash), path.substr(slash + 1), written.root);
  raw.set_in_file();
}

Executor& ChunkWriter::executor_for(std::size_t chunks, bool is_worth) {
  return chunks > 1 && is_worth ? executor_ : caller_;
}

void ChunkWriter::hash(std::span<StagedDataset* const> datasets) {
  fresh_.clear();
  struct Piece {
    StagedDataset* dataset;
    StagedChunk* chunk;
    array::Shape box;
  };
  std::vector<Piece> pieces;
  std::uint64_t bytes = 0;
  for (StagedDataset* dataset : datasets) {
    for (auto& [number, chunk] : dataset->staged_) {
      array::Shape box = dataset->box_of(dataset->index_of(number, dataset->grid()), dataset->shape_);
      array::Shape rows = box;
      rows[0] -= hashed_rows(*chunk, box);
      bytes += array::element_count(rows) * dataset->spec().element_bytes();
      pieces.push_back({dataset, chunk.get(), std::move(box)});
    }
  }
  executor_for(pieces.size(), bytes >= kWorthHashing).parallel(pieces.size(), [&](std::size_t i, unsigned lane) {
    const auto& [dataset, chunk, box] = pieces[i];
    const DatasetSpec& spec = dataset->spec();
    chunk->hash.reset();
    // As upstream: only a full chunk is left out for being all fill value.
    if (box == spec.chunk && is_fill(*chunk, spec)) return;
    chunk->hash =
        spec.strings() ? hash_strings(*chunk, spec, box) : hash_elements(*chunk, spec, box, lanes_[lane].packed);
  });
}

ChunkWriter::Written ChunkWriter::add_rows(StagedDataset& dataset, const HashIndex::ReadRow& read_row) {
  RawStore& raw = *dataset.raw_;
  const array::Shape grid = dataset.grid();
  Written result;
  std::vector<CommittedDataset::Mapped> changed;
  for (auto& [number, chunk] : dataset.staged_) {
    if (!chunk->hash) continue;
    std::optional<std::uint64_t> row = raw.index().find(*chunk->hash, read_row);
    if (row) {
      ++result.found;
    } else {
      const array::Shape box = dataset.box_of(dataset.index_of(number, grid), dataset.shape_);
      row = raw.append(*chunk->hash, box[0]);
      fresh_.push_back({&raw, *row, box, chunk.get()});
      ++result.fresh;
    }
    changed.emplace_back(number, *row);
  }
  // Both are sorted; what is staged hides what is mapped.
  result.mapped.reserve(dataset.mapped_.size() + changed.size());
  auto staged = dataset.staged_.begin();
  auto next = changed.begin();
  for (const auto& old : dataset.mapped_) {
    while (next != changed.end() && next->first <= old.first) result.mapped.push_back(*next++);
    while (staged != dataset.staged_.end() && staged->first < old.first) ++staged;
    if (staged == dataset.staged_.end() || staged->first != old.first) result.mapped.push_back(old);
  }
  result.mapped.insert(result.mapped.end(), next, changed.end());
  if (result.fresh > 0) engine_.extend_raw(raw.group_path(), raw.chunks());
  return result;
}

// One object of the heap for each string.
hdf5::Bytes ChunkWriter::write_strings(const Fresh& fresh) {
  const std::vector<std::string>& strings = fresh.chunk->strings;
  const std::size_t width = fresh.raw->spec().element_bytes();
  hdf5::HeapWriter heap;
  std::vector<hdf5::HeapWriter::Place> places;
  for (const std::string& string : strings) {
    if (!string.empty()) places.push_back(heap.add(as_byte_view(string)));
  }
  if (!places.empty()) {
    const std::uint64_t address = engine_.reserve(heap.bytes());
    file_.write_at(base_ + address, heap.finish(address));
  }
  hdf5::Bytes references(strings.size() * width, std::byte{0});
  std::size_t next = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (strings[i].empty()) continue;
    const hdf5::Bytes reference = heap.reference(places[next++], strings[i].size());
    std::memcpy(references.data() + i * width, reference.data(), width);
  }
  return references;
}

void ChunkWriter::encode(const Fresh& fresh, ByteView bytes, Lane& lane) {
  const DatasetSpec& spec = fresh.raw->spec();
  lane.encoded =
      lane.encoder.encode(spec.filters, bytes, spec.element_bytes(), spec.chunk, fresh.valid, fresh.raw->raw_path());
  if (lane.encoded.bytes.data() != bytes.data() || !spec.fill.empty()) return;
  std::uint64_t last = 0;  // of the valid elements, in the dense chunk
  for (std::size_t axis = 0; axis < spec.chunk.size(); ++axis) last = last * spec.chunk[axis] + fresh.valid[axis] - 1;
  lane.encoded.zeros = bytes.size() - (last + 1) * spec.element_bytes();
}

void ChunkWriter::put(const Fresh& fresh, const hdf5::EncodedChunk& encoded) {
  engine_.write_chunk(fresh.raw->group_path(), fresh.row / fresh.raw->spec().chunk[0], encoded);
}

void ChunkWriter::write(const Progress& progress) {
  std::uint64_t bytes = 0;  // of which encoding takes longer than writing
  for (const Fresh& fresh : fresh_) {
    if (hdf5::ChunkEncoder::compresses(fresh.raw->spec().filters)) bytes += fresh.chunk->bytes.size();
  }
  const auto produce = [&](std::size_t i, unsigned lane) {
    if (!fresh_[i].raw->spec().strings()) encode(fresh_[i], fresh_[i].chunk->bytes, lanes_[lane]);
  };
  const auto consume = [&](std::size_t i, unsigned lane) {
    const Fresh& fresh = fresh_[i];
    hdf5::Bytes references;
    if (fresh.raw->spec().strings()) encode(fresh, references = write_strings(fresh), lanes_[lane]);
    put(fresh, lanes_[lane].encoded);
    RawStore& raw = *fresh.raw;
    const bool last = i + 1 == fresh_.size() || fresh_[i + 1].raw != &raw;
    if (last) {
      engine_.write_rows(raw.group_path(), raw.index(), raw.rows_in_file());
      raw.set_rows_in_file();
    }
    if (progress) progress(i + 1, fresh_.size());
  };
  executor_for(fresh_.size(), bytes >= kWorthEncoding).ordered(fresh_.size(), produce, consume);
}

}  // namespace chunkmark::versioned
