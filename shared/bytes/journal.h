// Journal: writes to a file that take place all or not at all, whatever stops the writer.
//
// A decorator of RandomAccess. Writes at the file's old end and behind go straight to the file: nothing that was there
// points to them. Writes before it are held in memory, where reads see them, until commit(). That appends them to the
// journal beside the file, each with its checksum, ends them with a mark, puts them in their place, and takes the
// journal away. Who opens the file after a crash calls recover(): a journal that is whole is put in place again (which
// changes nothing where it was already), any other is dropped.
//
// Where the journal lies and how readers are kept out is the host's: JournalPlace. One Journal a file at a time (the
// host's lock). Borrows the file and the place. Memory: the held writes. Not thread-safe.
//
// What each durability waits for, and so what a power cut can do:
//   kNone          no journal is written: a crash of the process while the writes are put in place damages the file
//   kProcessCrash  a journal, no sync: the kernel has it all when commit() returns. A power cut may damage the file
//   kPowerLoss     sync of the new data, journal, sync of it, writes in place, sync: either state, and the new one once
//                  commit() has returned
//
// Layout, little-endian: "CMKJRNL1", u64 size before, u64 size after, u64 records; a record: u64 offset, u64 bytes,
// the bytes, u32 CRC-32C of these; then "CMKMARK1" and u32 CRC-32C of all that stands before.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/durability.h"
#include "bytes/random_access.h"
#include "bytes/write_set.h"

namespace chunkmark::bytes {

// What a Journal asks of its host.
class JournalPlace {
 public:
  virtual ~JournalPlace() = default;
  // The journal that is there, to be read; null where there is none.
  virtual std::unique_ptr<RandomAccess> open() = 0;
  // A journal to be written, whatever its content. Once its sync() has returned, it is found after a power cut.
  virtual std::unique_ptr<RandomAccess> create() = 0;
  virtual void remove() = 0;
  // An empty file that goes away with the object, for what a writer has no room for in memory; null where the host has
  // none.
  virtual std::unique_ptr<RandomAccess> create_scratch() { return nullptr; }
  // Runs `apply` while nobody reads the file.
  virtual void without_readers(const std::function<void()>& apply) = 0;
};

struct JournalContent {
  struct Record {
    std::uint64_t offset;
    ByteView bytes;  // of the parsed bytes
  };
  std::uint64_t size_before = 0, size_after = 0;
  std::vector<Record> records;

  // Whether it was written for a file that has this size now. Another size tells that the file was written to since, by
  // someone who does not know journals, or (where no sync was asked for) that a power cut took the new data: then its
  // writes must not be put in place.
  bool fits(std::uint64_t size) const {
    return size == size_after || (size == size_before && size_after < size_before);
  }
};

// Nothing unless the bytes are a whole journal: every length fits, every checksum is right, the mark is there.
std::optional<JournalContent> parse_journal(ByteView bytes);

class Journal final : public RandomAccess {
 public:
  Journal(RandomAccess& file, JournalPlace& place) : file_(file), place_(place) { begin(); }

  // Finishes or forgets what an earlier writer left, before anything reads the file.
  enum class Recovery { kNothing, kReplayed, kDropped };
  static Recovery recover(RandomAccess& file, JournalPlace& place);

  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return size_; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;
  using RandomAccess::write_at;
  void write_at(std::uint64_t offset, std::span<const ByteView> runs) override;
  void truncate(std::uint64_t size) override;
  void sync() override {}  // commit() decides

  // Makes everything since the last commit() or rollback() take place. Errors: those of the file and the journal. After
  // one, committed() tells which state holds; if it is the new one, it is not in place yet, and this Journal refuses
  // further use: recover() puts it there.
  void commit(Durability durability);
  // Forgets everything since then.
  void rollback();
  bool changed() const { return !held_.empty() || size_ != old_size_; }
  bool committed() const { return committed_; }
  std::uint64_t held_bytes() const;

  std::unique_ptr<RandomAccess> create_scratch() { return place_.create_scratch(); }

 private:
  void begin();
  void check_usable() const;
  void drop_unchanged();
  void write_journal(Durability durability);
  void apply();

  RandomAccess& file_;
  JournalPlace& place_;
  std::unique_ptr<RandomAccess> journal_;
  WriteSet held_;
  std::uint64_t old_size_ = 0, size_ = 0;
  std::uint64_t file_size_ = 0;  // of the file itself: only this writes to it, and asking the kernel takes a call
  bool committed_ = false, unusable_ = false;
};

}  // namespace chunkmark::bytes
