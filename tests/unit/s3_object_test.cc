// An object that is read by several lanes: in the order of the stream, every byte once over the wire.
#include <atomic>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "native/os/thread_executor.h"
#include "native/s3/response_head.h"
#include "native/s3/s3_store.h"
#include "native/s3/turns.h"
#include "unit/http_service.h"

namespace chunkmark::s3 {
namespace {

S3Store store_at(const Service& service) {
  Settings settings;
  settings.endpoint = parse_endpoint(service.url(), "test");
  settings.region = "r";
  settings.bucket = "bucket";
  return S3Store(settings, "");
}

char letter(std::uint64_t offset) {
  return static_cast<char>('a' + offset * 2654435761U % 26);
}

// An object of `size` bytes, served by ranges; `bytes` counts the bytes of all ranges.
Reply serve_range(const Asked& asked, std::uint64_t size, std::atomic<std::uint64_t>& bytes) {
  const std::size_t at = asked.head.find("\r\nrange: bytes=");
  REQUIRE(at != std::string::npos);
  const std::string range = asked.head.substr(at + 15, asked.head.find('\r', at + 2) - at - 15);
  const std::uint64_t begin = std::stoull(range),
                      end = std::min<std::uint64_t>(size, std::stoull(range.substr(range.find('-') + 1)) + 1);
  std::string body(static_cast<std::size_t>(end - begin), ' ');
  for (std::uint64_t i = begin; i < end; ++i) body[static_cast<std::size_t>(i - begin)] = letter(i);
  bytes += end - begin;
  return {206, body,
          "etag: \"e\"\r\ncontent-range: bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" +
              std::to_string(size) + "\r\n"};
}

TEST_CASE("lanes that read one object in order ask for every byte once") {
  constexpr std::uint64_t kSize = 40 << 20, kPiece = 463000;
  for (const unsigned lanes : {2U, 16U}) {
    CAPTURE(lanes);
    std::atomic<std::uint64_t> asked = 0;
    const Service service([&](const Asked& request) { return serve_range(request, kSize, asked); });
    S3Store store = store_at(service);
    const auto object = store.open("key");
    std::atomic<int> wrong = 0;
    os::ThreadExecutor executor(lanes);
    executor.parallel((kSize + kPiece - 1) / kPiece, [&](std::size_t i, unsigned) {
      std::string piece(static_cast<std::size_t>(std::min(kPiece, kSize - i * kPiece)), '?');
      object->read_at(i * kPiece, std::as_writable_bytes(std::span(piece)));
      for (std::size_t n = 0; n < piece.size(); n += 997) wrong += piece[n] != letter(i * kPiece + n);
    });
    CHECK(wrong == 0);
    CHECK(asked == kSize);
  }
}

TEST_CASE("a lane that comes late finds its bytes still there") {
  constexpr std::uint64_t kSize = 20 << 20, kPiece = 300000;
  std::atomic<std::uint64_t> asked = 0;
  const Service service([&](const Asked& request) { return serve_range(request, kSize, asked); });
  S3Store store = store_at(service);
  const auto object = store.open("key");
  std::string piece(kPiece, '?');
  const auto read = [&](std::uint64_t i) {
    object->read_at(i * kPiece, std::as_writable_bytes(std::span(piece)));
    CHECK(piece[5] == letter(i * kPiece + 5));
  };
  read(0);
  for (std::uint64_t i = 2; i < 60; ++i) read(i);  // 17 MB: more than the window holds
  read(1);
  CHECK(asked <= kSize);
}

TEST_CASE("a range of another object is refused, also by a server that knows no conditions") {
  std::atomic<std::uint64_t> bytes = 0;
  const Service service([&](const Asked& asked) {
    Reply reply = serve_range(asked, 20 << 20, bytes);
    if (!asked.has("range: bytes=0-1048575")) reply.headers.replace(reply.headers.find("\"e\""), 3, "\"f\"");
    return reply;
  });
  S3Store store = store_at(service);
  const auto object = store.open("key");
  std::string piece(100, '?');
  object->read_at(0, std::as_writable_bytes(std::span(piece)));
  try {
    object->read_at(5 << 20, std::as_writable_bytes(std::span(piece)));
    FAIL("read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kConflict);
    CHECK(std::string(error.what()).find("key: expected the object with ETag \"e\"") == 0);
  }
}

TEST_CASE("turns go by offset") {
  Turns turns;
  std::vector<int> order;
  std::vector<std::thread> lanes;
  {
    const Turns::Turn first = turns.wait(0);
    CHECK_FALSE(turns.try_now());
    for (const int offset : {5, 3, 9, 4}) {
      lanes.emplace_back([&, offset] {
        const Turns::Turn turn = turns.wait(static_cast<std::uint64_t>(offset));
        order.push_back(offset);
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  for (std::thread& lane : lanes) lane.join();
  CHECK(order == std::vector<int>{3, 4, 5, 9});
  CHECK(turns.try_now());
}

}  // namespace
}  // namespace chunkmark::s3
