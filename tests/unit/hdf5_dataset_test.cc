// Chunks too large to be decoded whole, in files that the HDF5 library writes: read whole, in parts, into any memory.
#include <hdf5.h>

#include <cstring>

#include "native/os/file.h"
#include "native/os/thread_executor.h"
#include "storage/array/box.h"
#include "storage/hdf5/chunk_stream.h"
#include "storage/hdf5/dataset.h"
#include "storage/hdf5/group.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::hdf5 {
namespace {

using array::Dest;
using array::Region;

constexpr hsize_t kRows = 700, kColumns = 600, kChunkRows = 500, kChunkColumns = 400;  // of 8 bytes: chunks of 1.6 MB

std::vector<std::int64_t> content() {
  std::vector<std::int64_t> values(kRows * kColumns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i * i % 1009);
  return values;
}

struct Settings {
  bool shuffle, gzip, checksum;
};

void write(const std::string& path, const Settings& settings, const std::vector<std::int64_t>& values) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t dims[] = {kRows, kColumns}, chunk[] = {kChunkRows, kChunkColumns};
  const hid_t space = H5Screate_simple(2, dims, nullptr), create = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(create, 2, chunk);
  if (settings.shuffle) H5Pset_shuffle(create);
  if (settings.gzip) H5Pset_deflate(create, 1);
  if (settings.checksum) H5Pset_fletcher32(create);
  const hid_t dataset = H5Dcreate2(file, "x", H5T_NATIVE_INT64, space, H5P_DEFAULT, create, H5P_DEFAULT);
  REQUIRE(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
  H5Dclose(dataset);
  H5Pclose(create);
  H5Sclose(space);
  H5Fclose(file);
}

TEST_CASE("chunks larger than what is decoded whole are read as the library wrote them") {
  static_assert(kChunkRows * kChunkColumns * 8 > kWholeChunkBytes);
  const TemporaryFolder folder;
  const std::vector<std::int64_t> values = content();
  const array::Shape shape{kRows, kColumns};
  const array::Source all =
      array::Source::dense(reinterpret_cast<const std::byte*>(values.data()), array::opaque(8), shape);
  for (const Settings& settings :
       {Settings{false, true, false}, Settings{true, true, false}, Settings{true, true, true},
        Settings{true, false, false}, Settings{false, false, true}}) {
    const std::string path = (folder.path() / "large.h5").string();
    write(path, settings, values);
    const os::File file(path);
    const Container container(file);
    std::uint64_t address = kUndefined;
    Group(container, container.root_header()).each([&](const Link& link) {
      address = link.address;
      return true;
    });
    Dataset dataset(container, address, "x");
    for (const Region& box : {array::whole(shape), Region{{0, 0}, {kChunkRows, kChunkColumns}},
                              Region{{490, 380}, {30, 100}}, Region{{699, 599}, {1, 1}}}) {
      CAPTURE(settings.shuffle, settings.gzip, settings.checksum, array::to_string(box));
      std::vector<std::byte> expected(array::element_count(box.shape) * 8), found(expected.size());
      array::copy_box(all.part(box), Dest::dense(expected.data(), array::opaque(8), box.shape));
      dataset.read(box, Dest::dense(found.data(), array::opaque(8), box.shape));
      CHECK((found == expected));
    }
    // All bytes of a chunk, as tools want them.
    std::vector<std::byte> chunk(dataset.chunk_bytes());
    const std::uint64_t first[] = {0, 0};
    dataset.decode_chunk(*dataset.chunks().find(first), chunk);
    CHECK(std::memcmp(chunk.data(), values.data(), kChunkColumns * 8) == 0);
  }
}

// What a box holds, and what is read of it: into dense memory and into columns, by one lane and by three.
void check_boxes(const std::string& path, std::uint64_t rows, std::uint64_t columns,
                 const std::vector<std::int64_t>& values) {
  const os::File file(path);
  const Container container(file);
  Dataset dataset(container, Group::find_path(container, "x").value(), "x");
  os::ThreadExecutor three(3);
  InlineExecutor one;
  const array::Shape shape{rows, columns};
  const array::Source all =
      array::Source::dense(reinterpret_cast<const std::byte*>(values.data()), array::opaque(8), shape);
  for (const Region& box : {array::whole(shape), Region{{3, 2}, {rows - 5, 1}}, Region{{1, 1}, {1, columns - 2}},
                            Region{{2, 7}, {rows - 3, columns - 70}}, Region{{rows, 0}, {0, columns}}}) {
    const std::size_t bytes = array::element_count(box.shape) * 8;
    for (const bool by_columns : {false, true}) {
      std::vector<std::byte> expected(bytes);
      Dest dest = Dest::dense(expected.data(), array::opaque(8), box.shape);
      if (by_columns) dest.strides = {8, static_cast<std::int64_t>(8 * box.shape[0])};
      array::copy_box(all.part(box), dest);
      for (Executor* executor : {static_cast<Executor*>(&three), static_cast<Executor*>(&one)}) {
        CAPTURE(array::to_string(box), by_columns, executor->width());
        std::vector<std::byte> found(bytes);
        dest.data = found.data();
        dataset.read(box, dest, *executor);
        CHECK((found == expected));
      }
    }
  }
}

TEST_CASE("boxes are read as stored, whatever the layout, the memory and the number of lanes") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "boxes.h5").string();
  struct Stored {
    hsize_t rows, columns, chunk[2];  // no chunk: contiguous
    bool gzip;
  };
  for (const Stored& stored :
       {Stored{700, 600, {0, 0}, false}, Stored{700, 600, {90, 100}, false}, Stored{90, 80, {7, 5}, false},
        Stored{3000, 90, {1, 90}, false}, Stored{700, 600, {64, 64}, true}, Stored{700, 600, {350, 600}, true}}) {
    CAPTURE(stored.rows, stored.columns, stored.chunk[0], stored.chunk[1], stored.gzip);
    std::vector<std::int64_t> values(stored.rows * stored.columns);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i * 2654435761u % 100003);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t dims[] = {stored.rows, stored.columns};
    const hid_t space = H5Screate_simple(2, dims, nullptr), create = H5Pcreate(H5P_DATASET_CREATE);
    if (stored.chunk[0] != 0) H5Pset_chunk(create, 2, stored.chunk);
    if (stored.gzip) H5Pset_deflate(create, 1);
    const hid_t dataset = H5Dcreate2(file, "x", H5T_NATIVE_INT64, space, H5P_DEFAULT, create, H5P_DEFAULT);
    REQUIRE(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    H5Dclose(dataset);
    H5Pclose(create);
    H5Sclose(space);
    H5Fclose(file);
    check_boxes(path, stored.rows, stored.columns, values);
  }
}

