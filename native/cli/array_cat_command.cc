// chunkmark array cat: elements of an array, as text or as JSON, in bounded memory.
#include <algorithm>
#include <cstdio>

#include "base/value_text.h"
#include "native/cli/array_command.h"
#include "native/cli/region_text.h"
#include "storage/zarr/element_type.h"

namespace chunkmark::cli {
namespace {

struct Options {
  std::string url, region;
  unsigned threads = default_threads();
  bool json = false;
};

constexpr std::uint64_t kBlockBytes = 16 << 20;

// Elements in C order, with what goes between them: brackets in JSON; in text a line for each row of the last axis and
// an empty line between planes.
class Printer {
 public:
  Printer(const array::Shape& shape, json::value dtype, bool json)
      : shape_(shape), left_(shape), dtype_(std::move(dtype)), json_(json) {}

  void begin() {
    for (std::size_t i = 0; json_ && i < shape_.size(); ++i) std::putchar('[');
  }
  void element(const json::value& value) {
    if (!is_first_) separate();
    is_first_ = false;
    std::fputs((json_ ? json::serialize(value) : value_text(value, dtype_)).c_str(), stdout);
  }
  void end() {
    for (std::size_t i = 0; json_ && i < shape_.size(); ++i) std::putchar(']');
    if (json_ || !is_first_) std::putchar('\n');
  }

 private:
  // Between two elements: as many axes as are at their end begin again.
  void separate() {
    std::size_t ended = 0;
    while (ended < shape_.size() && --left_[shape_.size() - 1 - ended] == 0) {
      left_[shape_.size() - 1 - ended] = shape_[shape_.size() - 1 - ended];
      ++ended;
    }
    if (!json_) {
      std::fputs(ended == 0 ? " " : ended == 1 ? "\n" : "\n\n", stdout);
      return;
    }
    for (std::size_t i = 0; i < ended; ++i) std::putchar(']');
    std::putchar(',');
    for (std::size_t i = 0; i < ended; ++i) std::putchar('[');
  }

  array::Shape shape_, left_;
  json::value dtype_;
  bool json_, is_first_ = true;
};

// A part of `region` from `start` on, in whole rows of as many axes as fit, as long as C order allows.
array::Region next_block(const array::Region& region, const array::Shape& start, std::size_t item_bytes) {
  array::Region block{start, array::Shape(start.size(), 1)};
  std::uint64_t bytes = item_bytes;
  for (std::size_t axis = start.size(); axis-- > 0;) {
    const std::uint64_t left = region.start[axis] + region.shape[axis] - start[axis];
    block.shape[axis] = std::min(left, std::max<std::uint64_t>(1, kBlockBytes / bytes));
    if (block.shape[axis] < region.shape[axis]) break;
    bytes *= block.shape[axis];
  }
  return block;
}

int run_cat(const Options& options) {
  os::ThreadExecutor executor(options.threads);
  OpenedArray opened = open_array(options.url, executor);
  const zarr::ElementType type = opened.array->metadata().element_type();
  const array::DType dtype = type.dtype;
  const array::Region region = parse_region(options.region, opened.array->metadata().shape);
  Printer printer(region.shape, type_json_v2(type), options.json);
  printer.begin();
  std::vector<std::byte> bytes;
  array::Shape start = region.start;
  for (std::uint64_t left = array::element_count(region.shape); left > 0;) {
    const array::Region block = next_block(region, start, dtype.item_bytes);
    const std::uint64_t elements = array::element_count(block.shape);
    if (type.is_variable()) {
      for (const std::string& text : opened.array->read_strings(block)) {
        printer.element(element_json(type, as_byte_view(text)));
      }
    } else {
      bytes.resize(static_cast<std::size_t>(elements) * dtype.item_bytes);
      opened.array->read_into(block, array::Dest::dense(bytes.data(), dtype, block.shape));
      for (std::size_t at = 0; at < bytes.size(); at += dtype.item_bytes) {
        printer.element(element_json(type, ByteView(bytes).subspan(at, dtype.item_bytes)));
      }
    }
    left -= elements;
    for (std::size_t axis = start.size(); axis-- > 0;) {
      start[axis] += block.shape[axis];
      if (start[axis] < region.start[axis] + region.shape[axis]) break;
      start[axis] = region.start[axis];
    }
  }
  printer.end();
  return 0;
}

}  // namespace

void add_array_cat(CLI::App& array, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = array.add_subcommand("cat",
                                           "Prints elements: a line for each row, an empty line between planes.\n\n"
                                           "  chunkmark array cat data.zarr\n"
                                           "  chunkmark array cat data.zarr/t '[0:10,5]' --json");
  command->add_option("url", options->url, "Folder, or file://, s3://, http:// or https:// URL, of the array")
      ->required();
  command->add_option("region", options->region, "START:STOP or an index for each axis, with commas (default: all)");
  command->add_option("--threads", options->threads, "Threads that decode")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print lists in lists");
  command->callback([options, &run] { run = [options] { return run_cat(*options); }; });
}

}  // namespace chunkmark::cli
