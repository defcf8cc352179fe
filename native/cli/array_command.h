// The commands under `chunkmark array`, a file each; add_array_command (commands.h) puts them together.
#pragma once

#include <memory>
#include <optional>

#include "native/cli/commands.h"
#include "native/os/thread_executor.h"
#include "storage/store/store.h"
#include "storage/zarr/array.h"
#include "storage/zarr/array_facts.h"

namespace chunkmark::cli {

void add_array_info(CLI::App& array, Run& run);
void add_array_cat(CLI::App& array, Run& run);
void add_array_copy(CLI::App& array, Run& run);

// The lanes that a command works on when it is not told: the processors, at most 16.
unsigned default_threads();

// A Zarr array by the URL of its folder, with all that it borrows.
struct OpenedArray {
  std::unique_ptr<store::Store> store;
  std::optional<zarr::Array> array;
};
OpenedArray open_array(const std::string& url, Executor& executor);

// On standard error: what its document has otherwise than the specification.
void tell_warnings(const std::string& url, const zarr::ArrayMetadata& metadata);

// "bytes little, zstd (level 3), crc32c".
std::string codecs_text(const json::array& codecs);

}  // namespace chunkmark::cli
