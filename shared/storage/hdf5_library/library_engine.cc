#include "storage/hdf5_library/library_engine.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "storage/hdf5/checksum.h"
#include "storage/hdf5/container.h"
#include "storage/hdf5_library/handle.h"
#include "storage/versioned/session.h"

namespace chunkmark::hdf5_library {

using versioned::HashIndex;
using versioned::HashRow;

namespace {

constexpr const char* kVersions = "/_version_data/versions";

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

// Names that are not ASCII are UTF-8, as h5py has them.
Handle link_names() {
  Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_char_encoding(links, H5T_CSET_UTF8);
  return links;
}

void write_attribute(Hdf5Driver& driver, hid_t object, const char* name, hid_t type, const void* value) {
  const bool there = driver.check(H5Aexists(object, name), name) > 0;
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(
      there ? H5Aopen(object, name, H5P_DEFAULT) : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  driver.check(attribute.id(), name);
  driver.check(H5Awrite(attribute, type, value), name);
}

void write_text(Hdf5Driver& driver, hid_t object, const char* name, const std::string& value) {
  const char* text = value.c_str();
  write_attribute(driver, object, name, text_type(), static_cast<const void*>(&text));
}

// Every flush goes through all that the library keeps: a cache that grew with the number of versions would make each
// commit slower than the one before. This is room for a commit's own headers, nodes and names.
void keep_cache_small(hid_t access) {
  constexpr std::size_t kCacheBytes = 256 << 10;
  H5AC_cache_config_t cache{};
  cache.version = H5AC__CURR_CACHE_CONFIG_VERSION;
  if (H5Pget_mdc_config(access, &cache) < 0) return;
  cache.set_initial_size = true;
  cache.initial_size = cache.max_size = cache.min_size = kCacheBytes;
  cache.incr_mode = H5C_incr__off;
  cache.flash_incr_mode = H5C_flash_incr__off;
  cache.decr_mode = H5C_decr__off;
  H5Pset_mdc_config(access, &cache);
}

}  // namespace

// The open objects of one dataset path.
struct LibraryEngine::Raw {
  std::string path;
  Handle data, table, largest;
  std::vector<hsize_t> chunk;
  hsize_t rows = 0;  // that the table has room for
  std::uint64_t table_chunk = 0;
  // Where in the file the chunk of the table is that rows went to last.
  std::uint64_t last_chunk = ~std::uint64_t{0};
  haddr_t last_address = HADDR_UNDEF;
  std::vector<hdf5::Filter> filters;  // of the table
};

LibraryEngine::LibraryEngine(bytes::RandomAccess& file) : file_(file), links_(link_names()), text_(text_type()) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

LibraryEngine::~LibraryEngine() {
  if (driver_) driver_->discard_writes();  // what is not committed is not to be
  close();
}

void LibraryEngine::close() {
  raws_.clear();
  current_ = {};
  if (memory_ >= 0) H5Sclose(std::exchange(memory_, H5I_INVALID_HID));
  if (versions_ >= 0) H5Gclose(std::exchange(versions_, H5I_INVALID_HID));
  if (id_ >= 0) H5Fclose(std::exchange(id_, H5I_INVALID_HID));
  driver_.reset();
}

void LibraryEngine::abandon() {
  if (driver_) driver_->discard_writes();
  close();
}

void LibraryEngine::begin() {
  if (id_ >= 0) return;
  driver_ = std::make_unique<Hdf5Driver>(file_);
  keep_cache_small(driver_->access());
  id_ = H5Fopen(file_.name().c_str(), H5F_ACC_RDWR, driver_->access());
  driver_->check(id_, "open");
  versions_ = driver_->check(H5Gopen2(id_, kVersions, H5P_DEFAULT), kVersions);
  base_ = hdf5::Container(file_).superblock_offset();
}

bool LibraryEngine::has_version(const std::string& name) {
  begin();
  return driver_->check(H5Lexists(versions_, name.c_str(), H5P_DEFAULT), name) > 0;
}

std::uint64_t LibraryEngine::reserve(std::uint64_t bytes) {
  return driver_->reserve(bytes) - base_;
}

hid_t LibraryEngine::group(const std::string& path) {
  const Handle links = link_names();
  H5Pset_create_intermediate_group(links, 1);
  // Asking for a link whose group is missing is an error to the library: from the top, name by name.
  bool there = true;
  for (std::size_t slash = path.find('/', 1); there; slash = path.find('/', slash + 1)) {
    there = driver_->check(H5Lexists(id_, path.substr(0, slash).c_str(), H5P_DEFAULT), path) > 0;
    if (slash == std::string::npos) break;
  }
  return driver_->check(
      there ? H5Gopen2(id_, path.c_str(), H5P_DEFAULT) : H5Gcreate2(id_, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT),
      path);
}

void LibraryEngine::link(const std::string& group_path, const std::string& name, std::uint64_t address) {
  const Handle object(driver_->check(H5Oopen_by_addr(id_, address), name), H5Oclose);
  if (group_path == kVersions) {
    driver_->check(H5Olink(object, versions_, name.c_str(), links_, H5P_DEFAULT), name);
    return;
  }
  const Handle parent(group(group_path), H5Gclose);
  // What is linked may be there already as a group without data: the way to datasets of longer paths.
  if (driver_->check(H5Lexists(parent, name.c_str(), H5P_DEFAULT), name) > 0) {
    const Handle old(driver_->check(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), name), H5Gclose);
    for (const char* part : {"raw_data", "hash_table"}) {
      const Handle moved(driver_->check(H5Oopen(object, part, H5P_DEFAULT), part), H5Oclose);
      driver_->check(H5Olink(moved, old, part, links_, H5P_DEFAULT), part);
    }
    return;
  }
  driver_->check(H5Olink(object, parent, name.c_str(), links_, H5P_DEFAULT), name);
}

void LibraryEngine::add_reference(std::uint64_t address) {
  const Handle object(driver_->check(H5Oopen_by_addr(id_, address), "object"), H5Oclose);
  driver_->check(H5Oincr_refcount(object), "link count");
}

LibraryEngine::Raw& LibraryEngine::raw(const std::string& group_path) {
  std::unique_ptr<Raw>& known = raws_[group_path];
  if (known) return *known;
  auto raw = std::make_unique<Raw>();
  raw->path = group_path;
  const std::string table_path = group_path + "/hash_table";
  raw->data =
      Handle(driver_->check(H5Dopen2(id_, (group_path + "/raw_data").c_str(), H5P_DEFAULT), group_path), H5Dclose);
  const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(access, 0, 0, 0);
  raw->table = Handle(driver_->check(H5Dopen2(id_, table_path.c_str(), access), table_path), H5Dclose);
  raw->largest = Handle(driver_->check(H5Aopen(raw->table, "largest_index", H5P_DEFAULT), table_path), H5Aclose);
  {
    const Handle creation(H5Dget_create_plist(raw->data), H5Pclose);
    std::array<hsize_t, H5S_MAX_RANK> chunk{};
    const int rank = driver_->check(H5Pget_chunk(creation, H5S_MAX_RANK, chunk.data()), group_path);
    raw->chunk.assign(chunk.begin(), chunk.begin() + rank);
  }
  const Handle creation(H5Dget_create_plist(raw->table), H5Pclose);
  hsize_t table_chunk = 0;
  driver_->check(H5Pget_chunk(creation, 1, &table_chunk), table_path);
  raw->table_chunk = table_chunk;
  const int filters = driver_->check(H5Pget_nfilters(creation), table_path);
  for (int i = 0; i < filters; ++i) {
    std::array<unsigned, 32> values{};
    std::size_t count = values.size();
    unsigned flags = 0;
    hdf5::Filter filter;
    filter.id = static_cast<std::uint16_t>(driver_->check(
        H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &count, values.data(), 0, nullptr, nullptr),
        table_path));
    filter.optional = true;  // where it does not make the chunk smaller, the mask can say so
    filter.values.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(count, values.size())));
    raw->filters.push_back(std::move(filter));
  }
  const Handle space(H5Dget_space(raw->table), H5Sclose);
  driver_->check(H5Sget_simple_extent_dims(space, &raw->rows, nullptr), table_path);
  return *(known = std::move(raw));
}

