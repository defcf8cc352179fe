// A program of another project: consumer ARRAY MISSING_FILE
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "base/error.h"
#include "native/os/file.h"
#include "native/store/local_store.h"
#include "storage/codec/registry.h"
#include "storage/versioned/versioned_file.h"
#include "storage/zarr/array.h"

int main(int argc, char** argv) {
  using namespace chunkmark;
  if (argc != 3) return 2;
  zarr::ArrayMetadata metadata;
  metadata.shape = metadata.chunk_shape = {3, 4};
  metadata.dtype = {array::Kind::kFloat, 4};
  metadata.chain.codecs = codec::default_codecs("blosc", metadata.dtype);
  store::LocalStore store(argv[1], bytes::Durability::kNone);
  InlineExecutor executor;
  const std::vector<float> data{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  std::vector<float> back(data.size());
  const auto* from = reinterpret_cast<const std::byte*>(data.data());
  auto* to = reinterpret_cast<std::byte*>(back.data());
  zarr::Array::create(store, "", metadata, executor).write(array::Source::dense(from, metadata.dtype, metadata.shape));
  zarr::Array::open(store, "", executor).read_into(array::Dest::dense(to, metadata.dtype, metadata.shape));
  if (back != data) return 1;
  std::printf("%zu elements back\n", back.size());
  try {
    os::File file(argv[2]);
    versioned::VersionedFile versions(file);
    return 1;
  } catch (const Error& error) {
    std::printf("%s: %s\n", std::string(error_code_name(error.code())).c_str(), error.what());
  }
}
