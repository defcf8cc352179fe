// Writes an HDF5 file without versions, by the library: plain_file PATH [sparse|many|orders]
//
// Sparse: 6 GB, of which nearly all is a hole, with elements in the datasets before and behind it. Many: 100
// groups with two chunked datasets each, and elements between them. Orders: "little" and "big", 1.6 MB of the same
// integers in either order of their bytes.
#include <hdf5.h>

#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace {

int write_sparse(const char* path) {
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  herr_t written = 0;
  for (const char* name : {"first", "hole", "last"}) {
    const bool hole = name[0] == 'h';
    const hsize_t count[] = {hole ? hsize_t{6} << 30 : 1000};
    const hid_t space = H5Screate_simple(1, count, nullptr);
    const hid_t dataset =
        H5Dcreate2(file, name, hole ? H5T_STD_U8LE : H5T_STD_I32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    int values[1000];
    for (int i = 0; i < 1000; ++i) values[i] = name[0] + i;
    if (!hole) written |= H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset);
    H5Sclose(space);
  }
  H5Pclose(creation);
  return written >= 0 && H5Fclose(file) >= 0 ? 0 : 1;
}

// What says where elements lie is between the elements, as when a file is written group by group.
int write_many(const char* path) {
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t count[] = {5000}, chunk[] = {100};
  H5Pset_chunk(creation, 1, chunk);
  const hid_t space = H5Screate_simple(1, count, nullptr), scalar = H5Screate(H5S_SCALAR);
  int values[5000];
  for (int i = 0; i < 5000; ++i) values[i] = i;
  herr_t written = 0;
  for (int number = 0; number < 100; ++number) {
    const std::string name = "group" + std::to_string(number);
    const hid_t group = H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (const char* of : {"x", "y"}) {
      const hid_t dataset = H5Dcreate2(group, of, H5T_STD_I32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
      written |= H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
      const hid_t unit = H5Acreate2(dataset, "unit", H5T_STD_I32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
      written |= H5Awrite(unit, H5T_NATIVE_INT, &number);
      H5Aclose(unit);
      H5Dclose(dataset);
    }
    H5Gclose(group);
  }
  H5Sclose(scalar);
  H5Sclose(space);
  H5Pclose(creation);
  return written >= 0 && H5Fclose(file) >= 0 ? 0 : 1;
}

void write_dataset(hid_t file, const char* name, hid_t type, hid_t space, const void* elements) {
  const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements);
  H5Dclose(dataset);
}

int write_orders(const char* path) {
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  std::vector<int> values(400'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(i);
  const hsize_t count[] = {values.size()};
  const hid_t space = H5Screate_simple(1, count, nullptr);
  herr_t written = 0;
  for (const char* name : {"little", "big"}) {
    const hid_t type = name[0] == 'b' ? H5T_STD_I32BE : H5T_STD_I32LE;
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    written |= H5Dwrite(dataset, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(dataset);
  }
  H5Sclose(space);
  return written >= 0 && H5Fclose(file) >= 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    const std::string_view kind = argv[2];
    return kind == "many" ? write_many(argv[1]) : kind == "orders" ? write_orders(argv[1]) : write_sparse(argv[1]);
  }
  if (argc != 2) return 2;
  const hid_t file = H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t dims[] = {4, 6}, chunk[] = {2, 4};
  const hid_t space = H5Screate_simple(2, dims, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 2, chunk);
  H5Pset_deflate(creation, 1);
  int values[24];
  for (int i = 0; i < 24; ++i) values[i] = i;
  const hid_t x = H5Dcreate2(group, "x", H5T_STD_I32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  const herr_t written = H5Dwrite(x, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  const hid_t scalar = H5Screate(H5S_SCALAR);
  const hid_t unit = H5Acreate2(x, "unit", H5T_STD_I32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(unit, H5T_NATIVE_INT, values + 7);
  const hid_t none = H5Screate(H5S_NULL);
  H5Dclose(H5Dcreate2(file, "none", H5T_STD_I32LE, none, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  const hsize_t two[] = {2};
  const hid_t pair = H5Screate_simple(1, two, nullptr), sequence = H5Tvlen_create(H5T_STD_I32LE);
  const hvl_t sequences[] = {{3, values}, {0, nullptr}};
  const hid_t lists = H5Dcreate2(file, "lists", sequence, pair, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(lists, sequence, H5S_ALL, H5S_ALL, H5P_DEFAULT, sequences);
  H5Dclose(lists);
  const hid_t color = H5Tenum_create(H5T_STD_I8LE), row = H5Tcreate(H5T_COMPOUND, 12);
  const signed char red = 0, green = -1;
  H5Tenum_insert(color, "RED", &red);
  H5Tenum_insert(color, "GREEN", &green);
  H5Tinsert(row, "id", 0, H5T_STD_I32LE);
  H5Tinsert(row, "value", 4, H5T_IEEE_F64LE);
  const signed char colors[] = {red, green};
  write_dataset(file, "colors", color, pair, colors);
  char rows[24];
  const double numbers[] = {2.5, -1};
  for (int i = 0; i < 2; ++i) {
    std::memcpy(rows + 12 * i, values + i, 4);
    std::memcpy(rows + 12 * i + 4, numbers + i, 8);
  }
  write_dataset(file, "rows", row, pair, rows);
  H5Tclose(color);
  H5Tclose(row);
  H5Lcreate_soft("/group/x", file, "same", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/group", file, "linked", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/gone", file, "nowhere", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external("other.h5", "/a", file, "outside", H5P_DEFAULT, H5P_DEFAULT);
  const hid_t number = H5Acreate2(file, "number", H5T_STD_I32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(number, H5T_NATIVE_INT, values + 9);
  H5Aclose(number);
  H5Sclose(pair);
  H5Tclose(sequence);
  H5Aclose(unit);
  H5Dclose(x);
  for (const hid_t object : {space, scalar, none}) H5Sclose(object);
  H5Pclose(creation);
  H5Gclose(group);
  return written >= 0 && H5Fclose(file) >= 0 ? 0 : 1;
}