void LibraryEngine::extend_raw(const std::string& group_path, std::uint64_t chunks) {
  Raw& to = raw(group_path);
  std::vector<hsize_t> dims = to.chunk;
  dims[0] *= chunks;
  driver_->check(H5Dset_extent(to.data, dims.data()), group_path + "/raw_data");
}

void LibraryEngine::write_chunk(const std::string& group_path, std::uint64_t chunk, const hdf5::EncodedChunk& stored) {
  Raw& to = raw(group_path);
  std::array<hsize_t, H5S_MAX_RANK> offset{};
  offset[0] = chunk * to.chunk[0];
  driver_->check(
      H5Dwrite_chunk(to.data, H5P_DEFAULT, stored.mask, offset.data(), stored.bytes.size(), stored.bytes.data()),
      group_path + "/raw_data");
}

void LibraryEngine::write_rows(const std::string& group_path, const HashIndex& rows, std::uint64_t first) {
  Raw& to = raw(group_path);
  const hsize_t count = rows.size();
  if (count > to.rows) {
    driver_->check(H5Dset_extent(to.table, &count), group_path + "/hash_table");
    to.rows = count;
  }
  if (to.filters.empty()) {
    write_plain_rows(to, rows, first);
  } else {
    write_filtered_rows(to, rows, first);
  }
  const auto largest = static_cast<std::int64_t>(rows.size());
  driver_->check(H5Awrite(to.largest, H5T_NATIVE_INT64, &largest), group_path + "/hash_table");
}

