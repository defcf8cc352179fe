#include "storage/hdf5/external_storage.h"

#include <algorithm>
#include <cstring>

#include "storage/hdf5/local_heap.h"
#include "storage/hdf5/other_files.h"

namespace chunkmark::hdf5 {

ExternalStorage::ExternalStorage(const Container& container, ByteView message, std::string name)
    : container_(container), name_(std::move(name)) {
  const Widths widths = container.widths();
  Cursor cursor(message, name_, widths);
  if (const unsigned version = cursor.u8(); version != 1)
    unsupported(name_, "external storage of version " + std::to_string(version) + ", expected 1");
  cursor.skip(3 + 2);
  const unsigned parts = cursor.u16();
  const LocalHeap names(container, cursor.address());
  const std::uint64_t unlimited = widths.length == 8 ? kUndefined : (std::uint64_t{1} << (8 * widths.length)) - 1;
  for (unsigned i = 0; i < parts; ++i) {
    Part part;
    part.file = names.text(cursor.length());
    part.offset = cursor.length();
    part.size = cursor.length();
    if (part.size == unlimited) part.size = kUndefined;
    if (__builtin_add_overflow(size_, part.size, &size_)) size_ = kUndefined;
    parts_.push_back(std::move(part));
  }
}

const bytes::RandomAccess& ExternalStorage::opened(std::size_t part) const {
  if (file_ && open_ == part) return *file_;
  const std::string& wanted = parts_[part].file;
  const std::string where = name_ + ": its elements lie in another file (external storage)";
  if (container_.others() == nullptr) unsupported(where, "\"" + wanted + "\", which cannot be reached from here");
  try {
    file_ = container_.others()->open(wanted);
  } catch (const Error& error) {
    throw Error(error.code(), where + ": " + error.what());
  }
  if (!file_) throw Error(ErrorCode::kNotFound, where + ": \"" + wanted + "\", which is not there");
  open_ = part;
  return *file_;
}

void ExternalStorage::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  bytes::check_range(name_, offset, bytes::total_bytes(runs), size_);
  for (const MutableByteView run : runs) {
    read_run(offset, run);
    offset += run.size();
  }
}

void ExternalStorage::read_run(std::uint64_t offset, MutableByteView run) const {
  for (std::size_t i = 0; i < parts_.size() && !run.empty(); ++i) {
    const Part& part = parts_[i];
    if (offset >= part.size) {
      offset -= part.size;
      continue;
    }
    const std::uint64_t wanted = std::min<std::uint64_t>(run.size(), part.size - offset);
    const bytes::RandomAccess& file = opened(i);
    std::uint64_t at = 0;
    if (__builtin_add_overflow(part.offset, offset, &at)) corrupt(name_, "a part that starts beyond every file");
    const std::uint64_t there = at < file.size() ? std::min(wanted, file.size() - at) : 0;
    if (there > 0) file.read_at(at, run.first(there));
    std::memset(run.data() + there, 0, wanted - there);
    run = run.subspan(wanted);
    offset = 0;
  }
}

}  // namespace chunkmark::hdf5
