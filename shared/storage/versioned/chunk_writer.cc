#include "storage/versioned/chunk_writer.h"

#include <algorithm>

#include "storage/array/box.h"
#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/version_block.h"

namespace chunkmark::versioned {

namespace {

// Bytes that take some hundred microseconds: other lanes take fifty to wake, and are waited for.
constexpr std::uint64_t kWorthHashing = std::uint64_t{256} << 10, kWorthEncoding = std::uint64_t{64} << 10;

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

// As upstream hashes it. `packed` is scratch.
Digest hash_staged(const StagedChunk& chunk, const DatasetSpec& spec, const array::Shape& box,
                   std::vector<std::byte>& packed) {
  if (spec.strings()) {
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
  ByteView bytes = chunk.bytes;
  const std::uint64_t valid = array::element_count(box) * spec.element_bytes();
  const bool prefix = std::equal(box.begin() + 1, box.end(), spec.chunk.begin() + 1);
  if (prefix) {
    bytes = bytes.first(valid);
  } else {
    packed.resize(valid);
    const array::Region region{array::Shape(box.size(), 0), box};
    array::copy_box(array::Source::dense(bytes.data(), spec.dtype(), spec.chunk).part(region),
                    array::Dest::dense(packed.data(), spec.dtype(), box));
    bytes = packed;
  }
  return chunk_hash(bytes, box, nullptr);
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
      pieces.push_back(
          {dataset, chunk.get(), dataset->box_of(dataset->index_of(number, dataset->grid()), dataset->shape_)});
      bytes += array::element_count(pieces.back().box) * dataset->spec().element_bytes();
    }
  }
  executor_for(pieces.size(), bytes >= kWorthHashing).parallel(pieces.size(), [&](std::size_t i, unsigned lane) {
    const auto& [dataset, chunk, box] = pieces[i];
    const DatasetSpec& spec = dataset->spec();
    chunk->hash.reset();
    // As upstream: only a full chunk is left out for being all fill value.
    if (box != spec.chunk || !is_fill(*chunk, spec)) chunk->hash = hash_staged(*chunk, spec, box, lanes_[lane].packed);
  });
}

ChunkWriter::Written ChunkWriter::add_rows(StagedDataset& dataset, const HashIndex::ReadRow& read_row) {
  RawStore& raw = *dataset.raw_;
  const DatasetSpec& spec = raw.spec();
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
      std::uint64_t last = 0;  // of the valid elements, in the dense chunk
      for (std::size_t axis = 0; axis < box.size(); ++axis) last = last * spec.chunk[axis] + box[axis] - 1;
      fresh_.push_back({&raw, *row, (last + 1) * spec.element_bytes(), chunk.get()});
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
      lane.encoder.encode(spec.filters, bytes, spec.element_bytes(), fresh.valid_bytes, fresh.raw->raw_path());
}

void ChunkWriter::put(const Fresh& fresh, const hdf5::EncodedChunk& encoded) {
  engine_.write_chunk(fresh.raw->group_path(), fresh.row / fresh.raw->spec().chunk[0], encoded.bytes, encoded.mask);
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
