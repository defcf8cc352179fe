// S3Store on a real server, which server.py starts: the suite of all stores, uploads in parts, and what errors say.
#include "native/s3/s3_store.h"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "base/crc32c.h"
#include "conformance/store_suite.h"
#include "native/os/thread_executor.h"
#include "native/s3/s3_sink.h"
#include "storage/codec/registry.h"
#include "storage/zarr/array.h"

namespace chunkmark::s3 {
namespace {

constexpr char kBucket[] = "chunkmark";

Settings settings() {
  return settings_of(kBucket, this_machine());
}

std::unique_ptr<S3Store> new_store() {
  static int made = 0;
  return std::make_unique<S3Store>(settings(), "test/" + std::to_string(made++) + "/deep");
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(&text[i], &word, std::min<std::size_t>(8, size - i));
  }
  return text;
}

std::string content(store::Store& store, const std::string& key) {
  return store::read_text(store, key, std::size_t{1} << 30).value_or("(none)");
}

std::vector<OpenUpload> open_uploads() {
  Client client(settings());
  std::vector<OpenUpload> uploads;
  client.call({"GET", "", {{"uploads", ""}}, {}, {}}, {},
              [&](Response& response) { uploads = parse_open_uploads(response.document(1 << 20)); });
  return uploads;
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("S3 store") {
  store::run_store_suite(new_store);
}

TEST_CASE("keys of any characters") {
  const auto store = new_store();
  const std::string key = "a b/c+d&e=f%20/ä,(1)'~*!@$;<>\"";
  store::write_text(*store, key, "x");
  CHECK(content(*store, key) == "x");
  CHECK(store->list("a b/c+d&e=f%20") == std::vector<std::string>{"ä,(1)'~*!@$;<>\""});
  CHECK(store->erase(key));
}

TEST_CASE("a list of more than one page") {
  const auto store = new_store();
  os::ThreadExecutor executor(8);
  executor.parallel(1003,
                    [&](std::size_t i, unsigned) { store::write_text(*store, "many/" + std::to_string(i), "x"); });
  CHECK(store->list("many").size() == 1003);
}

TEST_CASE("an object is the same however it is written") {
  const auto store = new_store();
  const std::string text = noise(17 << 20, 1);
  const ByteView all = as_byte_view(text);
  SECTION("lent in one append") {
    const auto sink = store->create("a", text.size());
    sink->append(all);
    sink->commit();
  }
  SECTION("of known size, in one append of several runs, which may be scratch") {
    const auto sink = store->create("a", text.size());
    {
      const std::string scratch = text;
      const ByteView runs[] = {as_byte_view(scratch).first(1000), as_byte_view(scratch).subspan(1000)};
      sink->append(runs);
    }
    sink->commit();
  }
  SECTION("lent, and then more than was said") {
    const auto sink = store->create("a", text.size() - 10);
    sink->append(all.first(text.size() - 10));
    sink->append(all.last(10));
    sink->commit();
  }
  SECTION("in pieces, in parts") {
    const auto sink = store->create("a", std::nullopt);
    for (std::size_t at = 0; at < all.size(); at += 777777) {
      sink->append(all.subspan(at, std::min<std::size_t>(777777, all.size() - at)));
    }
    sink->commit();
  }
  SECTION("with its begin filled in last") {
    const auto sink = store->create("a", std::nullopt);
    sink->reserve(5000);
    sink->append(all.subspan(5000));
    sink->patch_at(0, all.first(5000));
    sink->commit();
  }
  SECTION("with reserved bytes over the border of parts, filled in when more has followed") {
    const std::size_t border = 2 * kPartBytes - 100;
    const auto sink = store->create("a", std::nullopt);
    sink->append(all.first(border));
    sink->reserve(200);
    sink->append(all.subspan(border + 200));
    sink->patch_at(border, all.subspan(border, 200));
    sink->commit();
  }
  SECTION("cut to nothing after parts were sent") {
    const auto sink = store->create("a", std::nullopt);
    sink->append(as_byte_view(noise(14 << 20, 2)));
    sink->truncate(0);
    sink->append(all);
    sink->commit();
  }
  SECTION("cut to where a range was reserved last, after parts were sent") {
    const std::size_t at = kPartBytes + 4321;
    const auto sink = store->create("a", std::nullopt);
    sink->append(all.first(at));
    sink->reserve(99);
    sink->append(as_byte_view(noise(9 << 20, 3)));
    sink->patch_at(at, all.first(99));
    sink->truncate(at);
    sink->append(all.subspan(at));
    sink->commit();
  }
  CHECK((content(*store, "a") == text));
  CHECK(open_uploads().empty());
}

TEST_CASE("an upload that is dropped or fails is aborted") {
  const auto store = new_store();
  {
    const auto sink = store->create("a", std::nullopt);
    sink->append(as_byte_view(noise(12 << 20, 1)));
    CHECK(open_uploads().size() == 1);
  }
  CHECK(open_uploads().empty());
  CHECK(store->open("a") == nullptr);
}

TEST_CASE("parts are read in any order, by several threads") {
  const auto store = new_store();
  const std::string text = noise(20 << 20, 1);
  {
    const auto sink = store->create("a", text.size());
    sink->append(as_byte_view(text));
    sink->commit();
  }
  const auto object = store->open("a");
  REQUIRE(object->size() == text.size());
  os::ThreadExecutor executor(4);
  std::atomic<int> wrong{0};
  executor.parallel(400, [&](std::size_t i, unsigned) {
    std::mt19937 random(static_cast<unsigned>(i));
    const std::size_t most = i % 10 == 0 ? 9 << 20 : 300 << 10;
    const std::size_t size = random() % most;
    // Mostly onwards, as codecs read, sometimes anywhere.
    const std::size_t at = (i % 7 == 0 ? random() : i * (40 << 10)) % (text.size() - size);
    std::string part(size, '?');
    object->read_at(at, std::as_writable_bytes(std::span(part)));
    if (part != text.substr(at, size)) ++wrong;
  });
  CHECK(wrong == 0);
}

TEST_CASE("an object that is replaced while it is read is told, and never mixed") {
  const auto store = new_store();
  const auto write = [&](char c) {
    const std::string text(12 << 20, c);
    const auto sink = store->create("a", text.size());
    sink->append(as_byte_view(text));
    sink->commit();
  };
  write('a');
  const auto object = store->open("a");
  write('b');
  std::string part(9 << 20, '?');
  const std::string told = message_of([&] { object->read_at(2 << 20, std::as_writable_bytes(std::span(part))); });
  CHECK(told.find("found that it was replaced meanwhile") != std::string::npos);
}

TEST_CASE("an array of every codec is read as it was written") {
  constexpr array::DType kFloat{array::Kind::kFloat, 4};
  const array::Shape shape{3000, 2000};
  const std::string data = noise(24000000, 7);
  for (const char* name : {"none", "blosc", "zstd", "gzip"}) {
    for (const array::Shape& chunks : {shape, array::Shape{1000, 2000}, array::Shape{700, 600}}) {
      CAPTURE(name, chunks);
      const auto store = new_store();
      os::ThreadExecutor executor(3);
      zarr::ArrayMetadata metadata;
      metadata.dtype = kFloat;
      metadata.shape = shape;
      metadata.chunk_shape = chunks;
      metadata.chain.codecs = codec::default_codecs(name, kFloat);
      const auto* bytes = reinterpret_cast<const std::byte*>(data.data());
      zarr::Array::create(*store, "t", metadata, executor).write(array::Source::dense(bytes, kFloat, shape));
      std::vector<std::byte> back(data.size());
      zarr::Array::open(*store, "t", executor).read_into(array::Dest::dense(back.data(), kFloat, shape));
      CHECK((as_text(back) == data));
    }
  }
}

TEST_CASE("an object is stored on a condition, whole or in parts") {
  for (const std::size_t size : {std::size_t{100}, std::size_t{6} << 20}) {
    CAPTURE(size);
    const auto store = new_store();
    const auto store_if = [&](const std::string& etag, char c) {
      const std::string text(size, c);
      const auto sink = store->create_if("a", std::nullopt, etag);
      sink->append(as_byte_view(text));
      try {
        sink->commit();
        return true;
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kConflict);
        return false;
      }
    };
    CHECK(store_if("", '1'));
    CHECK_FALSE(store_if("", '2'));
    const std::string first = store->open("a")->identity();
    CHECK(store_if(first, '3'));
    CHECK_FALSE(store_if(first, '4'));
    CHECK(content(*store, "a") == std::string(size, '3'));
  }
}

TEST_CASE("a server whose certificate nobody has vouched for is refused") {
  Settings unknown = settings();
  if (!unknown.endpoint.tls) return;
  unknown.ca_file.clear();
  S3Store store(unknown, "p");
  CHECK(message_of([&] { store.open("key"); }).find("its certificate is not accepted") != std::string::npos);
}

TEST_CASE("errors say what the server said, what was asked and what may help, and no secret") {
  struct Case {
    const char* name;
    std::function<void(Settings&)> change;
    std::vector<std::string> words;
  };
  const Case cases[] = {
      {"secret",
       [](Settings& s) { s.credentials->secret += "x"; },
       {"403 SignatureDoesNotMatch", "check the secret access key", "s3://chunkmark/p/key", "the environment"}},
      {"key ID",
       [](Settings& s) { s.credentials->key_id = "NOBODY"; },
       {"404 XAdminUserNotFound: No user exists with the provided access key ID", "://127.0.0.1:"}},  // its own
      {"bucket", [](Settings& s) { s.bucket = "no-such-bucket"; }, {"404 NoSuchBucket", "check the bucket's name"}},
      {"region", [](Settings& s) { s.region = "mars-1"; }, {"region mars-1", "AWS_REGION"}},
      {"clock",
       [](Settings& s) { s.clock = [] { return std::time(nullptr) + 3600; }; },
       {"403 RequestTimeTooSkewed", "this machine's clock says 2", "check the clock"}},
      {"nobody", [](Settings& s) { s.credentials.reset(); }, {"403 AccessDenied"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Settings changed = settings();
    c.change(changed);
    S3Store store(changed, "p");
    for (const std::string& told :
         {message_of([&] { store.open("key"); }), message_of([&] { store::write_text(store, "key", "x"); })}) {
      CAPTURE(told);
      for (const std::string& words : c.words) CHECK(told.find(words) != std::string::npos);
      CHECK(told.find(settings().credentials->secret) == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace chunkmark::s3
