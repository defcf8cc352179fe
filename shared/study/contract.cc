#include "study/contract.h"

#include <algorithm>

#include "record/bounds.h"

namespace chunkmark::study {

std::optional<bool> zero(const record::CopyRow& row) {
  const record::Bounds& bounds = record::bounds();
  const figures::CopyFigures& figures = row.figures;
  const bool moved = row.codec == "none" && figures.moved_user > bounds.moved_uncompressed;
  if (figures.extra_copies > 0 || figures.file_growth_bytes >= bounds.file_growth_bytes || moved) return false;
  const bool is_known = figures.extra_copies && figures.file_growth_bytes && figures.moved_user;
  if (!is_known || !row.slope || !figures.array_seen) return std::nullopt;
  return *row.slope < bounds.slope;
}

CopyCase four_times(CopyCase copy_case) {
  const std::uint64_t factor = copy_case.shape.size() == 1 ? 4 : 2;
  for (std::size_t i = 0; i < copy_case.shape.size() && i < 2; ++i) {
    copy_case.shape[i] *= factor;
    copy_case.chunk_shape[i] *= factor;
    if (!copy_case.shard_shape.empty()) copy_case.shard_shape[i] *= factor;
  }
  return copy_case;
}

std::optional<double> slope(const figures::CopyFigures& small, const figures::CopyFigures& large) {
  if (!small.extra_heap || !large.extra_heap) return std::nullopt;
  const auto extra_bytes = [](const figures::CopyFigures& of) {
    return *of.extra_heap * static_cast<double>(of.array_bytes);
  };
  return (extra_bytes(large) - extra_bytes(small)) / static_cast<double>(large.array_bytes - small.array_bytes);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace chunkmark::study
