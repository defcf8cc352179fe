#include "bytes/journal.h"

#include <algorithm>
#include <deque>

#include "base/crc32c.h"
#include "base/error.h"

namespace chunkmark::bytes {

namespace {

constexpr std::string_view kMagic = "CMKJRNL1", kMark = "CMKMARK1";
constexpr std::size_t kHeaderBytes = 32, kRecordBytes = 16, kChecksumBytes = 4, kMarkBytes = 12;

std::uint32_t checksum(ByteView bytes) {
  Crc32c sum;
  sum.add(bytes);
  return sum.value();
}

void put_text(std::vector<std::byte>& to, std::size_t at, std::string_view text) {
  std::memcpy(to.data() + at, text.data(), text.size());
}

// The whole journal. Held writes are copied once, so that the kernel gets it in one call.
std::vector<std::byte> serialize(const WriteSet& writes, std::uint64_t before, std::uint64_t after) {
  std::size_t bytes = kHeaderBytes + kMarkBytes;
  for (const auto& [offset, extent] : writes.extents()) bytes += kRecordBytes + extent.size() + kChecksumBytes;
  std::vector<std::byte> journal(bytes);
  put_text(journal, 0, kMagic);
  store_le<std::uint64_t>(journal.data() + 8, before);
  store_le<std::uint64_t>(journal.data() + 16, after);
  store_le<std::uint64_t>(journal.data() + 24, writes.extents().size());
  std::size_t at = kHeaderBytes;
  for (const auto& [offset, extent] : writes.extents()) {
    std::byte* record = journal.data() + at;
    store_le<std::uint64_t>(record, offset);
    store_le<std::uint64_t>(record + 8, extent.size());
    std::memcpy(record + kRecordBytes, extent.data(), extent.size());
    const std::size_t size = kRecordBytes + extent.size();
    store_le<std::uint32_t>(record + size, checksum(ByteView(record, size)));
    at += size + kChecksumBytes;
  }
  put_text(journal, at, kMark);
  store_le<std::uint32_t>(journal.data() + at + 8, checksum(ByteView(journal).first(at + 8)));
  return journal;
}

std::vector<std::byte> read_all(const RandomAccess& file) {
  std::vector<std::byte> bytes(file.size());
  file.read_at(0, bytes);
  return bytes;
}

// How many bytes are the same; compared in blocks, since a group's heap may have a hundred thousand.
std::size_t equal_prefix(ByteView a, ByteView b) {
  constexpr std::size_t kBlock = 256;
  std::size_t at = 0;
  while (at + kBlock <= a.size() && std::memcmp(a.data() + at, b.data() + at, kBlock) == 0) at += kBlock;
  while (at < a.size() && a[at] == b[at]) ++at;
  return at;
}

// Between commits, zeros stand where it says what it is.
bool is_journal(ByteView bytes) {
  return std::any_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(kMagic.size(), bytes.size())),
                     [](std::byte b) { return b != std::byte{0}; });
}

}  // namespace

std::optional<JournalContent> parse_journal(ByteView bytes) {
  if (bytes.size() < kHeaderBytes + kMarkBytes || as_text(bytes.first(8)) != kMagic) return std::nullopt;
  JournalContent content;
  content.size_before = load_le<std::uint64_t>(bytes.data() + 8);
  content.size_after = load_le<std::uint64_t>(bytes.data() + 16);
  const auto records = load_le<std::uint64_t>(bytes.data() + 24);
  std::size_t at = kHeaderBytes;
  for (std::uint64_t i = 0; i < records; ++i) {
    if (bytes.size() - at < kRecordBytes + kChecksumBytes + kMarkBytes) return std::nullopt;
    const auto offset = load_le<std::uint64_t>(bytes.data() + at);
    const auto size = load_le<std::uint64_t>(bytes.data() + at + 8);
    if (size > bytes.size() - at - kRecordBytes - kChecksumBytes - kMarkBytes) return std::nullopt;
    if (offset > content.size_before || size > content.size_before - offset) return std::nullopt;
    const ByteView record = bytes.subspan(at, kRecordBytes + size);
    if (load_le<std::uint32_t>(record.data() + record.size()) != checksum(record)) return std::nullopt;
    content.records.push_back({offset, record.subspan(kRecordBytes)});
    at += record.size() + kChecksumBytes;
  }
  // What follows the mark is what an earlier, longer journal left there.
  if (bytes.size() - at < kMarkBytes || as_text(bytes.subspan(at, 8)) != kMark) return std::nullopt;
  if (load_le<std::uint32_t>(bytes.data() + at + 8) != checksum(bytes.first(at + 8))) return std::nullopt;
  return content;
}

Journal::Recovery Journal::recover(RandomAccess& file, JournalPlace& place) {
  const std::unique_ptr<RandomAccess> journal = place.open();
  if (!journal) return Recovery::kNothing;
  const std::vector<std::byte> bytes = read_all(*journal);
  const std::optional<JournalContent> content = parse_journal(bytes);
  const bool whole = content && content->fits(file.size());
  if (whole) {
    place.without_readers([&] {
      for (const JournalContent::Record& record : content->records) file.write_at(record.offset, record.bytes);
      if (file.size() != content->size_after) file.truncate(content->size_after);
    });
    file.sync();
  }
  place.remove();
  if (whole) return Recovery::kReplayed;
  return is_journal(bytes) ? Recovery::kDropped : Recovery::kNothing;
}

