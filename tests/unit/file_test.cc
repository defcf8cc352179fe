// Positioned calls on files, and what a local store leaves in its folder.
#include "native/os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "base/error.h"
#include "native/store/local_store.h"
#include "unit/catch.h"
#include "unit/temporary_folder.h"

namespace chunkmark::store {
namespace {

std::string content(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

MutableByteView bytes_of(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

template <typename Call>
std::string refusal(Call call) {
  try {
    call();
    return "accepted";
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + ": " + error.what();
  }
}

TEST_CASE("a scratch file has no name, and goes away") {
  const TemporaryFolder folder;
  os::File file(folder.path() / "data.h5-journal", os::File::Mode::kScratch);
  CHECK(names_in(folder.path()).empty());
  CHECK(file.size() == 0);
  file.write_at(4096, as_byte_view("kept"));
  std::string read(4, ' ');
  file.read_at(4096, bytes_of(read));
  CHECK(read == "kept");
  CHECK(refusal([&] { os::File(folder.path() / "none" / "f", os::File::Mode::kScratch); }).find("none/f") !=
        std::string::npos);
}

TEST_CASE("runs are written and read at any offset, in order, more than one call takes") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "f";
  os::File file(path, os::File::Mode::kCreateNew);
  std::string text;
  for (int i = 0; i < 3000; ++i) text += static_cast<char>('a' + i % 26);
  std::vector<ByteView> runs;
  for (std::size_t at = 0, n = 0; at < text.size(); at += n) {  // of 0, 1, 2 and 3 bytes: far more than 256 runs
    n = std::min((runs.size() * 7) % 4, text.size() - at);
    runs.push_back(as_byte_view(text).subspan(at, n));
  }
  file.write_at(10, runs);
  CHECK(file.size() == 3010);
  CHECK(content(path) == std::string(10, '\0') + text);
  std::string back(text.size(), '?');
  std::vector<MutableByteView> into;
  for (std::size_t at = 0, n = 0; at < back.size(); at += n) {
    n = std::min((into.size() * 5) % 3, back.size() - at);
    into.push_back(bytes_of(back).subspan(at, n));
  }
  file.read_at(10, into);
  CHECK(back == text);
}

TEST_CASE("what cannot be done names the file and the reason") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "f";
  std::ofstream(path) << "12345";
  std::string into(3, '?');
  const MutableByteView run = bytes_of(into);
  constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 63;
  const os::File file(path);
  CHECK(refusal([&] { file.read_at(3, std::span(&run, 1)); }) == "corrupt: " + path + ": expected 6 bytes, found 5");
  CHECK(refusal([&] { file.read_at(9, std::span(&run, 1)); }) == "corrupt: " + path + ": expected 12 bytes, found 5");
  for (const std::uint64_t offset : {kBeyond - 4, kBeyond - 2, kBeyond, kHuge - 1}) {
    CAPTURE(offset);
    CHECK(refusal([&] { file.read_at(offset, std::span(&run, 1)); }).starts_with("corrupt: " + path + ": expected "));
  }
  CHECK_NOTHROW(file.read_at(9, MutableByteView()));  // nothing asked for
  const ByteView from = as_byte_view("x");
  CHECK(refusal([&] { os::File(path).write_at(0, from); }) == "io: " + path + ": write: Bad file descriptor");
  CHECK(refusal([&] { os::File(path + "/below"); }) == "not_found: " + path + "/below: open: Not a directory");
  CHECK(refusal([&] { os::File(path + "no"); }) == "not_found: " + path + "no: open: No such file or directory");
  CHECK(refusal([&] { os::File(folder.path().string()); }) ==
        "io: " + folder.path().string() + ": expected a regular file");
  CHECK(refusal([&] { os::sync_directory(path); }) == "not_found: " + path + ": open: Not a directory");
}

TEST_CASE("a descriptor has one owner, and is closed once") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "f";
  os::File first(path, os::File::Mode::kCreateNew, "the key");
  CHECK(first.name() == "the key");
  CHECK(refusal([&] { os::File(path, os::File::Mode::kCreateNew); }) == "io: " + path + ": open: File exists");
  const int descriptor = first.fd();
  os::File second(std::move(first));
  CHECK(second.fd() == descriptor);
  CHECK(second.name() == "the key");
  second.close();
  CHECK(::fcntl(descriptor, F_GETFD) == -1);
  CHECK_THROWS_AS(second.close(), Error);
}

TEST_CASE("a file opened for reading is as long as it was then; one that is written grows") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "f";
  os::File writer(path, os::File::Mode::kCreate);
  writer.write_at(2, as_byte_view("abc"));
  writer.sync();
  CHECK(writer.size() == 5);
  const os::File reader(path);
  writer.truncate(3);
  CHECK(writer.size() == 3);
  CHECK(reader.size() == 5);
  std::string into(3, '?');
  CHECK_THROWS_AS(reader.read_at(2, bytes_of(into)), Error);  // cut short meanwhile: an error, no signal
  os::File again(path, os::File::Mode::kReadWrite);
  again.write_at(0, as_byte_view("x"));
  CHECK(content(path) == std::string("x\0a", 3));
}

