#include "storage/versioned/patch_engine.h"

#include <algorithm>
#include <array>

#include "storage/hdf5/container.h"
#include "storage/hdf5/group.h"
#include "storage/hdf5/heap_writer.h"
#include "storage/hdf5/link_count.h"
#include "storage/hdf5/messages.h"

namespace chunkmark::versioned {

using hdf5::HeaderPatch;
using hdf5::unsupported;

namespace {

constexpr const char* kVersions = "/_version_data/versions";
constexpr std::uint64_t kEndAt = 40;  // of file, in a superblock of version 0

// Old-style groups do not say how their names are encoded: ASCII is the same everywhere.
void check_ascii(const std::string& name) {
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 128; }))
    unsupported("link " + name, "its name is not ASCII");
}

HeaderPatch::Field need(const std::optional<HeaderPatch::Field>& field, const std::string& what) {
  if (!field) unsupported(what, "it is not in the object's header");
  return *field;
}

// A scalar int64.
HeaderPatch::Field integer_field(const HeaderPatch& header, const std::string& name) {
  const auto found = header.find_attribute(name);
  if (!found) unsupported("attribute " + name, "it is not in the object's header");
  const hdf5::Bytes type = hdf5::integer_type();
  const ByteView own = header.bytes(found->type);
  const bool scalar =
      hdf5::parse_dataspace(header.bytes(found->space), {}, name).kind == hdf5::Dataspace::Kind::kScalar;
  if (!scalar || found->value.size < 8 || own.size() < type.size() ||
      !std::equal(type.begin(), type.end(), own.begin()))
    unsupported("attribute " + name, "it is no int64");
  return found->value.part(0, 8);
}

}  // namespace

// What a check refuses is left to the fallback: the structures are whole, as the call before left them.
template <typename Own, typename Other>
void PatchEngine::either(Otherwise otherwise, Own own, Other other) {
  bool begun = false;  // here
  if (!falls_back_) {
    try {
      open();
      return own();
    } catch (const Error& error) {
      const bool refused = error.code() == ErrorCode::kUnsupported || error.code() == ErrorCode::kCorrupt;
      if (!fallback_ || !refused) throw;
    }
    write_end_of_file();
    forget();
    fallback_->begin();
    falls_back_ = begun = true;
  }
  other(*fallback_);
  if (otherwise == Otherwise::kThisCall && begun) {
    fallback_->finish();
    fallback_->abandon();  // nothing is left to be written
    falls_back_ = false;
  }
}

void PatchEngine::forget() {
  raws_.clear();
  versions_.reset();
  ready_ = false;
}

void PatchEngine::abandon() {
  forget();
  if (falls_back_) fallback_->abandon();
  falls_back_ = false;
}

void PatchEngine::begin() {
  either(
      Otherwise::kRestOfFile, [] {}, [](CommitEngine& other) { other.begin(); });
}

void PatchEngine::open() {
  if (ready_) return;
  const hdf5::Container container(space_.file);
  if (container.superblock_version() != 0 || container.superblock_offset() != 0 || container.widths().offset != 8 ||
      container.widths().length != 8)
    unsupported(space_.file.name(), "its superblock is not of version 0, or there is a user block before it");
  std::array<std::byte, 56> block{};
  space_.file.read_at(0, block);
  constexpr std::size_t kBaseAt = 24, kFreeSpaceAt = 32, kDriverAt = 48;
  const auto field = [&](std::size_t at) { return load_le<std::uint64_t>(block.data() + at); };
  if (field(kBaseAt) != 0 || field(kFreeSpaceAt) != hdf5::kUndefined || field(kDriverAt) != hdf5::kUndefined)
    unsupported(space_.file.name(), "its superblock says a base address, free space or a file driver");
  space_.end = written_end_ = field(kEndAt);
  chunk_tree_k_ = container.chunk_tree_k();
  fanout_ = {container.group_tree_k(), container.group_leaf_k()};
  const std::optional<std::uint64_t> versions = find_object(kVersions);
  if (!versions) unsupported(space_.file.name(), "it has no group of versions");
  versions_.emplace(
      Versions{HeaderPatch::read(space_.file, *versions), hdf5::SymbolTableWriter(space_, fanout_, *versions)});
  ready_ = true;
}

bool PatchEngine::has_version(const std::string& name) {
  bool there = false;
  either(
      Otherwise::kRestOfFile, [&] { there = versions_->links.find(name).has_value(); },
      [&](CommitEngine& other) { there = other.has_version(name); });
  return there;
}

