// CrashDisk: a file and its journal in memory, whose every write, sync and removal is remembered, so that a test can
// ask what a disk might hold had the power (or the process) gone at any moment. Also fails the N-th call.
//
// after(n) is what a killed process leaves: the first n operations. after_power_cut(n, random) is that, but of what was
// not synced each write may be missing, torn or made in another order; a name that was not synced may be the old one.
// Not thread-safe.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "base/error.h"
#include "bytes/journal.h"
#include "bytes/memory_file.h"

namespace chunkmark::bytes {

class CrashDisk final : public JournalPlace {
 public:
  using Bytes = std::vector<std::byte>;
  struct State {
    Bytes file;
    std::optional<Bytes> journal;
  };

  explicit CrashDisk(State state) : initial_(std::move(state)), now_(initial_), file_(*this, false) {}

  RandomAccess& file() { return file_; }
  const State& now() const { return now_; }
  std::size_t operations() const { return log_.size(); }
  std::uint64_t written_bytes() const {
    std::uint64_t bytes = 0;
    for (const Operation& operation : log_) bytes += operation.bytes.size();
    return bytes;
  }
  // The journal is removed only in earnest, or emptied as a host does that keeps its file.
  bool keeps_journal = false;
  // Call number `nth` from now (0 is the next one) throws, and with `sticky` all later ones.
  void fail_at(std::uint64_t nth, bool sticky) {
    countdown_ = nth;
    sticky_ = sticky;
    calls_ = 0;
  }
  std::uint64_t calls() const { return calls_; }

  std::unique_ptr<RandomAccess> open() override {
    call();
    if (!now_.journal) return nullptr;
    return std::make_unique<MemoryFile>("journal", *now_.journal);
  }
  std::unique_ptr<RandomAccess> create() override {
    if (!now_.journal || !keeps_journal) record({Kind::kCreate, true, 0, {}});
    return std::make_unique<Part>(*this, true);
  }
  void remove() override {
    if (!now_.journal) return call();
    if (keeps_journal) return record({Kind::kWrite, true, 0, Bytes(std::min<std::size_t>(8, now_.journal->size()))});
    record({Kind::kRemove, true, 0, {}});
  }
  void without_readers(const std::function<void()>& apply) override {
    call();
    apply();
  }

  State after(std::size_t operations) const {
    State state = initial_;
    for (std::size_t i = 0; i < operations; ++i) apply(state, log_[i], log_[i].bytes.size());
    return state;
  }

  State after_power_cut(std::size_t operations, std::mt19937_64& random) const {
    std::size_t synced[2] = {0, 0};  // of the file, of the journal: operations before its last sync are on the disk
    for (std::size_t i = 0; i < operations; ++i) {
      if (log_[i].kind == Kind::kSync) synced[log_[i].journal] = i;
    }
    State state = initial_;
    std::vector<std::size_t> loose;
    for (std::size_t i = 0; i < operations; ++i) {
      if (i < synced[log_[i].journal]) {
        apply(state, log_[i], log_[i].bytes.size());
      } else {
        loose.push_back(i);
      }
    }
    if (random() % 2 == 0) std::shuffle(loose.begin(), loose.end(), random);
    for (const std::size_t i : loose) {
      const std::size_t bytes = log_[i].bytes.size();
      const auto fate = random() % 4;
      if (fate == 0) continue;
      apply(state, log_[i], fate == 1 ? random() % (bytes + 1) : bytes);
    }
    return state;
  }

 private:
  enum class Kind { kWrite, kTruncate, kSync, kCreate, kRemove };
  struct Operation {
    Kind kind;
    bool journal;
    std::uint64_t offset;
    Bytes bytes;
  };

  class Part final : public RandomAccess {
   public:
    Part(CrashDisk& disk, bool journal) : disk_(disk), journal_(journal), name_(journal ? "journal" : "file") {}
    const std::string& name() const override { return name_; }
    std::uint64_t size() const override { return bytes().size(); }
    using RandomAccess::read_at;
    void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
      disk_.call();
      for (const MutableByteView run : runs) {
        check_range(name_, offset, run.size(), bytes().size());
        std::copy_n(bytes().begin() + static_cast<std::ptrdiff_t>(offset), run.size(), run.begin());
        offset += run.size();
      }
    }
    using RandomAccess::write_at;
    void write_at(std::uint64_t offset, std::span<const ByteView> runs) override {
      Bytes all;
      for (const ByteView run : runs) all.insert(all.end(), run.begin(), run.end());
      disk_.record({Kind::kWrite, journal_, offset, std::move(all)});
    }
    void truncate(std::uint64_t size) override { disk_.record({Kind::kTruncate, journal_, size, {}}); }
    void sync() override { disk_.record({Kind::kSync, journal_, 0, {}}); }

   private:
    const Bytes& bytes() const { return journal_ ? *disk_.now_.journal : disk_.now_.file; }
    CrashDisk& disk_;
    bool journal_;
    std::string name_;
  };

  void call() {
    const std::uint64_t number = calls_++;
    if (number == countdown_ || (sticky_ && number > countdown_)) throw Error(ErrorCode::kIo, "disk: injected");
  }
  void record(Operation operation) {
    call();
    apply(now_, operation, operation.bytes.size());
    log_.push_back(std::move(operation));
  }
  static void apply(State& state, const Operation& operation, std::size_t bytes) {
    if (operation.kind == Kind::kCreate) state.journal.emplace();
    if (operation.kind == Kind::kRemove) state.journal.reset();
    if (operation.kind == Kind::kTruncate) (operation.journal ? *state.journal : state.file).resize(operation.offset);
    if (operation.kind != Kind::kWrite || bytes == 0) return;
    if (operation.journal && !state.journal) state.journal.emplace();
    Bytes& to = operation.journal ? *state.journal : state.file;
    if (to.size() < operation.offset + bytes) to.resize(operation.offset + bytes);
    std::copy_n(operation.bytes.begin(), bytes, to.begin() + static_cast<std::ptrdiff_t>(operation.offset));
  }

  State initial_, now_;
  std::vector<Operation> log_;
  Part file_;
  std::uint64_t countdown_ = ~std::uint64_t{0}, calls_ = 0;
  bool sticky_ = false;
};

}  // namespace chunkmark::bytes
