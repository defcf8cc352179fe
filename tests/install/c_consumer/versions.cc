// Versioned HDF5 files from C++ through the C interface: versions FILE. Two versions of one dataset, both read.
#include <chunkmark.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Free {
  void operator()(chunkmark_array* array) const { chunkmark_array_free(array); }
  void operator()(chunkmark_file* file) const { chunkmark_file_free(file); }
  void operator()(chunkmark_stage* stage) const { chunkmark_stage_free(stage); }
  void operator()(char* text) const { chunkmark_text_free(text); }
};
template <typename T>
using Handle = std::unique_ptr<T, Free>;

void must(chunkmark_status status) {
  if (status != CHUNKMARK_OK) throw std::runtime_error(chunkmark_error());
}

// result<chunkmark_array>(chunkmark_file_dataset, file, "r1", "x"): what the last argument receives.
template <typename T, typename Function, typename... Words>
Handle<T> result(Function* function, Words... words) {
  T* handle = nullptr;
  must(function(words..., &handle));
  return Handle<T>(handle);
}

std::vector<double> read(chunkmark_file* file, const char* version) {
  const auto dataset = result<chunkmark_array>(chunkmark_file_dataset, file, version, "group/x");
  std::vector<double> values(chunkmark_array_shape(dataset.get())[0]);
  must(chunkmark_array_read(dataset.get(), nullptr, nullptr, values.data(), nullptr));
  return values;
}

void run(const char* path) {
  const auto file = result<chunkmark_file>(chunkmark_file_create, path);
  auto stage = result<chunkmark_stage>(chunkmark_file_stage, file.get(), "r1", "");
  auto x = result<chunkmark_array>(chunkmark_stage_create_dataset, stage.get(), "group/x",
                                   R"({"shape": [5], "dtype": "<f8", "chunks": [4]})");
  const std::vector<double> first{0, 1, 2, 3, 4};
  must(chunkmark_array_write(x.get(), nullptr, nullptr, first.data(), nullptr));
  must(chunkmark_stage_commit(stage.get(), R"({"message": "the first"})", nullptr));

  stage = result<chunkmark_stage>(chunkmark_file_stage, file.get(), "r2", "");
  x = result<chunkmark_array>(chunkmark_stage_dataset, stage.get(), "group/x");
  const std::uint64_t longer = 6, position = 5;
  const double last = 42;
  must(chunkmark_array_resize(x.get(), &longer));
  must(chunkmark_array_write_elements(x.get(), 1, &position, &last));
  const auto summary = result<char>(chunkmark_stage_commit, stage.get(), "");

  if (read(file.get(), "r1") != first || read(file.get(), nullptr) != std::vector<double>{0, 1, 2, 3, 4, 42}) {
    throw std::runtime_error("the versions are not as written");
  }
  if (chunkmark_array_read(x.get(), nullptr, nullptr, nullptr, nullptr) != CHUNKMARK_INVALID_ARGUMENT) {
    throw std::runtime_error("a stage lives on after its commit");
  }
  std::printf("%s\n%s\n", summary.get(), chunkmark_error());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    run(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