std::uint64_t PatchEngine::reserve(std::uint64_t bytes) {
  std::uint64_t address = 0;
  either(
      Otherwise::kRestOfFile, [&] { address = space_.reserve(bytes); },
      [&](CommitEngine& other) { address = other.reserve(bytes); });
  return address;
}

std::optional<std::uint64_t> PatchEngine::find_object(const std::string& path) const {
  const hdf5::Container container(space_.file);
  std::uint64_t address = container.root_header();
  for (std::size_t from = 1; from <= path.size();) {
    const std::size_t slash = std::min(path.find('/', from), path.size());
    const std::optional<std::uint64_t> next = hdf5::Group(container, address).find(path.substr(from, slash - from));
    if (!next) return std::nullopt;
    address = *next;
    from = slash + 1;
  }
  return address;
}

void PatchEngine::link(const std::string& group_path, const std::string& name, std::uint64_t address) {
  either(
      group_path == kVersions ? Otherwise::kRestOfFile : Otherwise::kThisCall,
      [&] { link_own(group_path, name, address); },
      [&](CommitEngine& other) { other.link(group_path, name, address); });
}

void PatchEngine::link_own(const std::string& group_path, const std::string& name, std::uint64_t address) {
  check_ascii(group_path);
  check_ascii(name);
  // The last group of the path that is there; those behind it are made, the last one first.
  std::string there = group_path, first = name;
  std::optional<std::uint64_t> group;
  std::vector<std::string> missing;
  const bool is_version = group_path == kVersions;
  while (!is_version && !(group = find_object(there))) {
    missing.push_back(first);
    const std::size_t slash = there.rfind('/');
    first = there.substr(slash + 1);
    there.resize(slash);
  }
  std::optional<hdf5::SymbolTableWriter> other;
  if (!is_version) other.emplace(space_, fanout_, *group);
  hdf5::SymbolTableWriter& links = is_version ? versions_->links : *other;
  if (!is_version && links.find(first)) unsupported(there + "/" + first, "it is there already");
  std::uint64_t object = address;
  for (const std::string& below : missing) object = hdf5::SymbolTableWriter::create(space_, fanout_, below, object);
  links.add(first, object);
  if (!hdf5::raise_link_count(space_.file, 0, address)) hdf5::corrupt(name, "its new header does not count links");
}

void PatchEngine::add_reference(std::uint64_t address) {
  either(
      Otherwise::kThisCall,
      [&] {
        if (!hdf5::raise_link_count(space_.file, 0, address))
          unsupported("object header at " + std::to_string(address), "it does not count links");
      },
      [&](CommitEngine& other) { other.add_reference(address); });
}

PatchEngine::Chunked PatchEngine::open_chunked(const std::string& path) {
  const std::optional<std::uint64_t> address = find_object(path);
  if (!address) hdf5::corrupt(path, "it is not there");
  HeaderPatch header = HeaderPatch::read(space_.file, *address);
  const HeaderPatch::Field space = need(header.find(hdf5::kDataspaceMessage), path);
  const HeaderPatch::Field layout = need(header.find(hdf5::kLayoutMessage), path);
  const hdf5::Layout parsed = hdf5::parse_layout(header.bytes(layout), {}, path);
  if (parsed.kind != hdf5::Layout::Kind::kChunked || parsed.version != 3)
    unsupported(path, "its chunks are not in a version 1 B-tree");
  const hdf5::Dataspace extents = hdf5::parse_dataspace(header.bytes(space), {}, path);
  if (extents.dims.size() != parsed.chunk.size() || extents.dims.empty() || parsed.chunk[0] == 0 ||
      extents.max_dims[0] != hdf5::kUndefined ||
      !std::equal(extents.dims.begin() + 1, extents.dims.end(), parsed.chunk.begin() + 1))
    unsupported(path, "it does not grow by whole chunks along its first axis");
  // Version 1: version, rank, flags and five more bytes; version 2: version, rank, flags and kind.
  const std::size_t dims_at = std::to_integer<unsigned>(header.bytes(space)[0]) == 1 ? 8 : 4;
  constexpr std::size_t kTreeAt = 3;  // behind version, class and rank
  std::uint64_t bytes = parsed.element_size;
  for (const std::uint64_t extent : parsed.chunk) bytes = hdf5::saturating_multiply(bytes, extent);
  return {std::move(header),       space.part(dims_at, 8),
          layout.part(kTreeAt, 8), {space_, chunk_tree_k_, parsed.address, parsed.chunk, parsed.element_size},
          parsed.chunk[0],         bytes};
}

