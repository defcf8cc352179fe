#include "unit/versioned_fixture.h"

#include <cstring>

#include "storage/array/box.h"
#include "storage/versioned/chunk_hash.h"

namespace chunkmark::versioned {

namespace {

void must(long long status, const char* what) {
  if (status < 0) throw std::runtime_error(std::string("fixture: ") + what);
}

hid_t text_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

void put_attribute(hid_t object, const char* name, hid_t type, hid_t space, const void* value) {
  const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  must(attribute, name);
  must(H5Awrite(attribute, type, value), name);
  H5Aclose(attribute);
}

void put_text(hid_t object, const char* name, const std::string& text) {
  if (H5Aexists(object, name) > 0) H5Adelete(object, name);
  const hid_t type = text_type(), space = H5Screate(H5S_SCALAR);
  const char* value = text.c_str();
  put_attribute(object, name, type, space, static_cast<const void*>(&value));
  H5Sclose(space);
  H5Tclose(type);
}

void put_integer(hid_t object, const char* name, std::int64_t value) {
  if (H5Aexists(object, name) > 0) H5Adelete(object, name);
  const hid_t space = H5Screate(H5S_SCALAR);
  put_attribute(object, name, H5T_NATIVE_INT64, space, &value);
  H5Sclose(space);
}

void put_chunks(hid_t object, const std::vector<hsize_t>& chunk) {
  const hsize_t rank = chunk.size();
  const hid_t space = H5Screate_simple(1, &rank, nullptr);
  std::vector<std::int64_t> values(chunk.begin(), chunk.end());
  put_attribute(object, "chunks", H5T_NATIVE_INT64, space, values.data());
  H5Sclose(space);
}

hid_t row_type() {
  const hsize_t hash_bytes = 32, pair = 2;
  const hid_t hash = H5Tarray_create2(H5T_STD_U8LE, 1, &hash_bytes), shape = H5Tarray_create2(H5T_STD_I64LE, 1, &pair);
  const hid_t row = H5Tcreate(H5T_COMPOUND, 48);
  H5Tinsert(row, "hash", 0, hash);
  H5Tinsert(row, "shape", 32, shape);
  H5Tclose(hash);
  H5Tclose(shape);
  return row;
}

hid_t making_groups() {
  const hid_t properties = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(properties, 1);
  return properties;
}

}  // namespace

VersionedFixture::VersionedFixture(bool latest, hsize_t user_block) : memory_("fixture.h5", {}), driver_(memory_) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  if (latest) H5Pset_libver_bounds(driver_.access(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_userblock(creation, user_block);
  file_ = driver_.check(H5Fcreate("fixture.h5", H5F_ACC_TRUNC, creation, driver_.access()), "create");
  H5Pclose(creation);
  const hid_t links = making_groups();
  const hid_t first = H5Gcreate2(file_, "/_version_data/versions/__first_version__", links, H5P_DEFAULT, H5P_DEFAULT);
  must(first, "groups");
  put_text(first, "timestamp", "2024-01-01 00:00:00.000000+0000");
  H5Gclose(first);
  H5Pclose(links);
  set_current("__first_version__");
  set_data_version(4);
}

VersionedFixture::~VersionedFixture() {
  for (auto& [path, state] : datasets_) {
    if (state.raw >= 0) H5Dclose(state.raw);
    if (state.table >= 0) H5Dclose(state.table);
  }
  if (file_ >= 0) H5Fclose(file_);
}

void VersionedFixture::set_current(const std::string& name) {
  const hid_t versions = H5Gopen2(file_, "/_version_data/versions", H5P_DEFAULT);
  put_text(versions, "current_version", name);
  H5Gclose(versions);
}

void VersionedFixture::set_data_version(std::int64_t version) {
  const hid_t versions = H5Gopen2(file_, "/_version_data/versions", H5P_DEFAULT);
  put_integer(versions, "data_version", version);
  H5Gclose(versions);
}

void VersionedFixture::declare(const std::string& path, FixtureDataset dataset) {
  State state;
  state.spec = std::move(dataset);
  const std::vector<hsize_t>& chunk = state.spec.chunk;
  std::vector<hsize_t> dims = chunk, most = chunk;
  dims[0] = 0;
  most[0] = H5S_UNLIMITED;
  const hid_t links = making_groups(), creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  if (!state.spec.fill.empty()) H5Pset_fill_value(creation, state.spec.type, state.spec.fill.data());
  if (state.spec.filters) state.spec.filters(creation);
  const hid_t space = H5Screate_simple(static_cast<int>(chunk.size()), dims.data(), most.data());
  state.raw = H5Dcreate2(file_, ("/_version_data/" + path + "/raw_data").c_str(), state.spec.type, space, links,
                         creation, H5P_DEFAULT);
  must(state.raw, "raw_data");
  put_chunks(state.raw, chunk);
  H5Sclose(space);
  H5Pclose(creation);

  const hsize_t none = 1, any = H5S_UNLIMITED, table_chunk = 64;
  const hid_t table_creation = H5Pcreate(H5P_DATASET_CREATE), row = row_type();
  H5Pset_chunk(table_creation, 1, &table_chunk);
  const hid_t table_space = H5Screate_simple(1, &none, &any);
  state.table = H5Dcreate2(file_, ("/_version_data/" + path + "/hash_table").c_str(), row, table_space, links,
                           table_creation, H5P_DEFAULT);
  must(state.table, "hash_table");
  put_integer(state.table, "largest_index", 0);
  H5Sclose(table_space);
  H5Tclose(row);
  H5Pclose(table_creation);
  H5Pclose(links);
  datasets_[path] = std::move(state);
}

void VersionedFixture::append_row(State& state, const Digest& hash, hsize_t start, hsize_t stop) {
  struct {
    Digest hash;
    std::int64_t shape[2];
  } value{hash, {static_cast<std::int64_t>(start), static_cast<std::int64_t>(stop)}};
  const hsize_t at = state.table_rows++, one = 1;
  must(H5Dset_extent(state.table, &state.table_rows), "table");
  const hid_t row = row_type(), space = H5Dget_space(state.table), memory = H5Screate_simple(1, &one, nullptr);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &at, nullptr, &one, nullptr);
  must(H5Dwrite(state.table, row, memory, space, H5P_DEFAULT, &value), "row");
  H5Sclose(memory);
  H5Sclose(space);
  H5Tclose(row);
  put_integer(state.table, "largest_index", static_cast<std::int64_t>(state.table_rows));
}

hsize_t VersionedFixture::store_chunk(State& state, const FixtureArray& array, const std::vector<hsize_t>& start,
                                      const std::vector<hsize_t>& count) {
  const std::size_t rank = count.size(), element = H5Tget_size(state.spec.type);
  // The box, without gaps, through the library's own selection copy.
  std::vector<std::byte> box(element);
  for (const hsize_t extent : count) box.resize(box.size() * extent);
  const std::vector<std::uint64_t> shape(array.shape.begin(), array.shape.end()), counts(count.begin(), count.end());
  const auto dtype = array::opaque(static_cast<std::uint32_t>(element));
  array::copy_box(array::Source::dense(array.bytes.data(), dtype, shape).part({{start.begin(), start.end()}, counts}),
                  array::Dest::dense(box.data(), dtype, counts));

  Digest hash = chunk_hash(box, counts, nullptr);
  if (flaws.wrong_hash) hash[0] ^= std::byte{1};
  if (const auto found = state.rows.find(hash); found != state.rows.end()) return found->second;
  const hsize_t row = state.next;
  state.next += state.spec.chunk[0];
  std::vector<hsize_t> dims = state.spec.chunk, from(rank, 0);
  dims[0] = state.next;
  from[0] = row;
  must(H5Dset_extent(state.raw, dims.data()), "extent");
  const hid_t space = H5Dget_space(state.raw);
  const hid_t memory = H5Screate_simple(static_cast<int>(rank), count.data(), nullptr);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, from.data(), nullptr, count.data(), nullptr);
  must(H5Dwrite(state.raw, state.spec.type, memory, space, H5P_DEFAULT, box.data()), "chunk");
  H5Sclose(memory);
  H5Sclose(space);
  if (!flaws.skip_rows) append_row(state, hash, row, row + count[0]);
  state.rows[hash] = row;
  return row;
}

