// Chunk indexes that number the chunks and keep one element a number: single chunk, implicit, fixed array and
// extensible array (one unlimited axis: what raw_data is in "latest" files).
#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <vector>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/chunk_index.h"

namespace chunkmark::hdf5 {

namespace {

// Numbers chunks in row-major order; with one unlimited axis, as if that axis came first.
class ArrayIndex : public ChunkIndex {
 public:
  ArrayIndex(const Container& container, const Layout& layout, ChunkedShape shape)
      : container_(container),
        shape_(std::move(shape)),
        address_(layout.address),
        size_width_(stored_size_width(layout, shape_.chunk_bytes, container.widths())) {
    const std::size_t rank = shape_.chunk.size();
    for (std::size_t axis = 0; axis < rank; ++axis) order_.push_back(axis);
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (shape_.max_dims[axis] == kUndefined)
        std::rotate(order_.begin(), order_.begin() + static_cast<long>(axis),
                    order_.begin() + static_cast<long>(axis) + 1);
    }
    down_.assign(rank, 1);
    std::uint64_t product = 1;
    for (std::size_t i = rank; i-- > 1;) {
      const std::size_t axis = order_[i];
      const std::uint64_t extent = std::max(shape_.max_dims[axis], shape_.dims[axis]);
      chunks_down_.push_back(extent / shape_.chunk[axis] + (extent % shape_.chunk[axis] != 0));
      product = saturating_multiply(product, chunks_down_.back());
      down_[i - 1] = product;
    }
    if (product == kUndefined || product == 0)
      corrupt("chunk index", "expected from 1 chunk to as many as 64 bits can number, found " +
                                 std::string(product == 0 ? "none" : "more"));
  }

  std::optional<ChunkRecord> find(std::span<const std::uint64_t> scaled) override {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < order_.size(); ++i) number += scaled[order_[i]] * down_[i];
    return at(number);
  }

  void each(const Found& found) override {
    std::vector<std::uint64_t> scaled(order_.size());
    const std::uint64_t end = count();
    for (std::uint64_t number = 0; number < end; ++number) {
      const std::optional<ChunkRecord> record = at(number);
      if (!record) continue;
      std::uint64_t rest = number;
      for (std::size_t i = 0; i < order_.size(); ++i) {
        scaled[order_[i]] = rest / down_[i];
        rest %= down_[i];
      }
      if (!found(scaled, *record)) return;
    }
  }

 protected:
  // The element of chunk `number`; nothing if it is not stored.
  virtual std::optional<ChunkRecord> at(std::uint64_t number) = 0;
  // Numbers that may be stored are below this; bounded by the file's size.
  virtual std::uint64_t count() = 0;

  std::uint64_t element_bytes() const { return container_.widths().offset + (shape_.filtered ? size_width_ + 4u : 0u); }
  std::optional<ChunkRecord> parse(ByteView elements, std::uint64_t i) const {
    Cursor cursor(elements.subspan(i * element_bytes(), element_bytes()), "chunk element", container_.widths());
    ChunkRecord record{cursor.address(), shape_.chunk_bytes, 0};
    if (shape_.filtered) {
      record.stored_bytes = cursor.number(size_width_);
      record.filter_mask = cursor.u32();
    }
    if (record.address == kUndefined) return std::nullopt;
    return record;
  }
  void check_element_bytes(unsigned found, std::string_view name) const {
    if (found == element_bytes()) return;
    corrupt(name, "elements of " + std::to_string(found) + " bytes, expected " + std::to_string(element_bytes()));
  }
  // Blocks that were read, so that each is read once.
  ByteView block(std::uint64_t address, std::uint64_t bytes, const std::string& name, std::string_view signature) {
    auto found = blocks_.find(address);
    if (found == blocks_.end()) {
      held_bytes_ += bytes;
      if (held_bytes_ > container_.size())
        corrupt(name, "the index's blocks add up to " + std::to_string(held_bytes_) + " bytes, the file has " +
                          std::to_string(container_.size()));
      found = blocks_.emplace(address, container_.read(address, bytes, name)).first;
      without_checksum(found->second.bytes(), name);
      if (!signature.empty()) Cursor(found->second.bytes(), name).expect(signature);
    } else if (found->second.bytes().size() != bytes) {
      corrupt(name, "expected " + std::to_string(bytes) + " bytes, another structure there has " +
                        std::to_string(found->second.bytes().size()));
    }
    return found->second.bytes();
  }