void Journal::begin() {
  held_.clear();
  old_size_ = size_ = file_size_ = file_.size();
}

void Journal::check_usable() const {
  if (!unusable_) return;
  throw Error(ErrorCode::kIo, file_.name() + ": an earlier commit is in its journal and not in place: open it again");
}

std::uint64_t Journal::held_bytes() const {
  std::uint64_t total = 0;
  for (const auto& [offset, extent] : held_.extents()) total += extent.size();
  return total;
}

void Journal::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  check_usable();
  check_range(name(), offset, total_bytes(runs), size_);
  for (const MutableByteView run : runs) {
    if (!held_.covers(offset, run.size())) {
      const std::uint64_t end = file_size_;  // truncated and grown again, the rest was never written
      const std::uint64_t there = offset >= end ? 0 : std::min<std::uint64_t>(run.size(), end - offset);
      if (there > 0) file_.read_at(offset, run.first(there));
      if (there < run.size()) std::memset(run.data() + there, 0, run.size() - there);
    }
    held_.patch(offset, run);
    offset += run.size();
  }
}

void Journal::write_at(std::uint64_t offset, std::span<const ByteView> runs) {
  check_usable();
  size_ = std::max(size_, offset + total_bytes(runs));
  for (const ByteView run : runs) {
    const std::uint64_t held = offset >= old_size_ ? 0 : std::min<std::uint64_t>(run.size(), old_size_ - offset);
    held_.write(offset, run.first(held));
    if (held < run.size()) {
      file_.write_at(offset + held, run.subspan(held));
      file_size_ = std::max(file_size_, offset + run.size());
    }
    offset += run.size();
  }
}

void Journal::truncate(std::uint64_t size) {
  check_usable();
  held_.cut(size);
  if (size > size_) {  // longer: the file's own zeros
    file_.truncate(size);
    file_size_ = size;
  }
  size_ = size;
}

// The HDF5 library writes whole blocks for a few new bytes in them: only what differs need be journalled and put in
// place.
void Journal::drop_unchanged() {
  constexpr std::size_t kWorthReading = 4096;
  WriteSet changed;
  std::vector<std::byte> old;
  for (const auto& [offset, extent] : held_.extents()) {
    ByteView left = extent;
    std::size_t skip = 0;
    if (extent.size() >= kWorthReading && offset + extent.size() <= file_size_) {
      old.resize(extent.size());
      file_.read_at(offset, old);
      skip = equal_prefix(extent, old);
      if (skip == extent.size()) continue;
      std::size_t end = extent.size();
      while (extent[end - 1] == old[end - 1]) --end;
      left = left.subspan(skip, end - skip);
    }
    changed.write(offset + skip, left);
  }
  held_ = std::move(changed);
}

void Journal::write_journal(Durability durability) {
  const std::vector<std::byte> bytes = serialize(held_, old_size_, size_);
  if (!journal_) journal_ = place_.create();
  journal_->write_at(0, bytes);
  if (durability == Durability::kPowerLoss) journal_->sync();
}

void Journal::apply() {
  place_.without_readers([&] {
    // What lies side by side, or nearly so, is one write: with what is between it as it was.
    constexpr std::uint64_t kMostBetween = 2048;
    std::vector<ByteView> runs;
    std::deque<std::vector<std::byte>> between;
    const auto& extents = held_.extents();
    for (auto at = extents.begin(); at != extents.end();) {
      const std::uint64_t offset = at->first;
      std::uint64_t end = offset;
      runs.clear();
      between.clear();
      for (; at != extents.end() && at->first - end <= kMostBetween; ++at) {
        if (at->first > end) {
          between.emplace_back(at->first - end);
          file_.read_at(end, MutableByteView(between.back()));
          runs.emplace_back(between.back());
        }
        runs.emplace_back(at->second);
        end = at->first + at->second.size();
      }
      file_.write_at(offset, runs);
    }
    if (file_size_ != size_) file_.truncate(size_);
  });
}

void Journal::commit(Durability durability) {
  check_usable();
  committed_ = false;
  if (!changed()) return;
  if (file_size_ != size_ && size_ >= old_size_) {
    file_.truncate(size_);
    file_size_ = size_;
  }
  if (durability == Durability::kPowerLoss) file_.sync();
  drop_unchanged();
  if (durability == Durability::kNone) {
    // No journal: whatever stops it half-way leaves it half-way.
    unusable_ = true;
    apply();
    unusable_ = false;
    committed_ = true;
    return begin();
  }
  try {
    write_journal(durability);
  } catch (...) {
    // Whether it is whole is not known; it must not be found. If it cannot be taken away either, what holds is what the
    // next recover() finds.
    unusable_ = true;
    journal_.reset();
    place_.remove();
    unusable_ = false;
    throw;
  }
  committed_ = unusable_ = true;
  apply();
  if (durability == Durability::kPowerLoss) file_.sync();
  journal_.reset();
  place_.remove();
  unusable_ = false;
  begin();
}

void Journal::rollback() {
  if (unusable_) return;
  held_.clear();
  if (file_.size() != old_size_) file_.truncate(old_size_);  // asked: what failed may have written a part
  size_ = file_size_ = old_size_;
}

}  // namespace chunkmark::bytes
