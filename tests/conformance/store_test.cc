// The store suite on every store there is, and what arrays make of a store that fails.
#include <filesystem>

#include "conformance/store_suite.h"
#include "native/store/local_store.h"
#include "storage/codec/checksum.h"
#include "storage/codec/registry.h"
#include "storage/store/faulty_store.h"
#include "storage/store/memory_store.h"
#include "storage/zarr/array.h"
#include "unit/temporary_folder.h"

namespace chunkmark::store {
namespace {

TEST_CASE("memory store") {
  run_store_suite([] { return std::make_unique<MemoryStore>(); });
}

TEST_CASE("local store") {
  const TemporaryFolder folder;
  int made = 0;
  for (const bytes::Durability durability : {bytes::Durability::kNone, bytes::Durability::kPowerLoss}) {
    run_store_suite(
        [&] { return std::make_unique<LocalStore>(folder.path() / std::to_string(made++) / "deep", durability); });
  }
}

TEST_CASE("a store behind a healthy decorator") {
  std::unique_ptr<MemoryStore> memory;
  run_store_suite([&] {
    memory = std::make_unique<MemoryStore>();
    return std::make_unique<FaultyStore>(*memory);
  });
}

TEST_CASE("a local store leaves no temporary files, whether sinks commit or not") {
  const TemporaryFolder folder;
  LocalStore store(folder.path(), bytes::Durability::kNone);
  write_text(store, "a", "x");
  store.create("a", std::nullopt)->append(as_byte_view("y"));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  CHECK(names == std::vector<std::string>{"a"});
}

TEST_CASE("a local store does not show files that others are writing") {
  const TemporaryFolder folder;
  LocalStore store(folder.path(), bytes::Durability::kNone);
  write_text(store, "a", "x");
  const auto sink = store.create("b", std::nullopt);
  CHECK(store.list("") == std::vector<std::string>{"a"});
}

// Every call fails in turn, once and for good; afterwards the array is the old one or the new one, chunk by chunk, and
// with the fault gone the write succeeds.
TEST_CASE("a write that fails at any call leaves whole chunks, old or new") {
  using array::Dest;
  using array::Source;
  constexpr array::DType kUInt8{array::Kind::kUInt, 1};
  for (const char* compressor : {"none", "blosc", "zstd", "gzip"}) {
    for (const bool sticky : {false, true}) {
      for (const bool local : {false, true}) {
        CAPTURE(compressor, sticky, local);
        const TemporaryFolder folder;
        MemoryStore memory;
        LocalStore files(folder.path(), bytes::Durability::kNone);
        FaultyStore store(local ? static_cast<Store&>(files) : memory);
        InlineExecutor executor;
        zarr::ArrayMetadata metadata;
        metadata.dtype = kUInt8;
        metadata.shape = {100};
        metadata.chunk_shape = {30};
        metadata.chain.codecs = codec::default_codecs(compressor, kUInt8);
        metadata.chain.codecs.push_back(std::make_shared<codec::ChecksumCodec>());
        zarr::Array array = zarr::Array::create(store, "", metadata, executor);
        std::vector<std::byte> now(100, std::byte{1});
        array.write(Source::dense(now.data(), kUInt8, {100}));
        int failures = 0;
        for (std::uint64_t n = 0;; ++n) {
          REQUIRE(n < 1000);
          const std::vector<std::byte> next(90, static_cast<std::byte>(n + 2));
          store.fail_at(n, sticky);
          bool failed = false;
          try {
            array.write({{5}, {90}}, Source::dense(next.data(), kUInt8, {90}));
          } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::kIo);
            failed = true;
            ++failures;
          }
          store.heal();
          std::vector<std::byte> found(100);
          array.read_into(Dest::dense(found.data(), kUInt8, {100}));
          for (const auto& [begin, end] : {std::pair{0, 30}, {30, 60}, {60, 90}, {90, 100}}) {
            const auto same = [&](int i) { return found[i] == (i >= 5 && i < 95 ? next[0] : now[i]); };
            bool all_old = true;
            bool all_new = true;
            for (int i = begin; i < end; ++i) {
              all_old = all_old && found[i] == now[i];
              all_new = all_new && same(i);
            }
            CHECK((all_old || all_new));
            if (!failed) CHECK(all_new);
          }
          now = found;
          if (!failed) break;
        }
        CHECK(failures > 10);
      }
    }
  }
}

TEST_CASE("a read that fails at any call says so") {
  constexpr array::DType kUInt8{array::Kind::kUInt, 1};
  for (const char* compressor : {"none", "blosc", "zstd", "gzip"}) {
    MemoryStore memory;
    FaultyStore store(memory);
    InlineExecutor executor;
    zarr::ArrayMetadata metadata;
    metadata.dtype = kUInt8;
    metadata.shape = metadata.chunk_shape = {5000000};
    metadata.chain.codecs = codec::default_codecs(compressor, kUInt8);
    std::vector<std::byte> data(5000000, std::byte{3});
    zarr::Array array = zarr::Array::create(store, "", metadata, executor);
    array.write(array::Source::dense(data.data(), kUInt8, {5000000}));
    std::uint64_t n = 0;
    for (bool failed = true; failed; ++n) {
      store.fail_at(n, false);
      failed = false;
      try {
        array.read_into(array::Dest::dense(data.data(), kUInt8, {5000000}));
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kIo);
        failed = true;
      }
    }
    CHECK(n > 2);
  }
}

}  // namespace
}  // namespace chunkmark::store