// Rows go into their chunk as it lies in the file, since the library takes longer for one row than for all else that it
// does for a chunk. It keeps none of the table's chunks (the cache is off), so that nothing of its own is passed by.
void LibraryEngine::write_plain_rows(Raw& to, const HashIndex& rows, std::uint64_t first) {
  for (std::uint64_t row = first; row < rows.size();) {
    const std::uint64_t chunk = row / to.table_chunk, in_chunk = row % to.table_chunk;
    const std::uint64_t count = std::min(to.table_chunk - in_chunk, rows.size() - row);
    const ByteView bytes = rows.rows_from(row).first(count * HashRow::kBytes);
    row += count;
    const hsize_t start = chunk * to.table_chunk;
    if (chunk != to.last_chunk) {
      unsigned mask = 0;
      hsize_t size = 0;
      // What it says of files with a user block differs between its versions.
      to.last_address = HADDR_UNDEF;
      if (in_chunk > 0 && base_ == 0) {
        driver_->check(H5Dget_chunk_info_by_coord(to.table, &start, &mask, &to.last_address, &size), to.path);
      }
      to.last_chunk = to.last_address == HADDR_UNDEF ? ~std::uint64_t{0} : chunk;
    }
    if (chunk == to.last_chunk) {
      file_.write_at(to.last_address + in_chunk * HashRow::kBytes, bytes);
    } else {
      write_rows_by_library(to, row - count, bytes);
    }
  }
}

void LibraryEngine::write_rows_by_library(Raw& to, hsize_t start, ByteView bytes) {
  const hsize_t count = bytes.size() / HashRow::kBytes;
  const Handle type(H5Dget_type(to.table), H5Tclose);
  const Handle space(H5Dget_space(to.table), H5Sclose);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nullptr, &count, nullptr);
  const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  driver_->check(H5Dwrite(to.table, type, memory, space, H5P_DEFAULT, bytes.data()), to.path + "/hash_table");
}

void LibraryEngine::write_filtered_rows(Raw& to, const HashIndex& rows, std::uint64_t first) {
  std::vector<std::byte> chunk(to.table_chunk * HashRow::kBytes);
  for (std::uint64_t start = first / to.table_chunk * to.table_chunk; start < rows.size(); start += to.table_chunk) {
    const std::uint64_t count = std::min(to.table_chunk, rows.size() - start);
    const ByteView from = rows.rows_from(start).first(count * HashRow::kBytes);
    std::copy(from.begin(), from.end(), chunk.begin());
    std::fill(chunk.begin() + static_cast<std::ptrdiff_t>(from.size()), chunk.end(), std::byte{0});
    const hdf5::EncodedChunk encoded =
        encoder_.encode(to.filters, chunk, HashRow::kBytes, {to.table_chunk}, {count}, to.path);
    const hsize_t offset = start;
    driver_->check(
        H5Dwrite_chunk(to.table, H5P_DEFAULT, encoded.mask, &offset, encoded.bytes.size(), encoded.bytes.data()),
        to.path + "/hash_table");
  }
}

void LibraryEngine::set_current_version(const std::string& name) {
  constexpr const char* kName = "current_version";
  if (current_ < 0 && driver_->check(H5Aexists(versions_, kName), kName) == 0) {
    return write_text(*driver_, versions_, kName, name);
  }
  if (current_ < 0) current_ = Handle(driver_->check(H5Aopen(versions_, kName, H5P_DEFAULT), kName), H5Aclose);
  const char* text = name.c_str();
  driver_->check(H5Awrite(current_, text_, static_cast<const void*>(&text)), kName);
}

void LibraryEngine::set_data_version(std::int64_t version) {
  write_attribute(*driver_, versions_, "data_version", H5T_NATIVE_INT64, &version);
}

void LibraryEngine::finish() {
  driver_->check(H5Fflush(id_, H5F_SCOPE_LOCAL), "flush");
  write_end_of_file();
}

// The library writes the end of the file into the superblock when it has allocated something itself.
void LibraryEngine::write_end_of_file() {
  constexpr std::size_t kVersionAt = 8, kEndAt[] = {40, 44, 28, 28}, kChecksumAt = 44;
  std::array<std::byte, 48> block{};
  file_.read_at(base_, block);
  const auto version = std::to_integer<unsigned>(block[kVersionAt]);
  if (version > 3)
    throw Error(ErrorCode::kUnsupported, file_.name() + ": superblock version " + std::to_string(version));
  const std::uint64_t end = driver_->end();
  std::byte* field = block.data() + kEndAt[version];
  if (file_.size() < end) file_.truncate(end);
  if (load_le<std::uint64_t>(field) == end) return;
  store_le(field, end);
  if (version >= 2) store_le(block.data() + kChecksumAt, hdf5::lookup3(ByteView(block).first(kChecksumAt)));
  file_.write_at(base_, ByteView(block).first(version >= 2 ? block.size() : kEndAt[version] + 8));
}

}  // namespace chunkmark::hdf5_library