TEST_CASE("a new object appears by rename: until then a temporary file beside it, after a failure nothing") {
  const TemporaryFolder folder;
  LocalStore store(folder.path(), bytes::Durability::kPowerLoss);
  write_text(store, "a", "old");
  {
    const auto sink = store.create("a", std::nullopt);
    sink->append(as_byte_view("new"));
    const std::vector<std::string> names = names_in(folder.path());
    REQUIRE(names.size() == 2);
    CHECK(names[0].starts_with(".a." + std::to_string(::getpid()) + "."));
    CHECK(names[0].ends_with(".tmp"));
    CHECK(content(folder.path() / names[0]) == "new");
    CHECK(content(folder.path() / "a") == "old");
    struct stat before = {}, after = {};
    ::stat((folder.path() / names[0]).c_str(), &before);
    sink->commit();
    ::stat((folder.path() / "a").c_str(), &after);
    CHECK(after.st_ino == before.st_ino);  // that very file, not a copy
  }
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a"});
  CHECK(content(folder.path() / "a") == "new");

  write_text(store, "folder/x", "x");
  {
    const auto sink = store.create("folder", std::nullopt);  // a name that is a folder: rename must fail
    sink->append(as_byte_view("new"));
    CHECK_THROWS_AS(sink->commit(), Error);
  }
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a", "folder"});
  CHECK_THROWS_AS(store.create("a/below", std::nullopt), Error);  // a file where a folder is needed
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a", "folder"});
}

TEST_CASE("two sinks of one key do not meet: the last commit wins") {
  const TemporaryFolder folder;
  LocalStore store(folder.path(), bytes::Durability::kNone);
  const auto first = store.create("a", std::nullopt), second = store.create("a", std::nullopt);
  first->append(as_byte_view("first"));
  second->append(as_byte_view("2nd"));
  second->commit();
  CHECK(content(folder.path() / "a") == "2nd");
  first->commit();
  CHECK(content(folder.path() / "a") == "first");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a"});
}

TEST_CASE("what others have put into the folder does not hinder") {
  const TemporaryFolder folder;
  LocalStore store(folder.path(), bytes::Durability::kNone);
  write_text(store, "a", "x");
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  std::filesystem::create_symlink("nowhere", folder.path() / "dangling");
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(store.list("") == std::vector<std::string>{"a", "dangling", "loop", "pipe"});
  CHECK(store.open("dangling") == nullptr);
  CHECK_THROWS_AS(store.open("loop"), Error);
  CHECK_THROWS_AS(store.open("pipe"), Error);  // and does not wait for a writer
  CHECK(store.location() == folder.path().string());
  CHECK_THROWS_AS(store.create(".a.tmp", std::nullopt), Error);
}

}  // namespace
}  // namespace chunkmark::store