TEST_CASE("the chunk that is told as damaged does not depend on the number of lanes") {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "damaged.h5").string();
  write(path, {false, true, true}, content());
  std::vector<std::uint64_t> addresses;
  {
    const os::File file(path);
    const Container container(file);
    Dataset dataset(container, Group::find_path(container, "x").value(), "x");
    dataset.chunks().each([&](std::span<const std::uint64_t>, const ChunkRecord& record) {
      addresses.push_back(record.address);
      return true;
    });
  }
  REQUIRE(addresses.size() == 4);
  os::File file(path, os::File::Mode::kReadWrite);
  for (const std::size_t damaged : {1, 3}) {
    std::vector<std::byte> noise(64, std::byte{0xa5});
    file.write_at(addresses[damaged], ByteView(noise));
  }
  const Container container(file);
  Dataset dataset(container, Group::find_path(container, "x").value(), "x");
  const array::Shape shape{kRows, kColumns};
  std::vector<std::byte> found(kRows * kColumns * 8);
  for (const unsigned width : {1u, 4u}) {
    os::ThreadExecutor executor(width);
    std::string message;
    try {
      dataset.read(array::whole(shape), Dest::dense(found.data(), array::opaque(8), shape), executor);
    } catch (const Error& error) {
      message = error.what();
    }
    CAPTURE(width, message);
    CHECK(message.find("chunk at " + std::to_string(addresses[1])) != std::string::npos);
  }
}

}  // namespace
}  // namespace chunkmark::hdf5
