// CPU time of commits: versioned_commit_bench FILE grow|append|constant VERSIONS none|process_crash|power_loss
//
// Three float64 arrays of 5000 rows in chunks of 4096. Every version: grow changes 10 elements and appends 10 rows,
// append appends 1000 rows, constant changes 10 elements. Prints JSON: CPU milliseconds of each version, stage and
// commit.
//
// With `beside` as workload: constant, and a second file, FILE.young, of 50 versions. Once FILE has VERSIONS, both get
// 200 more in turn, so that a machine's mood meets both alike. Prints both lists of these.
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

// One new file with its writer.
class History {
 public:
  History(const std::string& path, const std::string& workload, bytes::Durability durability)
      : appended_(workload == "grow"     ? 10
                  : workload == "append" ? 1000
                                         : 0),
        changed_(workload == "append" ? 0 : 10),
        durability_(durability),
        file_(created(path)),
        library_(file_.journal()),
        engine_(file_.journal(), &library_),
        writer_(file_.journal(), engine_) {}

  // CPU milliseconds of each.
  std::vector<double> commit(int versions) {
    std::vector<double> times;
    for (int i = 0; i < versions; ++i) times.push_back(commit_one());
    return times;
  }

 private:
  static const std::string& created(const std::string& path) {
    os::write_file(path, as_text(new_versioned_file(0)));
    return path;
  }

  double commit_one() {
    constexpr std::uint64_t kRows = 5000;
    char name[32];
    std::snprintf(name, sizeof name, "r%06d", number_);
    const double start = cpu_ms();
    Stage stage = writer_.stage(name);
    for (const char* dataset : {"a", "b", "c"}) {
      if (number_ == 0) {
        DatasetOptions options;
        options.type = numpy_type_message("<f8");
        options.shape = {kRows};
        options.chunk = {4096};
        stage.create_dataset(dataset, options);
        edit(stage.dataset(dataset), 0, static_cast<int>(kRows), random_);
      } else {
        edit(stage.dataset(dataset), appended_, changed_, random_);
      }
    }
    writer_.commit(stage, {.time = number_++, .durability = durability_});
    return cpu_ms() - start;
  }

  std::uint64_t appended_;
  int changed_;
  bytes::Durability durability_;
  os::JournaledFile file_;
  hdf5_library::LibraryEngine library_;
  PatchEngine engine_;
  Writer writer_;
  std::mt19937_64 random_{1};
  int number_ = 0;
};

void print(const std::vector<double>& times) {
  for (std::size_t i = 0; i < times.size(); ++i) std::printf("%s%.4f", i == 0 ? "[" : ",", times[i]);
  std::printf("]");
}

void run(const std::string& path, const std::string& workload, int versions, bytes::Durability durability) {
  print(History(path, workload, durability).commit(versions));
  std::printf("\n");
}

void run_beside(const std::string& path, int versions, bytes::Durability durability) {
  History old(path, "constant", durability), young(path + ".young", "constant", durability);
  old.commit(versions);
  young.commit(50);
  std::vector<double> of_old, of_young;
  for (int i = 0; i < 200; ++i) {
    of_old.push_back(old.commit(1)[0]);
    of_young.push_back(young.commit(1)[0]);
  }
  std::printf("[");
  print(of_old);
  std::printf(",");
  print(of_young);
  std::printf("]\n");
}

}  // namespace
}  // namespace chunkmark::versioned

int main(int argc, char** argv) {
  const auto durability = argc == 5 ? chunkmark::bytes::parse_durability(argv[4]) : std::nullopt;
  if (!durability) return 2;
  try {
    const std::string path = argv[1], workload = argv[2];
    const int versions = std::atoi(argv[3]);
    if (workload == "beside") {
      chunkmark::versioned::run_beside(path, versions, *durability);
    } else {
      chunkmark::versioned::run(path, workload, versions, *durability);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "versioned_commit_bench: %s\n", error.what());
    return 1;
  }
}
