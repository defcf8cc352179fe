// A reader beside a writer, on a file of the disk: what it opened stays readable while commits go on, and a commit
// whose writer died is seen whole.
#include <fstream>

#include "native/os/journaled_file.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/datatypes.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/verify.h"
#include "storage/versioned/writer.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::versioned {
namespace {

void commit(Writer& writer, int number) {
  Stage stage = writer.stage("r" + std::to_string(number));
  if (number == 0) {
    DatasetOptions options;
    options.type = numpy_type_message("<i4");
    options.shape = {1};
    options.chunk = {1};
    stage.create_dataset("x", options);
  }
  StagedDataset& x = stage.dataset("x");
  x.resize({static_cast<std::uint64_t>(number + 1)});
  x.set<std::int32_t>({static_cast<std::uint64_t>(number)}, number + 1);
  writer.commit(stage, {.time = number, .durability = bytes::Durability::kProcessCrash});
}

std::vector<std::int32_t> expected(int number) {
  std::vector<std::int32_t> values;
  for (int i = 0; i <= number; ++i) values.push_back(i + 1);
  return values;
}

std::string new_file(const TemporaryFolder& folder) {
  const std::string path = folder.path() / "f.h5";
  const std::vector<std::byte> image = versioned::new_versioned_file(0);
  std::ofstream(path).write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
  return path;
}

TEST_CASE("a reader goes on while versions are committed") {
  const TemporaryFolder folder;
  const std::string path = new_file(folder);
  os::JournaledFile file(path);
  hdf5_library::LibraryEngine engine(file.journal());
  Writer writer(file.journal(), engine);
  commit(writer, 0);
  const os::SharedFile shared(path);
  VersionedFile reader(shared);
  const VersionDataset first = reader.open("r0").dataset("x");
  for (int number = 1; number < 150; ++number) {  // past the splits of nodes, which a stale cache would miss
    commit(writer, number);
    std::vector<std::int32_t> values(1);
    first.read(std::span(values));
    REQUIRE(values == expected(0));
    const VersionDataset newest = reader.open("r" + std::to_string(number)).dataset("x");
    values.resize(newest.count());
    newest.read(std::span(values));
    REQUIRE(values == expected(number));
  }
  CHECK(reader.versions().size() == 150);
}

TEST_CASE("one writer at a time; the journal goes with it") {
  const TemporaryFolder folder;
  const std::string path = new_file(folder);
  {
    os::JournaledFile file(path);
    CHECK(std::filesystem::exists(os::journal_path(path)));
    try {
      os::JournaledFile second(path, os::Milliseconds(20));
      FAIL("two writers");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::kConflict);
    }
  }
  CHECK(!std::filesystem::exists(os::journal_path(path)));
  os::JournaledFile third(path);
}

// Keeps the journal that a commit wrote, and the file as it was before it was put in place.
struct Halted final : bytes::JournalPlace {
  std::string path;
  explicit Halted(std::string of) : path(std::move(of)) {}
  std::unique_ptr<bytes::RandomAccess> open() override { return nullptr; }
  std::unique_ptr<bytes::RandomAccess> create() override {
    return std::make_unique<os::File>(os::journal_path(path), os::File::Mode::kCreate);
  }
  void remove() override {}
  void without_readers(const std::function<void()>&) override { throw Error(ErrorCode::kIo, "the writer died"); }
};

TEST_CASE("a commit that is not in place yet is seen by readers, and put in place by the next writer") {
  const TemporaryFolder folder;
  const std::string path = new_file(folder);
  {
    os::File file(path, os::File::Mode::kReadWrite);
    Halted place(path);
    bytes::Journal journal(file, place);
    hdf5_library::LibraryEngine engine(journal);
    Writer writer(journal, engine);
    CHECK_THROWS_AS(commit(writer, 0), Error);
    CHECK_THROWS_AS(writer.stage("r1"), Error);  // it must be opened again
  }
  for (const bool by_writer : {false, true}) {
    if (by_writer) CHECK(os::JournaledFile(path).recovery() == bytes::Journal::Recovery::kReplayed);
    const os::SharedFile shared(path);
    VersionedFile reader(shared);
    CHECK(reader.current_name() == "r0");
    CHECK(verify(reader).sound());
    std::vector<std::int32_t> values(1);
    reader.current().dataset("x").read(std::span(values));
    CHECK(values == expected(0));
  }
  CHECK(!std::filesystem::exists(os::journal_path(path)));
}

}  // namespace
}  // namespace chunkmark::versioned