  const Container& container_;
  const ChunkedShape shape_;
  const std::uint64_t address_;
  const unsigned size_width_;

 private:
  std::vector<std::size_t> order_;
  std::vector<std::uint64_t> down_, chunks_down_;
  std::map<std::uint64_t, Block> blocks_;
  std::uint64_t held_bytes_ = 0;
};

class SingleIndex : public ArrayIndex {
 public:
  SingleIndex(const Container& container, const Layout& layout, ChunkedShape shape)
      : ArrayIndex(container, layout, std::move(shape)),
        record_{layout.address, layout.single_filtered ? layout.size : shape_.chunk_bytes, layout.single_mask} {}

 private:
  std::optional<ChunkRecord> at(std::uint64_t number) override {
    if (number != 0) return std::nullopt;
    return record_;
  }
  std::uint64_t count() override { return 1; }
  ChunkRecord record_;
};

class ImplicitIndex : public ArrayIndex {
 public:
  using ArrayIndex::ArrayIndex;

 private:
  std::optional<ChunkRecord> at(std::uint64_t number) override {
    if (number >= count()) return std::nullopt;
    return ChunkRecord{address_ + number * shape_.chunk_bytes, shape_.chunk_bytes, 0};
  }
  std::uint64_t count() override { return container_.size() / std::max<std::uint64_t>(shape_.chunk_bytes, 1); }
};

// Fixed array: the number of chunks is known when the dataset is made, so all elements lie in one data block.
//
// Up to a page's worth they follow the block's prefix directly, under one checksum. Beyond that the prefix is followed
// by a bitmap, one bit a page, highest bit first, and then by the pages, each as long as a full one but the last, each
// with a checksum of its own. A page whose bit is clear was never written: its bytes mean nothing, and none of its
// chunks exist. So a page's place is arithmetic, and one lookup verifies two blocks, however large the array is.
class FixedArrayIndex : public ArrayIndex {
 public:
  FixedArrayIndex(const Container& container, const Layout& layout, ChunkedShape shape)
      : ArrayIndex(container, layout, std::move(shape)) {
    const std::string name = "fixed array at " + std::to_string(address_);
    const Widths widths = container.widths();
    const Block header = container.read(address_, 12 + widths.length + widths.offset, name);
    Cursor cursor(without_checksum(header.bytes(), name), name, widths);
    cursor.expect("FAHD");
    cursor.skip(2);
    check_element_bytes(cursor.u8(), name);
    const unsigned page_bits = cursor.u8();
    count_ = cursor.length();
    data_ = cursor.address();
    if (page_bits > 31 || count_ > container.size()) {
      corrupt(name, std::to_string(count_) + " elements in pages of 2^" + std::to_string(page_bits) +
                        ", the file has " + std::to_string(container.size()) + " bytes");
    }
    page_ = std::uint64_t{1} << page_bits;
  }

 private:
  std::optional<ChunkRecord> at(std::uint64_t number) override {
    if (number >= count_ || data_ == kUndefined) return std::nullopt;
    const std::string name = "fixed array data at " + std::to_string(data_);
    const std::uint64_t prefix = 6 + container_.widths().offset;
    if (count_ <= page_) {
      const ByteView all = block(data_, prefix + count_ * element_bytes() + 4, name, "FADB");
      return parse(all.subspan(prefix), number);
    }
    // Paged: a bit a page says whether the page was ever written.
    const std::uint64_t pages = (count_ + page_ - 1) / page_, bitmap = (pages + 7) / 8;
    const ByteView head = block(data_, prefix + bitmap + 4, name, "FADB");
    const std::uint64_t page = number / page_;
    if (!(std::to_integer<unsigned>(head[prefix + page / 8]) >> (7 - page % 8) & 1)) return std::nullopt;
    const std::uint64_t page_bytes = page_ * element_bytes() + 4;
    const std::uint64_t here = page + 1 == pages ? count_ - page * page_ : page_;
    const std::uint64_t start = data_ + prefix + bitmap + 4 + page * page_bytes;
    return parse(block(start, here * element_bytes() + 4, name, ""), number % page_);
  }
  std::uint64_t count() override { return count_; }

