// A journalled commit takes place wholly or not at all: kills, power cuts, errors.
#include "bytes/journal.h"

#include <string>

#include "unit/catch.h"
#include "unit/crash_disk.h"

namespace chunkmark::bytes {
namespace {

using Bytes = CrashDisk::Bytes;

Bytes text(const std::string& value) {
  const ByteView view = as_byte_view(value);
  return {view.begin(), view.end()};
}

const Bytes kOld = text("0123456789abcdefghijklmnopqrstuvwxyz");

void write(RandomAccess& file, std::uint64_t offset, const std::string& value) {
  file.write_at(offset, as_byte_view(value));
}

// From kOld to kNew, by writes that touch, overlap, and cross the old end.
void stage(Journal& journal) {
  write(journal, 4, "ABxx");
  write(journal, 6, "CDEF");
  write(journal, 10, "GH");
  write(journal, 36, "!!");
  write(journal, 28, "??");
  write(journal, 38, "new ");
  write(journal, 40, "w data");
  write(journal, 32, "wxyz");
  write(journal, 28, "??wxyz!!");
  write(journal, 12, "efgh");
  write(journal, 38, "new data");
  write(journal, 34, "yz");
  write(journal, 32, "wxyz!!");
  write(journal, 28, "??");
  write(journal, 30, "wx");
  write(journal, 32, "yz!!new data");
}

const Bytes kStaged = [] {
  Bytes bytes = kOld;
  CrashDisk disk({bytes, std::nullopt});
  Journal journal(disk.file(), disk);
  stage(journal);
  bytes.resize(journal.size());
  journal.read_at(0, bytes);
  return bytes;
}();

// What the next opener finds.
Bytes recovered(CrashDisk::State state) {
  CrashDisk disk(std::move(state));
  Journal::recover(disk.file(), disk);
  CHECK(!disk.now().journal);
  return disk.now().file;
}

// The old file may have new data behind its end: nothing points there.
bool is_old(const Bytes& bytes) {
  return bytes.size() >= kOld.size() && std::equal(kOld.begin(), kOld.end(), bytes.begin());
}

TEST_CASE("reads see what was written, the file does not until the commit") {
  CrashDisk disk({kOld, std::nullopt});
  Journal journal(disk.file(), disk);
  stage(journal);
  CHECK(is_old(disk.now().file));
  CHECK(journal.size() == kStaged.size());
  for (std::uint64_t from = 0; from < kStaged.size(); ++from) {
    for (std::uint64_t to = from; to <= kStaged.size(); ++to) {
      Bytes part(to - from);
      journal.read_at(from, part);
      REQUIRE(std::equal(part.begin(), part.end(), kStaged.begin() + static_cast<std::ptrdiff_t>(from)));
    }
  }
  journal.commit(Durability::kProcessCrash);
  CHECK(disk.now().file == kStaged);
  CHECK(!disk.now().journal);
  CHECK(journal.committed());
}

TEST_CASE("rollback leaves the file as it was, and the next commit starts anew") {
  CrashDisk disk({kOld, std::nullopt});
  Journal journal(disk.file(), disk);
  stage(journal);
  journal.rollback();
  CHECK(disk.now().file == kOld);
  CHECK(journal.size() == kOld.size());
  write(journal, 0, "zero");
  journal.commit(Durability::kPowerLoss);
  Bytes expected = kOld;
  std::copy_n(text("zero").begin(), 4, expected.begin());
  CHECK(disk.now().file == expected);
}

TEST_CASE("a file can be cut, and what is written behind the cut counts") {
  CrashDisk disk({kOld, std::nullopt});
  Journal journal(disk.file(), disk);
  write(journal, 30, "lost");
  journal.truncate(20);
  write(journal, 10, "X");
  CHECK(is_old(disk.now().file));
  journal.commit(Durability::kPowerLoss);
  Bytes expected(kOld.begin(), kOld.begin() + 20);
  expected[10] = std::byte{'X'};
  CHECK(disk.now().file == expected);
  for (std::size_t n = 0; n <= disk.operations(); ++n) {
    const Bytes found = recovered(disk.after(n));
    CHECK((found == kOld || found == expected));
  }
}

TEST_CASE("a process killed after any of its calls leaves the old or the new file") {
  for (const bool keeps : {false, true}) {
    for (const Durability durability : {Durability::kProcessCrash, Durability::kPowerLoss}) {
      CrashDisk disk({kOld, std::nullopt});
      disk.keeps_journal = keeps;
      Journal journal(disk.file(), disk);
      stage(journal);
      journal.commit(durability);
      std::size_t changed = 0;
      bool was_new = false;
      for (std::size_t n = 0; n <= disk.operations(); ++n) {
        const Bytes found = recovered(disk.after(n));
        const bool now_new = found == kStaged;
        CHECK((now_new || is_old(found)));
        CHECK((now_new || !was_new));  // never back
        changed += now_new != was_new;
        was_new = now_new;
      }
      CHECK(changed == 1);
      CHECK(was_new);
    }
  }
}

TEST_CASE("a power cut leaves the old or the new file, and the new one after commit") {
  const Bytes third = [] {
    Bytes bytes = kStaged;
    std::copy_n(text("again").begin(), 5, bytes.begin() + 2);
    return bytes;
  }();
  for (const bool keeps : {false, true}) {
    CrashDisk disk({kOld, std::nullopt});
    disk.keeps_journal = keeps;
    Journal journal(disk.file(), disk);
    stage(journal);
    journal.commit(Durability::kPowerLoss);
    const std::size_t first_commit = disk.operations();
    write(journal, 2, "again");
    journal.commit(Durability::kPowerLoss);
    std::mt19937_64 random(keeps);
    std::size_t olds = 0, news = 0, thirds = 0;
    for (std::size_t n = 0; n <= disk.operations(); ++n) {
      for (int seed = 0; seed < 300; ++seed) {
        const Bytes found = recovered(disk.after_power_cut(n, random));
        const bool is_third = found == third, is_new = found == kStaged;
        REQUIRE((is_third || is_new || (n < first_commit && is_old(found))));
        REQUIRE((n < disk.operations() || is_third));
        thirds += is_third;
        news += is_new;
        olds += !is_third && !is_new;
      }
    }
    CHECK(olds > 0);
    CHECK(news > 0);
    CHECK(thirds > 0);
  }
}

TEST_CASE("an error of any call is reported, and the file is old or new") {
  for (const bool keeps : {false, true}) {
    for (const bool sticky : {false, true}) {
      bool finished = false;
      for (std::uint64_t nth = 0; !finished; ++nth) {
        REQUIRE(nth < 100);
        CrashDisk disk({kOld, std::nullopt});
        disk.keeps_journal = keeps;
        Journal journal(disk.file(), disk);
        disk.fail_at(nth, sticky);
        bool acknowledged = false;
        try {
          stage(journal);
          journal.commit(Durability::kPowerLoss);
          acknowledged = true;
        } catch (const Error& error) {
          CHECK(std::string(error.what()) == "disk: injected");
          try {
            journal.rollback();
          } catch (const Error&) {
          }
        }
        finished = disk.calls() <= nth;
        const bool committed = journal.committed();
        const Bytes found = recovered(disk.now());
        CHECK((found == kStaged || is_old(found)));
        if (acknowledged || committed) CHECK(found == kStaged);
        if (finished) CHECK(acknowledged);
        if (!committed && !sticky) CHECK(is_old(found));
      }
    }
  }
}

TEST_CASE("a damaged, cut or foreign journal is dropped") {
  CrashDisk disk({kOld, std::nullopt});
  disk.keeps_journal = true;
  Journal journal(disk.file(), disk);
  stage(journal);
  journal.commit(Durability::kProcessCrash);
  // The state in which the journal is whole and nothing is in place.
  std::size_t n = 0;
  while (recovered(disk.after(n)) != kStaged) ++n;
  const CrashDisk::State whole = disk.after(n);
  REQUIRE(is_old(whole.file));
  const Bytes bytes = whole.journal.value_or(Bytes());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes bad = bytes;
    bad[at] ^= std::byte{1};
    CHECK(is_old(recovered({whole.file, bad})));
    bad.resize(at);
    CHECK(is_old(recovered({whole.file, bad})));
  }
  CrashDisk::State longer = whole;
  longer.file.push_back(std::byte{'x'});
  CHECK(is_old(recovered(longer)));
  CrashDisk::State shorter = whole;
  shorter.file.pop_back();
  CHECK(is_old(recovered(shorter)));
}

}  // namespace
}  // namespace chunkmark::bytes
