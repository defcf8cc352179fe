#include "native/os/journaled_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "base/error.h"

namespace chunkmark::os {

std::string journal_path(const std::string& path) {
  return path + "-journal";
}

namespace {

// Between commits the journal starts with eight zeros and a number that is another one after every commit, by which
// readers see that the file changed: its times are too coarse to tell.
struct Idle {
  std::array<std::byte, 16> bytes{};
  explicit Idle(std::uint64_t number) { store_le(bytes.data() + 8, number); }
};

std::uint64_t first_number() {
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

}  // namespace

// The journal beside the file. It stays open between commits, since making and removing a file for each would cost as
// much as the rest of the commit.
class JournaledFile::Place final : public bytes::JournalPlace {
 public:
  Place(const File& file, std::string path) : file_(file), path_(std::move(path)) {}
  ~Place() override {
    if (kept_) ::unlink(path_.c_str());
  }

  std::unique_ptr<bytes::RandomAccess> open() override {
    if (!std::filesystem::exists(path_)) return nullptr;
    return std::make_unique<File>(path_, File::Mode::kRead);
  }

  std::unique_ptr<bytes::RandomAccess> create() override {
    keep();
    return std::make_unique<Lent>(*this);
  }

  // From here on there is a journal, if an idle one.
  void keep() {
    if (kept_) return;
    kept_.emplace(path_, File::Mode::kCreate);
    folder_synced_ = false;
    kept_->write_at(0, Idle(number_).bytes);
  }

  void remove() override {
    if (kept_) {
      try {
        kept_->write_at(0, Idle(++number_).bytes);
        return;
      } catch (const Error&) {
        kept_.reset();  // then by name
      }
    }
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) throw_errno(path_, "unlink");
  }

  std::unique_ptr<bytes::RandomAccess> create_scratch() override {
    return std::make_unique<File>(path_, File::Mode::kScratch);
  }

  void without_readers(const std::function<void()>& apply) override {
    const ReadersOut out(file_.fd(), file_.name());
    apply();
  }

 private:
  // The kept file, for one commit.
  class Lent final : public bytes::RandomAccess {
   public:
    explicit Lent(Place& place) : place_(place) {}
    const std::string& name() const override { return place_.kept_->name(); }
    std::uint64_t size() const override { return place_.kept_->size(); }
    using RandomAccess::read_at;
    void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
      place_.kept_->read_at(offset, runs);
    }
    using RandomAccess::write_at;
    void write_at(std::uint64_t offset, std::span<const ByteView> runs) override {
      place_.kept_->write_at(offset, runs);
    }
    void truncate(std::uint64_t size) override { place_.kept_->truncate(size); }
    void sync() override {
      try {
        place_.kept_->sync();
      } catch (...) {
        place_.kept_.reset();  // a second sync would claim success
        throw;
      }
      if (place_.folder_synced_) return;
      const std::filesystem::path folder = std::filesystem::path(place_.path_).parent_path();
      sync_directory(folder.empty() ? "." : folder.string());
      place_.folder_synced_ = true;
    }

   private:
    Place& place_;
  };

  const File& file_;
  std::string path_;
  std::optional<File> kept_;
  bool folder_synced_ = false;
  std::uint64_t number_ = first_number();
};

JournaledFile::JournaledFile(const std::string& path, Milliseconds wait)
    : file_(path, File::Mode::kReadWrite),
      lock_(file_.fd(), path, wait),
      place_(std::make_unique<Place>(file_, journal_path(path))),
      recovery_(bytes::Journal::recover(file_, *place_)),
      cache_(file_),
      journal_(std::make_unique<bytes::Journal>(cache_, *place_)) {
  place_->keep();
}

JournaledFile::~JournaledFile() = default;

SharedFile::SharedFile(const std::string& path) : file_(std::make_unique<File>(path)), path_(path) {
  begin_reading();
  end_reading();
}

SharedFile::~SharedFile() {
  if (reading_) end_reading();
}

void SharedFile::look_at_journal(State& state, bytes::WriteSet& overlay) const {
  const std::string path = journal_path(path_);
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0 || facts.st_size < 16) return;
  const File journal(path);
  Idle start(0);
  journal.read_at(0, start.bytes);
  state.journal = load_le<std::uint64_t>(start.bytes.data() + 8);
  if (load_le<std::uint64_t>(start.bytes.data()) == 0) return;
  std::vector<std::byte> bytes(journal.size());
  journal.read_at(0, bytes);
  const auto content = bytes::parse_journal(bytes);
  if (!content || !content->fits(state.size)) return;
  for (const auto& record : content->records) overlay.write(record.offset, record.bytes);
  state.size = content->size_after;
}

void SharedFile::look() const {
  struct stat facts = {};
  if (::fstat(file_->fd(), &facts) != 0) throw_errno(path_, "fstat");
  State state{static_cast<std::uint64_t>(facts.st_size), facts.st_mtim.tv_sec * 1000000000 + facts.st_mtim.tv_nsec, 0};
  bytes::WriteSet overlay;
  try {
    look_at_journal(state, overlay);
  } catch (const Error& error) {
    // A writer that opens or closes takes it away or starts it anew meanwhile: then nothing is in it.
    if (error.code() != ErrorCode::kNotFound && error.code() != ErrorCode::kCorrupt) throw;
  }
  if (generation_ > 0 && state == state_ && overlay.extents() == overlay_.extents()) return;
  ++generation_;
  state_ = state;
  overlay_ = std::move(overlay);
}

std::uint64_t SharedFile::begin_reading() const {
  lock_reading(file_->fd(), path_);
  try {
    look();
  } catch (...) {
    unlock_reading(file_->fd());
    throw;
  }
  reading_ = true;
  return generation_;
}

void SharedFile::end_reading() const {
  unlock_reading(file_->fd());
  reading_ = false;
}

void SharedFile::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  bytes::check_range(name(), offset, bytes::total_bytes(runs), state_.size);
  file_->read_at(offset, runs);
  if (overlay_.empty()) return;
  for (const MutableByteView run : runs) {
    overlay_.patch(offset, run);
    offset += run.size();
  }
}

}  // namespace chunkmark::os