  std::uint64_t count_ = 0, data_ = kUndefined, page_ = 1;
};

// Extensible array: appending never moves what is there, and element i is found by arithmetic.
//
// The first `in_index_` elements lie in the index block itself. Those after it lie in data blocks, which are grouped
// into super blocks: super block u has 2^(u/2) data blocks of 2^((u+1)/2) * min_data_ elements (halves rounded down),
// so both numbers double in turn and the product, 2^u * min_data_, doubles each time. Hence super blocks before u hold
// (2^u - 1) * min_data_ elements, and element r (counted after the index block's) is in super block
// log2(r / min_data_ + 1); the table `supers_` holds the first element and first data block of each.
//
// The data blocks of the first 2 * log2(min_pointers_) super blocks are pointed to from the index block (they are
// 2 * (min_pointers_ - 1) in all: 1 + 1 + 2 + 2 + ...); later super blocks exist as blocks of their own, which hold
// their pointers and, where data blocks are paged, a bitmap of the pages that were written, as in a fixed array. Paging
// starts where a data block has more elements than a page; it has no bitmap if the index block points to it.
class ExtensibleArrayIndex : public ArrayIndex {
 public:
  ExtensibleArrayIndex(const Container& container, const Layout& layout, ChunkedShape shape)
      : ArrayIndex(container, layout, std::move(shape)), name_("extensible array at " + std::to_string(address_)) {
    const Widths widths = container.widths();
    const Block header = container.read(address_, 16 + 6 * widths.length + widths.offset, name_);
    Cursor cursor(without_checksum(header.bytes(), name_), name_, widths);
    cursor.expect("EAHD");
    cursor.skip(2);
    check_element_bytes(cursor.u8(), name_);
    max_bits_ = cursor.u8();
    in_index_ = cursor.u8();
    min_data_ = cursor.u8();
    min_pointers_ = cursor.u8();
    page_bits_ = cursor.u8();
    for (int i = 0; i < 4; ++i) cursor.length();
    set_ = cursor.length();
    cursor.length();
    index_ = cursor.address();
    if (max_bits_ > 64 || min_data_ == 0 || !std::has_single_bit(min_data_) || min_pointers_ < 2 ||
        !std::has_single_bit(min_pointers_) || page_bits_ > 31 || set_ > container.size()) {
      damaged();
    }
    const unsigned blocks = 1 + max_bits_ - log2(min_data_);
    if (max_bits_ < log2(min_data_) || blocks > 60) damaged();
    std::uint64_t first = 0, first_data = 0;
    for (unsigned u = 0; u < blocks; ++u) {
      const Super super{std::uint64_t{1} << (u / 2), (std::uint64_t{1} << ((u + 1) / 2)) * min_data_, first,
                        first_data};
      supers_.push_back(super);
      first += super.blocks * super.elements;
      first_data += super.blocks;
    }
  }

 private:
  struct Super {
    std::uint64_t blocks, elements, first, first_block;
  };
  [[noreturn]] void damaged() const {
    corrupt(name_, "up to 2^" + std::to_string(max_bits_) + " elements, " + std::to_string(min_data_) +
                       " in the smallest block and " + std::to_string(min_pointers_) +
                       " pointers in the smallest super block, pages of 2^" + std::to_string(page_bits_) + ", " +
                       std::to_string(set_) + " in use: expected powers of 2 that fit the file's " +
                       std::to_string(container_.size()) + " bytes");
  }
  static unsigned log2(std::uint64_t value) { return static_cast<unsigned>(std::bit_width(value)) - 1; }
  unsigned offset_bytes() const { return (max_bits_ + 7) / 8; }

