#include "wasm/study/version_case.h"

#include "base/error.h"
#include "base/json_members.h"
#include "wasm/host.h"

namespace chunkmark::wasm {
namespace {

// The durability of these cases is none: no journal is written.
class NoJournal final : public bytes::JournalPlace {
 public:
  std::unique_ptr<bytes::RandomAccess> open() override { return nullptr; }
  std::unique_ptr<bytes::RandomAccess> create() override {
    throw Error(ErrorCode::kUnsupported, "durability: expected none, found another");
  }
  void remove() override {}
  void without_readers(const std::function<void()>& apply) override { apply(); }
};

// The file again, for one reader.
class Lent final : public bytes::RandomAccess {
 public:
  explicit Lent(const bytes::RandomAccess& file) : file_(file) {}
  const std::string& name() const override { return file_.name(); }
  std::uint64_t size() const override { return file_.size(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    file_.read_at(offset, runs);
  }

 private:
  const bytes::RandomAccess& file_;
};

class HostPlace final : public study::VersionPlace {
 public:
  explicit HostPlace(std::uint64_t number) : file_(host_file(number)) {}

  bytes::Journal& create(ByteView content) override {
    file_->truncate(0);
    file_->write_at(0, content);
    journal_ = std::make_unique<bytes::Journal>(*file_, no_journal_);
    return *journal_;
  }
  void close() override { journal_.reset(); }
  std::unique_ptr<bytes::RandomAccess> open() override { return std::make_unique<Lent>(*file_); }

 private:
  std::unique_ptr<bytes::RandomAccess> file_;
  NoJournal no_journal_;
  std::unique_ptr<bytes::Journal> journal_;
};

}  // namespace

study::VersionCase version_case_of(const json::object& params) {
  return study::version_case_from_json(as_object(member(params, "case", "params"), "the case", "params"));
}

json::object run_version(const study::VersionCase& version_case, bool is_traced, const json::object& params,
                         const study::SetMark& mark) {
  HostPlace place(unsigned_member(params, "file", "params"));
  return run_version_case(version_case, is_traced, place, mark);
}

}  // namespace chunkmark::wasm
