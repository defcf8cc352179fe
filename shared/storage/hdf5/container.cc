#include "storage/hdf5/container.h"

#include <algorithm>
#include <cstring>

#include "storage/hdf5/cache_image.h"
#include "storage/hdf5/checksum.h"
#include "storage/hdf5/member_files.h"

namespace chunkmark::hdf5 {

namespace {

// A page holds a commit's headers and heap; 64 of them are the cache: 1 MiB, whatever the file's size.
constexpr std::uint64_t kPageBytes = 16384;
constexpr std::uint64_t kPages = 64;
// Of an object's header with what stands behind it: the HDF5 library gives metadata out in blocks of 2 KiB.
constexpr std::uint64_t kHeaderBytes = 2048;

constexpr unsigned kOpenForWriting = 1 | 4;  // the latter beside readers (SWMR)

constexpr std::size_t kMaxNotices = 100;

constexpr std::string_view kSignature{"\x89HDF\r\n\x1a\n", 8};
constexpr std::string_view kWhat = "superblock";

bool is_width(unsigned width) {
  return width == 2 || width == 4 || width == 8;
}

}  // namespace

Container::Container(const bytes::RandomAccess& file, const OtherFiles* others)
    : file_(&file), others_(others), size_(file.size()), pages_(kPages) {
  parse_superblock();
  const Spread spread = spread_of(*this);
  if (std::max(end_, spread.end) > file.size()) {
    if (spread.driver == kMultiDriver)
      unsupported(file.name(), "the first of the files of the split or multi driver, of which others are missing");
    if (spread.driver == kFamilyDriver)
      unsupported(file.name(), "the first of a family of files, of which others are missing");
    corrupt(file.name(), "truncated: the superblock says " + std::to_string(end_) + " bytes, the file has " +
                             std::to_string(file.size()));
  }
  if (consistency_flags_ & kOpenForWriting) {
    note(file.name() + ": its writer did not close it, or still writes: what it had not written yet is not there");
  }
  imaged_ = apply_cache_image(*this);
  if (imaged_) {
    file_ = imaged_.get();
    for (Page& page : pages_) page.number = kUndefined;
  }
}

Container::Container(const bytes::RandomAccess& file, Part)
    : file_(&file), others_(nullptr), size_(file.size()), pages_(kPages) {
  parse_superblock();
}

void Container::note(const std::string& notice) const {
  if (notices_.size() < kMaxNotices && std::find(notices_.begin(), notices_.end(), notice) == notices_.end()) {
    notices_.push_back(notice);
  }
}

void Container::forget() {
  size_ = file_->size() - base_;
  for (Page& page : pages_) page.number = kUndefined;
}

void Container::fetch(std::uint64_t offset, MutableByteView into) const {
  const ByteView borrowed = file_->view(offset, into.size());
  if (borrowed.size() == into.size()) {
    std::memcpy(into.data(), borrowed.data(), into.size());
  } else {
    read_cached(offset, into);
  }
}

void Container::parse_superblock() {
  std::byte start[8];
  std::uint64_t offset = 0;
  for (;; offset = offset == 0 ? 512 : offset * 2) {
    if (offset + 8 > file_->size())
      corrupt(file_->name(),
              "not an HDF5 file: expected the signature \\x89HDF at byte 0, 512, 1024, .., found it nowhere in " +
                  std::to_string(file_->size()) + " bytes");
    fetch(offset, start);
    if (as_text(start) == kSignature) break;
  }
  superblock_offset_ = base_ = offset;
  // The longest superblock (version 1, 8-byte addresses) with its root entry has 100 bytes.
  std::vector<std::byte> bytes(std::min<std::uint64_t>(128, file_->size() - offset));
  fetch(offset, bytes);

  Cursor first(bytes, kWhat);
  first.skip(8);
  version_ = first.u8();
  if (version_ > 3) unsupported(kWhat, "version " + std::to_string(version_) + ", this program knows 0 to 3");
  if (version_ < 2) {
    first.skip(4);
    widths_ = {first.u8(), first.u8()};
  } else {
    widths_ = {first.u8(), first.u8()};
  }
  if (!is_width(widths_.offset) || !is_width(widths_.length)) {
    corrupt(kWhat, "addresses of " + std::to_string(widths_.offset) + " and lengths of " +
                       std::to_string(widths_.length) + " bytes, expected 2, 4 or 8");
  }
  Cursor cursor(bytes, kWhat, widths_);
  if (version_ < 2) {
    cursor.skip(16);
    group_leaf_k_ = cursor.u16();
    group_tree_k_ = cursor.u16();
    cursor.skip(4);
    if (version_ == 1) {
      chunk_tree_k_ = cursor.u16();
      cursor.skip(2);
    }
    cursor.address();  // the base address says where the superblock was found, or is wrong
    cursor.address();
    end_ = cursor.address();
    driver_address_ = cursor.address();
    cursor.skip(widths_.offset);  // the root group's name
    root_header_ = cursor.address();
  } else {
    cursor.skip(11);
    consistency_flags_ = cursor.u8();
    cursor.address();
    extension_header_ = cursor.address();
    end_ = cursor.address();
    root_header_ = cursor.address();
    const std::size_t covered = cursor.position();
    if (cursor.u32() != lookup3(ByteView(bytes).first(covered))) corrupt(kWhat, "checksum does not match");
  }
  size_ = file_->size() - base_;
}

void Container::check(std::uint64_t address, std::uint64_t size, std::string_view what) const {
  if (address > size_ || size > size_ - address) {
    corrupt(what, address == kUndefined ? "its address is undefined"
                                        : std::to_string(size) + " bytes at address " + std::to_string(address) +
                                              ", the file has " + std::to_string(size_));
  }
}

void Container::read_cached(std::uint64_t offset, MutableByteView into) const {
  while (!into.empty()) {
    const std::uint64_t number = offset / kPageBytes;
    Page& page = pages_[number % kPages];
    if (page.number != number) {
      page.number = kUndefined;
      const std::uint64_t start = number * kPageBytes;
      page.bytes.resize(std::min(kPageBytes, file_->size() - start));
      file_->read_at(start, page.bytes);
      page.number = number;
    }
    const std::uint64_t in_page = offset % kPageBytes;
    const std::size_t count = std::min<std::uint64_t>(into.size(), page.bytes.size() - in_page);
    std::memcpy(into.data(), page.bytes.data() + in_page, count);
    into = into.subspan(count);
    offset += count;
  }
}

Block Container::read(std::uint64_t address, std::uint64_t size, std::string_view what) const {
  check(address, size, what);
  const ByteView borrowed = file_->view(base_ + address, size);
  if (borrowed.size() == size) return Block(borrowed);
  std::unique_ptr<std::byte[]> owned(new std::byte[in_memory(size, what)]);
  const MutableByteView into(owned.get(), size);
  if (size > kPageBytes) {
    file_->read_at(base_ + address, into);
  } else {
    read_cached(base_ + address, into);
  }
  return Block(std::move(owned), size);
}

void Container::prefetch_headers(std::span<const std::uint64_t> addresses) const {
  std::vector<bytes::Extent> parts;
  for (const std::uint64_t address : addresses) {
    if (address <= size_) parts.push_back({base_ + address, kHeaderBytes});
  }
  file_->prefetch(parts);
}

void Container::read_data(std::uint64_t address, MutableByteView into, std::string_view what) const {
  check(address, into.size(), what);
  file_->read_at(base_ + address, into);
}

void Container::read_data(std::uint64_t address, std::span<const MutableByteView> runs) const {
  file_->read_at(base_ + address, runs);
}

ByteView Container::view_data(std::uint64_t address, std::uint64_t size, std::string_view what) const {
  check(address, size, what);
  return file_->view(base_ + address, size);
}

}  // namespace chunkmark::hdf5
