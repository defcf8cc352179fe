// JournaledFile: a local file open for commits: its only writer, whose commits happen all or not at all
// (bytes::Journal). SharedFile: a local file read while a JournaledFile, here or in another process, may commit to it.
//
// The rule between them: a reader holds its lock for one operation (begin_reading to end_reading), and sees the file as
// the last commit left it; a writer waits for such operations and keeps new ones out for the milliseconds in which it
// puts a commit in place. A journal that is whole but not in place (its writer died) is laid over the file by readers,
// which may have no right to write, and put in place by the next writer.
//
// The journal is PATH-journal. It is there while the writer is, empty between commits, and removed when the writer
// closes. Neither class is thread-safe, but the reads of one operation may be made from several
// threads.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bytes/journal.h"
#include "bytes/write_through_cache.h"
#include "native/os/file.h"
#include "native/os/file_lock.h"

namespace chunkmark::os {

std::string journal_path(const std::string& path);

class JournaledFile {
 public:
  // Takes the writer's lock, then finishes what an earlier writer left. Errors: kConflict if there is another writer
  // after `wait`; kIo.
  explicit JournaledFile(const std::string& path, Milliseconds wait = Milliseconds(0));
  ~JournaledFile();
  JournaledFile(const JournaledFile&) = delete;
  JournaledFile& operator=(const JournaledFile&) = delete;

  bytes::Journal& journal() { return *journal_; }
  bytes::Journal::Recovery recovery() const { return recovery_; }

 private:
  class Place;

  File file_;
  WriterLock lock_;
  std::unique_ptr<Place> place_;
  bytes::Journal::Recovery recovery_ = bytes::Journal::Recovery::kNothing;
  bytes::WriteThroughCache cache_;
  std::unique_ptr<bytes::Journal> journal_;
};

class SharedFile final : public bytes::RandomAccess {
 public:
  explicit SharedFile(const std::string& path);
  ~SharedFile() override;

  const std::string& name() const override { return file_->name(); }
  std::uint64_t size() const override { return state_.size; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;

  std::uint64_t begin_reading() const override;
  void end_reading() const override;

 private:
  // What differs whenever the bytes do.
  struct State {
    std::uint64_t size = 0;
    std::int64_t written = 0;   // as the kernel says, in nanoseconds
    std::uint64_t journal = 0;  // the number that it starts with
    bool operator==(const State&) const = default;
  };
  void look() const;
  void look_at_journal(State& state, bytes::WriteSet& overlay) const;

  std::unique_ptr<File> file_;
  std::string path_;
  mutable std::uint64_t generation_ = 0;
  mutable State state_;
  mutable bytes::WriteSet overlay_;  // a whole journal that is not in place
  mutable bool reading_ = false;
};

}  // namespace chunkmark::os
