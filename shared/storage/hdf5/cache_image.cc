#include "storage/hdf5/cache_image.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "storage/hdf5/checksum.h"
#include "storage/hdf5/object_header.h"

namespace chunkmark::hdf5 {
namespace {

constexpr std::string_view kWhat = "metadata cache image";

class ImagedFile final : public bytes::RandomAccess {
 public:
  explicit ImagedFile(const bytes::RandomAccess& file) : file_(file) {}
  void add(std::uint64_t offset, ByteView bytes) { pieces_[offset].assign(bytes.begin(), bytes.end()); }

  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }
  std::string identity() const override { return file_.identity(); }
  void prefetch(std::span<const bytes::Extent> parts) const override { file_.prefetch(parts); }
  bool wants_prefetch() const override { return file_.wants_prefetch(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    file_.read_at(offset, runs);
    for (const MutableByteView run : runs) {
      each_piece(offset, run.size(), [&](std::uint64_t at, ByteView bytes) {
        std::memcpy(run.data() + (at - offset), bytes.data(), bytes.size());
      });
      offset += run.size();
    }
  }
  ByteView view(std::uint64_t offset, std::uint64_t bytes) const override {
    bool meets = false;
    each_piece(offset, bytes, [&](std::uint64_t, ByteView) { meets = true; });
    return meets ? ByteView() : file_.view(offset, bytes);
  }

 private:
  // The parts of pieces that lie in the range.
  template <typename Found>
  void each_piece(std::uint64_t offset, std::uint64_t bytes, Found found) const {
    auto piece = pieces_.upper_bound(offset);
    if (piece != pieces_.begin()) --piece;
    for (; piece != pieces_.end() && piece->first < offset + bytes; ++piece) {
      const std::uint64_t start = std::max(offset, piece->first);
      const std::uint64_t end = std::min<std::uint64_t>(offset + bytes, piece->first + piece->second.size());
      if (end > start) found(start, ByteView(piece->second).subspan(start - piece->first, end - start));
    }
  }

  const bytes::RandomAccess& file_;
  std::map<std::uint64_t, std::vector<std::byte>> pieces_;  // disjoint, by offset
};

}  // namespace

std::unique_ptr<bytes::RandomAccess> apply_cache_image(const Container& container) {
  if (container.extension_header() == kUndefined) return nullptr;
  const ObjectHeader extension = ObjectHeader::read(container, container.extension_header());
  const Message* message = extension.find(kCacheImageMessage);
  if (message == nullptr) return nullptr;
  const Widths widths = container.widths();
  Cursor place(message->body, kWhat, widths);
  if (const unsigned version = place.u8(); version != 0)
    unsupported(kWhat, "message version " + std::to_string(version) + ", expected 0");
  const std::uint64_t address = place.address(), size = place.length();
  if (address == kUndefined || size == 0) return nullptr;
  const Block block = container.read(address, size, kWhat);
  Cursor cursor(without_checksum(block.bytes(), kWhat), kWhat, widths);
  cursor.expect("MDCI");
  if (const unsigned version = cursor.u8(); version != 0)
    unsupported(kWhat, "version " + std::to_string(version) + ", expected 0");
  cursor.skip(1);
  cursor.length();
  auto imaged = std::make_unique<ImagedFile>(container.file());
  const std::uint32_t entries = cursor.u32();
  std::uint64_t end = 0;
  std::map<std::uint64_t, std::uint64_t> places;
  for (std::uint32_t i = 0; i < entries; ++i) {
    cursor.skip(4);  // type, flags, ring, age
    cursor.skip(4);  // children that it waits for
    const unsigned parents = cursor.u16();
    cursor.skip(4);  // place among those used last
    const std::uint64_t at = cursor.address(), bytes = cursor.length();
    cursor.skip(std::uint64_t{parents} * widths.offset);
    container.check(at, bytes, kWhat);
    if (!places.emplace(at, bytes).second) corrupt(kWhat, "two entries at " + std::to_string(at));
    imaged->add(container.offset_of(at), cursor.bytes(bytes));
  }
  for (const auto& [at, bytes] : places) {
    if (at < end) corrupt(kWhat, "entries overlap at " + std::to_string(at));
    end = at + bytes;
  }
  return imaged;
}

}  // namespace chunkmark::hdf5
