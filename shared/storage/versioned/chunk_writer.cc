#include "storage/versioned/chunk_writer.h"

#include <algorithm>

#include "storage/array/box.h"
#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/version_block.h"

namespace chunkmark::versioned {

namespace {

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

// Strings go to heaps of their own, one object for each; the chunk has the references.
void ChunkWriter::write_strings(const Chunks& chunks, const RawStore& raw,
                                const std::function<void(std::uint64_t row, ByteView bytes)>& write) {
  const std::size_t width = raw.spec().element_bytes();
  std::vector<std::byte> references;
  for (const auto& [row, chunk] : chunks) {
    hdf5::HeapWriter heap;
    std::vector<hdf5::HeapWriter::Place> places;
    for (const std::string& string : chunk->strings) {
      if (!string.empty()) places.push_back(heap.add(as_byte_view(string)));
    }
    if (!places.empty()) {
      const std::uint64_t address = engine_.reserve(heap.bytes());
      file_.write_at(base_ + address, heap.finish(address));
    }
    references.assign(chunk->strings.size() * width, std::byte{0});
    std::size_t next = 0;
    for (std::size_t i = 0; i < chunk->strings.size(); ++i) {
      if (chunk->strings[i].empty()) continue;
      const hdf5::Bytes reference = heap.reference(places[next++], chunk->strings[i].size());
      std::memcpy(references.data() + i * width, reference.data(), width);
    }
    write(row, references);
  }
}

ChunkWriter::Written ChunkWriter::write(StagedDataset& dataset, const HashIndex::ReadRow& read_row,
                                        const Progress& progress) {
  RawStore& raw = *dataset.raw_;
  const DatasetSpec& spec = raw.spec();
  const array::Shape grid = dataset.grid();
  Written result;
  Chunks fresh;
  std::map<std::uint64_t, std::uint64_t> valid;  // bytes, by row
  std::vector<CommittedDataset::Mapped> changed;
  std::vector<std::byte> packed;
  for (auto& [number, chunk] : dataset.staged_) {
    const array::Shape box = dataset.box_of(dataset.index_of(number, grid), dataset.shape_);
    // As upstream: only a full chunk is left out for being all fill value.
    if (box == spec.chunk && is_fill(*chunk, spec)) continue;
    const Digest hash = hash_staged(*chunk, spec, box, packed);
    std::optional<std::uint64_t> row = raw.index().find(hash, read_row);
    if (row) {
      ++result.found;
    } else {
      row = raw.append(hash, box[0]);
      fresh.emplace_back(*row, chunk.get());
      std::uint64_t last = 0;  // of the valid elements, in the dense chunk
      for (std::size_t axis = 0; axis < box.size(); ++axis) last = last * spec.chunk[axis] + box[axis] - 1;
      valid[*row] = (last + 1) * spec.element_bytes();
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

  if (!fresh.empty()) engine_.extend_raw(raw.group_path(), raw.chunks());
  std::uint64_t done = 0;
  const auto write = [&](std::uint64_t row, ByteView bytes) {
    const hdf5::EncodedChunk encoded =
        encoder_.encode(spec.filters, bytes, spec.element_bytes(), valid[row], raw.raw_path());
    engine_.write_chunk(raw.group_path(), row / spec.chunk[0], encoded.bytes, encoded.mask);
    if (progress) progress(++done, fresh.size());
  };
  if (spec.strings()) {
    write_strings(fresh, raw, write);
  } else {
    for (const auto& [row, chunk] : fresh) write(row, chunk->bytes);
  }
  if (raw.index().size() > raw.rows_in_file()) {
    engine_.write_rows(raw.group_path(), raw.index(), raw.rows_in_file());
    raw.set_rows_in_file();
  }
  return result;
}

}  // namespace chunkmark::versioned
