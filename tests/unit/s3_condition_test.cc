// Objects that are stored on a condition, and sums of what is read, with a server that loses answers.
#include "base/error.h"
#include "native/s3/checksum.h"
#include "native/s3/s3_store.h"
#include "unit/http_service.h"

namespace chunkmark::s3 {
namespace {

constexpr char kWriteId[] = "x-amz-meta-chunkmark-write: ";

S3Store store_at(const Service& service) {
  Settings settings;
  settings.endpoint = parse_endpoint(service.url(), "test");
  settings.region = "r";
  settings.bucket = "bucket";
  return S3Store(settings, "");
}

void store_if(S3Store& store, const std::string& etag) {
  const auto sink = store.create_if("key", 1, etag);
  sink->append(as_byte_view("x"));
  sink->commit();
}

// The first PUT is carried out and its answer lost; what lies there then was written by whom `is_ours` says.
Reply after_a_lost_answer(const Asked& asked, std::string& stored, bool is_ours) {
  if (asked.line == "HEAD /bucket/key") return {200, "", kWriteId + (is_ours ? stored : "another") + "\r\n"};
  CHECK(asked.line == "PUT /bucket/key");
  CHECK(asked.has("if-none-match: *"));
  const std::size_t at = asked.head.find(kWriteId) + sizeof kWriteId - 1;
  const std::string id = asked.head.substr(at, asked.head.find("\r\n", at) - at);
  if (stored.empty()) {
    stored = id;
    return {0, ""};
  }
  CHECK(id == stored);
  return {412, "<Error><Code>PreconditionFailed</Code></Error>"};
}

TEST_CASE("an answer that was lost does not make a conflict of what was stored") {
  std::string stored;
  const Service service([&](const Asked& asked) { return after_a_lost_answer(asked, stored, true); });
  S3Store store = store_at(service);
  store_if(store, "");
  CHECK(service.asked() == 3);
}

TEST_CASE("a conflict stays one, also after an answer that was lost") {
  std::string stored;
  const Service service([&](const Asked& asked) { return after_a_lost_answer(asked, stored, false); });
  S3Store store = store_at(service);
  try {
    store_if(store, "");
    FAIL("stored");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kConflict);
  }
}

TEST_CASE("without a lost answer a refusal is believed at once") {
  const Service service([](const Asked& asked) -> Reply {
    CHECK(asked.has("if-match: \"e\""));
    return {412, ""};
  });
  S3Store store = store_at(service);
  CHECK_THROWS_AS(store_if(store, "\"e\""), Error);
  CHECK(service.asked() == 1);
}

TEST_CASE("two writers at once: whom the server asks to come again comes again") {
  int n = 0;
  const Service service([&](const Asked&) -> Reply {
    if (n++ == 0) return {409, "<Error><Code>ConditionalRequestConflict</Code></Error>"};
    return {200, ""};
  });
  S3Store store = store_at(service);
  store_if(store, "");
  CHECK(n == 2);
}

TEST_CASE("bytes that are not those of the server's checksum are asked for again, and then refused") {
  for (const std::size_t size : {std::size_t{1000}, std::size_t{100000}}) {
    CAPTURE(size);
    const std::string good(size, 'a'), bad = std::string(size - 1, 'a') + 'b';
    const ByteView bytes = as_byte_view(good);
    const std::string headers = std::string(kChecksumHeader) + ": " + checksum_text(std::span(&bytes, 1)) +
                                "\r\netag: \"e\"\r\ncontent-range: bytes 0-" + std::to_string(size - 1) + "/" +
                                std::to_string(size) + "\r\n";
    int n = 0, wrong = 1;
    const Service service([&](const Asked& asked) -> Reply {
      CHECK(asked.has("x-amz-checksum-mode: ENABLED"));
      return {206, n++ < wrong ? bad : good, headers};
    });
    S3Store store = store_at(service);
    const auto read = [&] { return store::read_text(store, "key", 1 << 20).value_or(""); };
    if (size == 1000) {  // held whole before anybody sees it
      CHECK(read() == good);
      CHECK(n == 2);
    } else {
      CHECK_THROWS_AS(read(), Error);
      CHECK(read() == good);
    }
  }
}

}  // namespace
}  // namespace chunkmark::s3
