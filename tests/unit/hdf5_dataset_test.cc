// Chunks too large to be decoded whole, in files that the HDF5 library writes: read whole, in parts, into any memory.
#include <hdf5.h>

#include <cstring>

#include "native/os/file.h"
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

}  // namespace
}  // namespace chunkmark::hdf5