PatchEngine::Raw& PatchEngine::raw(const std::string& group_path) {
  Raw& known = raws_[group_path];
  if (!known.data) known.data.emplace(open_chunked(group_path + "/raw_data"));
  return known;
}

PatchEngine::Chunked& PatchEngine::table(const std::string& group_path) {
  std::optional<Chunked>& known = raws_[group_path].table;
  if (known) return *known;
  const std::string path = group_path + "/hash_table";
  Chunked table = open_chunked(path);
  if (table.header.find(hdf5::kFilterMessage)) unsupported(path, "it is compressed");
  if (table.chunk_bytes != table.chunk_rows * HashRow::kBytes) unsupported(path, "its rows are not of 48 bytes");
  table.largest = integer_field(table.header, "largest_index");
  return known.emplace(std::move(table));
}

void PatchEngine::extend_raw(const std::string& group_path, std::uint64_t chunks) {
  either(
      Otherwise::kRestOfFile,
      [&] {
        Chunked& data = *raw(group_path).data;
        const std::uint64_t rows = chunks * data.chunk_rows;
        if (rows < data.header.u64(data.extent)) unsupported(group_path + "/raw_data", "it would be cut");
        data.header.set_u64(data.extent, rows);
        data.header.write(space_.file);
      },
      [&](CommitEngine& other) { other.extend_raw(group_path, chunks); });
}

void PatchEngine::add_chunk(Chunked& to, std::uint64_t number, const hdf5::EncodedChunk& stored) {
  const std::uint64_t root = to.chunks.root();
  to.chunks.reserve_root();  // before the first chunk: beside the header, so that one write changes both
  const std::uint64_t address = space_.reserve(stored.bytes.size());
  // Behind its end a file has zeros: those are left a hole.
  const std::uint64_t zeros = address >= space_.file.size() ? stored.zeros : 0;
  space_.file.write_at(address, stored.bytes.first(stored.bytes.size() - zeros));
  to.chunks.add(number, {address, static_cast<std::uint32_t>(stored.bytes.size()), stored.mask});
  if (to.chunks.root() == root) return;
  to.header.set_u64(to.tree_address, to.chunks.root());
  to.header.write(space_.file);
}

void PatchEngine::write_chunk(const std::string& group_path, std::uint64_t chunk, const hdf5::EncodedChunk& stored) {
  either(
      Otherwise::kRestOfFile,
      [&] {
        if (std::uint64_t{stored.bytes.size()} >> 32 != 0) unsupported(group_path + "/raw_data", "a chunk of 4 GiB");
        add_chunk(*raw(group_path).data, chunk, stored);
      },
      [&](CommitEngine& other) { other.write_chunk(group_path, chunk, stored); });
}

void PatchEngine::write_rows(const std::string& group_path, const HashIndex& rows, std::uint64_t first) {
  either(
      Otherwise::kRestOfFile, [&] { write_table_rows(table(group_path), rows, first); },
      [&](CommitEngine& other) { other.write_rows(group_path, rows, first); });
}

void PatchEngine::write_table_rows(Chunked& table, const HashIndex& rows, std::uint64_t first) {
  std::vector<std::byte> fresh;
  for (std::uint64_t row = first; row < rows.size();) {
    const std::uint64_t chunk = row / table.chunk_rows, in_chunk = row % table.chunk_rows;
    const std::uint64_t count = std::min(table.chunk_rows - in_chunk, rows.size() - row);
    const ByteView bytes = rows.rows_from(row).first(count * HashRow::kBytes);
    row += count;
    if (const auto stored = table.chunks.find(chunk)) {
      if (stored->bytes != table.chunk_bytes || stored->filter_mask != 0)
        unsupported("hash_table", "a chunk of " + std::to_string(stored->bytes) + " bytes");
      space_.file.write_at(stored->address + in_chunk * HashRow::kBytes, bytes);
      continue;
    }
    fresh.assign(table.chunk_bytes, std::byte{0});
    std::copy(bytes.begin(), bytes.end(), fresh.begin() + static_cast<std::ptrdiff_t>(in_chunk * HashRow::kBytes));
    add_chunk(table, chunk, {fresh});
  }
  if (rows.size() > table.header.u64(table.extent)) table.header.set_u64(table.extent, rows.size());
  table.header.set_u64(*table.largest, rows.size());
  table.header.write(space_.file);
}

