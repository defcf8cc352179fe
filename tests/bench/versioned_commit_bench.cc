// CPU time of commits: versioned_commit_bench FILE grow|append|constant VERSIONS none|process_crash|power_loss
//
// Three float64 arrays of 5000 rows in chunks of 4096. Every version: grow changes 10 elements and appends 10 rows,
// append appends 1000 rows, constant changes 10 elements. Prints JSON: CPU milliseconds of each version, stage and
// commit.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "base/error.h"
#include "native/os/files.h"
#include "native/os/journaled_file.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/datatypes.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/writer.h"

namespace chunkmark::versioned {
namespace {

double cpu_ms() {
  timespec now = {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

void edit(StagedDataset& dataset, std::uint64_t appended, int changed, std::mt19937_64& random) {
  for (int i = 0; i < changed; ++i) {
    dataset.set<double>({random() % dataset.shape()[0]}, static_cast<double>(random() % 1000000));
  }
  if (appended == 0) return;
  const std::uint64_t rows = dataset.shape()[0];
  dataset.resize({rows + appended});
  std::vector<double> values(appended);
  for (double& value : values) value = static_cast<double>(random() % 1000000);
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  dataset.write({{rows}, {appended}}, array::Source::dense(bytes, dataset.dtype(), {appended}));
}

void run(const std::string& path, const std::string& workload, int versions, bytes::Durability durability) {
  constexpr std::uint64_t kRows = 5000;
  const std::uint64_t appended = workload == "grow" ? 10 : workload == "append" ? 1000 : 0;
  const int changed = workload == "append" ? 0 : 10;
  const std::vector<std::byte> image = versioned::new_versioned_file(0);
  os::write_file(path, as_text(image));
  os::JournaledFile file(path);
  hdf5_library::LibraryEngine library(file.journal());
  PatchEngine engine(file.journal(), &library);
  Writer writer(file.journal(), engine);
  std::mt19937_64 random(1);
  std::printf("[");
  for (int number = 0; number < versions; ++number) {
    char name[32];
    std::snprintf(name, sizeof name, "r%06d", number);
    const double start = cpu_ms();
    Stage stage = writer.stage(name);
    for (const char* dataset : {"a", "b", "c"}) {
      if (number == 0) {
        DatasetOptions options;
        options.type = numpy_type_message("<f8");
        options.shape = {kRows};
        options.chunk = {4096};
        stage.create_dataset(dataset, options);
        edit(stage.dataset(dataset), 0, static_cast<int>(kRows), random);
      } else {
        edit(stage.dataset(dataset), appended, changed, random);
      }
    }
    writer.commit(stage, {.time = number, .durability = durability});
    std::printf("%s%.4f", number == 0 ? "" : ",", cpu_ms() - start);
  }
  std::printf("]\n");
}

}  // namespace
}  // namespace chunkmark::versioned

int main(int argc, char** argv) {
  const auto durability = argc == 5 ? chunkmark::bytes::parse_durability(argv[4]) : std::nullopt;
  if (!durability) return 2;
  try {
    chunkmark::versioned::run(argv[1], argv[2], std::atoi(argv[3]), *durability);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "versioned_commit_bench: %s\n", error.what());
    return 1;
  }
}