  std::optional<ChunkRecord> at(std::uint64_t number) override {
    if (number >= set_ || index_ == kUndefined) return std::nullopt;
    const Widths widths = container_.widths();
    const std::uint64_t prefix = 6 + widths.offset;
    const unsigned direct_supers = 2 * log2(min_pointers_);
    const std::uint64_t direct_blocks = 2ull * (min_pointers_ - 1);
    const std::uint64_t super_pointers = supers_.size() > direct_supers ? supers_.size() - direct_supers : 0;
    const std::uint64_t blocks_at = prefix + in_index_ * element_bytes();
    const std::uint64_t supers_at = blocks_at + direct_blocks * widths.offset;
    const ByteView index = block(index_, supers_at + super_pointers * widths.offset + 4, name_, "EAIB");
    if (number < in_index_) return parse(index.subspan(prefix), number);

    const std::uint64_t rest = number - in_index_;
    const unsigned u = log2(rest / min_data_ + 1);
    if (u >= supers_.size()) return std::nullopt;
    const Super& super = supers_[u];
    const std::uint64_t inside = rest - super.first;
    const std::uint64_t which = inside / super.elements;
    const std::uint64_t page = std::uint64_t{1} << page_bits_;
    const bool paged = super.elements > page;
    const std::uint64_t pages = paged ? super.elements / page : 0;
    std::uint64_t data = kUndefined;
    ByteView bitmap;  // of the data block's pages
    if (u < direct_supers) {
      data = pointer(index, blocks_at, super.first_block + which);
    } else {
      const std::uint64_t super_address = pointer(index, supers_at, u - direct_supers);
      if (super_address == kUndefined) return std::nullopt;
      const std::uint64_t bitmap_bytes = (pages + 7) / 8;
      const std::uint64_t pointers_at = prefix + offset_bytes() + super.blocks * bitmap_bytes;
      const ByteView bytes = block(super_address, pointers_at + super.blocks * widths.offset + 4,
                                   "extensible array block at " + std::to_string(super_address), "EASB");
      bitmap = bytes.subspan(prefix + offset_bytes() + which * bitmap_bytes, bitmap_bytes);
      data = pointer(bytes, pointers_at, which);
    }
    if (data == kUndefined) return std::nullopt;
    return in_data_block(data, inside % super.elements, super.elements, paged ? page : 0, bitmap);
  }

  std::optional<ChunkRecord> in_data_block(std::uint64_t address, std::uint64_t i, std::uint64_t elements,
                                           std::uint64_t page, ByteView bitmap) {
    const std::string name = "extensible array data at " + std::to_string(address);
    const std::uint64_t prefix = 6 + container_.widths().offset + offset_bytes();
    if (page == 0) {
      return parse(block(address, prefix + elements * element_bytes() + 4, name, "EADB").subspan(prefix), i);
    }
    const std::uint64_t which = i / page;
    if (!bitmap.empty() && !(std::to_integer<unsigned>(bitmap[which / 8]) >> (7 - which % 8) & 1)) return std::nullopt;
    const std::uint64_t page_bytes = page * element_bytes() + 4;
    return parse(block(address + prefix + 4 + which * page_bytes, page_bytes, name, ""), i % page);
  }

  std::uint64_t pointer(ByteView bytes, std::uint64_t start, std::uint64_t i) const {
    const unsigned width = container_.widths().offset;
    if (start + (i + 1) * width > bytes.size())
      corrupt(name_, "block " + std::to_string(i) + ", its parent has room for " +
                         std::to_string((bytes.size() - start) / width));
    return Cursor(bytes.subspan(start + i * width, width), name_, container_.widths()).address();
  }
  std::uint64_t count() override { return set_; }

  std::string name_;
  unsigned max_bits_ = 0, page_bits_ = 0;
  std::uint64_t in_index_ = 0, min_data_ = 1, min_pointers_ = 2, set_ = 0, index_ = kUndefined;
  std::vector<Super> supers_;
};

}  // namespace

std::unique_ptr<ChunkIndex> open_array_index(const Container& container, const Layout& layout, ChunkedShape shape) {
  switch (layout.index) {
    case ChunkIndexKind::kSingle:
      return std::make_unique<SingleIndex>(container, layout, std::move(shape));
    case ChunkIndexKind::kImplicit:
      return std::make_unique<ImplicitIndex>(container, layout, std::move(shape));
    case ChunkIndexKind::kFixedArray:
      return std::make_unique<FixedArrayIndex>(container, layout, std::move(shape));
    default:
      return std::make_unique<ExtensibleArrayIndex>(container, layout, std::move(shape));
  }
}

}  // namespace chunkmark::hdf5