void PatchEngine::set_current_version(const std::string& name) {
  either(
      Otherwise::kRestOfFile, [&] { set_current_own(name); },
      [&](CommitEngine& other) { other.set_current_version(name); });
}

// The name is the only object of a heap collection, so that the next one takes its place; the first time, in a new
// collection.
void PatchEngine::set_current_own(const std::string& name) {
  constexpr std::uint64_t kCollection = 4096, kHeaderBytes = 16, kObjectBytes = 16;
  const auto found = versions_->header.find_attribute("current_version");
  if (!found) unsupported("current_version", "it is not in the group's header");
  const ByteView type = versions_->header.bytes(found->type);
  // Class 9 (variable-length), of kind 1 (string).
  const bool text = type.size() >= 8 && (std::to_integer<unsigned>(type[0]) & 15) == 9 &&
                    (std::to_integer<unsigned>(type[1]) & 15) == 1 && load_le<std::uint32_t>(type.data() + 4) == 16;
  const hdf5::Dataspace extents = hdf5::parse_dataspace(versions_->header.bytes(found->space), {}, "current_version");
  if (!text || extents.kind != hdf5::Dataspace::Kind::kScalar || found->value.size < 16)
    unsupported("current_version", "it is no variable-length string");
  const HeaderPatch::Field reference = found->value.part(0, 16);
  const auto at = versions_->header.u64(reference.part(4, 8));
  const auto index = load_le<std::uint32_t>(versions_->header.bytes(reference).data() + 12);

  bool alone = false;
  const std::uint64_t room = kCollection - kHeaderBytes;
  const std::uint64_t padded = (name.size() + 7) / 8 * 8;
  if (at != hdf5::kUndefined && at < space_.file.size() && space_.file.size() - at >= kCollection) {
    std::array<std::byte, kCollection> collection{};
    space_.file.read_at(at, collection);
    const auto number16 = [&](std::size_t p) { return load_le<std::uint16_t>(collection.data() + p); };
    const auto number64 = [&](std::size_t p) { return load_le<std::uint64_t>(collection.data() + p); };
    const std::uint64_t size = number64(kHeaderBytes + 8);
    if (as_text(ByteView(collection).first(4)) == "GCOL" && number64(8) == kCollection && index == 1 &&
        number16(kHeaderBytes) == 1 && size <= room - 2 * kObjectBytes) {
      const std::size_t next = kHeaderBytes + kObjectBytes + (size + 7) / 8 * 8;
      alone = number16(next) == 0 && number64(next + 8) == kCollection - next;
    }
  }
  hdf5::Bytes value;
  if (alone && padded + 2 * kObjectBytes <= room) {
    hdf5::Bytes object;
    hdf5::Writer to(object);
    to.u16(1).u16(0).u32(0).u64(name.size()).text(name).zeros(padded - name.size());
    to.u16(0).u16(0).u32(0).u64(room - kObjectBytes - padded);
    space_.file.write_at(at + kHeaderBytes, ByteView(object));
    hdf5::Writer(value).u32(name.size()).u64(at).u32(1);
  } else {
    hdf5::HeapWriter heap;
    const hdf5::HeapWriter::Place place = heap.add(as_byte_view(name));
    const std::uint64_t address = space_.reserve(heap.bytes());
    space_.file.write_at(address, heap.finish(address));
    value = heap.reference(place, name.size());
  }
  versions_->header.set(reference, value);
  versions_->header.write(space_.file);
}

void PatchEngine::set_data_version(std::int64_t version) {
  either(
      Otherwise::kThisCall,
      [&] {
        versions_->header.set_u64(integer_field(versions_->header, "data_version"),
                                  static_cast<std::uint64_t>(version));
        versions_->header.write(space_.file);
      },
      [&](CommitEngine& other) { other.set_data_version(version); });
}

void PatchEngine::write_end_of_file() {
  if (!ready_) return;
  if (space_.file.size() < space_.end) space_.file.truncate(space_.end);
  if (space_.end == written_end_) return;
  std::byte end[8];
  store_le(end, space_.end);
  space_.file.write_at(kEndAt, ByteView(end));
  written_end_ = space_.end;
}

void PatchEngine::finish() {
  either(
      Otherwise::kRestOfFile, [&] { write_end_of_file(); }, [](CommitEngine& other) { other.finish(); });
}

}  // namespace chunkmark::versioned