void VersionedFixture::commit(const std::string& name, const std::string& previous, const std::string& timestamp,
                              const std::map<std::string, FixtureArray>& arrays, bool committed) {
  const std::string base = "/_version_data/versions/" + name;
  const hid_t group = H5Gcreate2(file_, base.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  must(group, "version");
  const hid_t links = making_groups();
  for (const auto& [path, array] : arrays) {
    State& state = datasets_.at(path);
    const std::string raw_path = "/_version_data/" + path + "/raw_data";
    const std::vector<hsize_t>& chunk = state.spec.chunk;
    const std::size_t rank = chunk.size();
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (!state.spec.fill.empty()) H5Pset_fill_value(creation, state.spec.type, state.spec.fill.data());
    const hid_t target = H5Screate_simple(static_cast<int>(rank), array.shape.data(), nullptr);
    std::vector<hsize_t> at(rank, 0);
    bool any = !array.bytes.empty();
    const auto map = [&](const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, hsize_t row) {
      std::vector<hsize_t> source_dims = chunk, from(rank, 0);
      from[0] = row + (flaws.mapping_outside ? 1000 : 0);
      source_dims[0] = state.next + (flaws.mapping_outside ? 2000 : 0);
      const hid_t source = H5Screate_simple(static_cast<int>(rank), source_dims.data(), nullptr);
      H5Sselect_hyperslab(source, H5S_SELECT_SET, from.data(), nullptr, count.data(), nullptr);
      H5Sselect_hyperslab(target, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
      must(H5Pset_virtual(creation, target, ".", raw_path.c_str(), source), "mapping");
      H5Sclose(source);
    };
    hsize_t first_row = 0;
    while (any) {
      std::vector<hsize_t> count(rank);
      for (std::size_t axis = 0; axis < rank; ++axis) count[axis] = std::min(chunk[axis], array.shape[axis] - at[axis]);
      const hsize_t row = store_chunk(state, array, at, count);
      if (at[0] == 0) first_row = row;
      if (!flaws.merge_mappings) map(at, count, row);
      std::size_t axis = rank;
      while (axis > 0 && (at[axis - 1] += chunk[axis - 1]) >= array.shape[axis - 1]) at[--axis] = 0;
      if (axis == 0) break;
    }
    if (flaws.merge_mappings && any) map(std::vector<hsize_t>(rank, 0), array.shape, first_row);
    H5Sselect_all(target);
    const hid_t dataset =
        H5Dcreate2(file_, (base + "/" + path).c_str(), state.spec.type, target, links, creation, H5P_DEFAULT);
    must(dataset, "version dataset");
    put_text(dataset, "raw_data", raw_path);
    put_chunks(dataset, chunk);
    H5Dclose(dataset);
    H5Sclose(target);
    H5Pclose(creation);
  }
  put_text(group, "prev_version", previous);
  put_text(group, "timestamp", timestamp);
  const hid_t boolean = H5Tenum_create(H5T_STD_I8LE), scalar = H5Screate(H5S_SCALAR);
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(boolean, "FALSE", &no);
  H5Tenum_insert(boolean, "TRUE", &yes);
  put_attribute(group, "committed", boolean, scalar, committed ? &yes : &no);
  H5Sclose(scalar);
  H5Tclose(boolean);
  H5Pclose(links);
  H5Gclose(group);
  set_current(name);
}

std::vector<std::byte> VersionedFixture::image() {
  for (auto& [path, state] : datasets_) {
    H5Dclose(state.raw);
    H5Dclose(state.table);
    state.raw = state.table = H5I_INVALID_HID;
  }
  driver_.check(H5Fclose(file_), "close");
  file_ = H5I_INVALID_HID;
  return memory_.bytes();
}

std::vector<std::byte> small_versioned_file(bool latest) {
  VersionedFixture fixture(latest);
  const std::int32_t seven = 7;
  const auto fill = std::as_bytes(std::span(&seven, 1));
  fixture.declare("x", {H5T_NATIVE_INT32, {4}, {fill.begin(), fill.end()}, {}});
  fixture.declare("group/m", {H5T_NATIVE_DOUBLE, {2, 3}, {}, [](hid_t creation) { H5Pset_deflate(creation, 6); }});
  const std::vector<double> m{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  fixture.commit("r1", "__first_version__", "2024-01-01 00:00:00.000000+0000",
                 {{"x", FixtureArray::of<std::int32_t>({10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})},
                  {"group/m", FixtureArray::of<double>({3, 5}, m)}});
  fixture.commit("r2", "r1", "2024-01-02 00:00:00.000000+0000",
                 {{"x", FixtureArray::of<std::int32_t>({11}, {0, 1, 2, 3, 4, 99, 6, 7, 8, 9, 7})},
                  {"group/m", FixtureArray::of<double>({3, 5}, m)}});
  fixture.commit("side", "r1", "2024-01-03 00:00:00.500000+0000", {{"x", FixtureArray::of<std::int32_t>({0}, {})}});
  fixture.set_current("r2");
  return fixture.image();
}

}  // namespace chunkmark::versioned
