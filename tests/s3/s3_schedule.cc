// One schedule of the fault tests: s3_schedule SEED DIRECT_ENDPOINT [--may-leave]
//
// Writes, reads, lists and erases objects by a seeded plan through AWS_ENDPOINT_URL, where faults are put in
// (faults.py), and in the end looks at what there is without them. Holds: a read gives what was acknowledged last, or
// what a failed write after that may have left, or fails; what was acknowledged is there; no upload stays open, except
// with --may-leave, when the server was not to be reached for so long that we gave up. Prints what it did; status 1 if
// something does not hold.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "native/s3/s3_sink.h"
#include "native/s3/s3_store.h"

namespace chunkmark::s3 {
namespace {

constexpr std::size_t kMaxBytes = 32 << 20;

class Schedule {
 public:
  Schedule(unsigned seed, Settings faulty, Settings direct)
      : random_(seed),
        prefix_("schedule/" + std::to_string(seed)),
        store_(std::move(faulty), prefix_),
        direct_(direct, prefix_),
        direct_client_(std::move(direct)) {}

  int run(bool may_leave) {
    for (int i = 0; i < 12; ++i) {
      const std::string key = "k/" + std::to_string(pick(3));
      switch (pick(5)) {
        case 0:
        case 1:
          write(key, i);
          break;
        case 2:
          erase(key);
          break;
        case 3:
          list();
          break;
        default:
          read(key);
      }
    }
    look(may_leave);
    std::printf("done: %d acknowledged, %d failed, %d wrong\n", acknowledged_, failed_, wrong_);
    return wrong_ == 0 ? 0 : 1;
  }

 private:
  // The contents that an object may have; "" is none.
  using Possible = std::set<std::string>;

  std::size_t pick(std::size_t n) { return random_() % n; }

  std::string text(std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }

  void wrong(const std::string& what) {
    std::printf("WRONG: %s\n", what.c_str());
    ++wrong_;
  }

  // False if the store says that it failed.
  template <typename Call>
  bool done(const std::string& what, const Call& call) {
    try {
      call();
      ++acknowledged_;
      return true;
    } catch (const Error& error) {
      std::printf("%s: %s\n", what.c_str(), error.what());
      if (error.code() != ErrorCode::kUnavailable) wrong("expected that it is unavailable");
      ++failed_;
      return false;
    }
  }

  void write(const std::string& key, int i) {
    const std::size_t sizes[] = {100 + pick(5000), kLentBytes + pick(1 << 20), 11000000 + pick(2000000)};
    const std::size_t kind = pick(3);
    const std::string content = text(sizes[kind]);
    const ByteView all = as_byte_view(content);
    const bool ok = done("write " + std::to_string(i) + " " + key, [&] {
      if (kind < 2) {
        const auto sink = store_.create(key, content.size());
        sink->append(all);
        return sink->commit();
      }
      const auto sink = store_.create(key, std::nullopt);
      sink->reserve(1000);
      sink->append(all.subspan(1000));
      sink->patch_at(0, all.first(1000));
      if (pick(4) == 0) return;  // dropped: the object stays as it was
      sink->commit();
      committed_ = true;
    });
    const bool dropped = kind == 2 && ok && !committed_;
    committed_ = false;
    if (dropped) return;
    possible(key);
    if (ok) objects_[key].clear();
    objects_[key].insert(content);
  }

  void erase(const std::string& key) {
    const bool ok = done("erase " + key, [&] { store_.erase(key); });
    if (ok) objects_[key].clear();
    objects_[key].insert("");
  }

  static std::string content(store::Store& store, const std::string& key) {
    return store::read_text(store, key, kMaxBytes).value_or("");
  }

  const Possible& possible(const std::string& key) {
    if (objects_[key].empty()) objects_[key].insert("");
    return objects_[key];
  }

  void read(const std::string& key) {
    std::string found;
    if (!done("read " + key, [&] { found = content(store_, key); })) return;
    if (!possible(key).contains(found)) wrong("read " + key + ": " + std::to_string(found.size()) + " other bytes");
  }

  void list() {
    std::vector<std::string> names;
    if (done("list", [&] { names = store_.list("k"); })) check_list(names);
  }

  void check_list(const std::vector<std::string>& names) {
    for (const char* name : {"0", "1", "2"}) {
      const bool listed = std::find(names.begin(), names.end(), name) != names.end();
      const Possible& contents = possible("k/" + std::string(name));
      const bool may_be = !(contents.size() == 1 && contents.contains(""));
      if (listed ? !may_be : !contents.contains("")) wrong(std::string("list: ") + name);
    }
  }

  void look(bool may_leave) {
    for (const char* name : {"0", "1", "2"}) {
      const std::string key = "k/" + std::string(name);
      if (!possible(key).contains(content(direct_, key))) wrong("found in the end: " + key);
    }
    check_list(direct_.list("k"));
    std::vector<OpenUpload> uploads;
    direct_client_.call({"GET", "", {{"uploads", ""}, {"prefix", prefix_ + "/"}}, {}, {}}, {},
                        [&](Response& response) { uploads = parse_open_uploads(response.document(1 << 20)); });
    if (!uploads.empty() && !may_leave) wrong(std::to_string(uploads.size()) + " uploads are open");
  }

  std::mt19937 random_;
  std::string prefix_;
  S3Store store_, direct_;
  Client direct_client_;
  std::map<std::string, Possible> objects_;
  bool committed_ = false;
  int acknowledged_ = 0, failed_ = 0, wrong_ = 0;
};

}  // namespace
}  // namespace chunkmark::s3

int main(int argc, char** argv) {
  using namespace chunkmark::s3;
  if (argc < 3) return 2;
  try {
    const Settings faulty = settings_of("chunkmark", this_machine());
    Settings direct = faulty;
    direct.endpoint = parse_endpoint(argv[2], "DIRECT_ENDPOINT");
    return Schedule(static_cast<unsigned>(std::atoi(argv[1])), faulty, direct).run(argc > 3);
  } catch (const std::exception& error) {
    std::printf("WRONG: %s\n", error.what());
    return 1;
  }
}
