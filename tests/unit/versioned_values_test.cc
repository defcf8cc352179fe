// Hashes and times as versioned files have them, and attributes as people read them.
#include <algorithm>

#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/element_texts.h"
#include "storage/versioned/sha256_portable.h"
#include "storage/versioned/timestamp.h"
#include "unit/catch.h"

namespace chunkmark::versioned {
namespace {

TEST_CASE("timestamps") {
  struct Row {
    const char* text;
    std::int64_t microseconds;
  };
  const Row rows[] = {
      {"1970-01-01 00:00:00.000000+0000", 0},       {"2020-06-29 23:58:21+0000", 1593475101000000},
      {"2024-02-29T12:00:00.5Z", 1709208000500000}, {"2024-02-29 14:00:00+02:00", 1709208000000000},
      {"1969-12-31 23:59:59.999999+0000", -1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    REQUIRE(parse_timestamp(row.text).has_value());
    CHECK(*parse_timestamp(row.text) == row.microseconds);
    CHECK(parse_timestamp(format_timestamp(row.microseconds)) == row.microseconds);
  }
  CHECK(format_timestamp(1709208000500000) == "2024-02-29 12:00:00.500000+0000");
  for (const char* text :
       {"", "now", "2024-13-01", "2024-01-01 1:00", "2024-01-01 25:00:00", "2024-01-01 00:00:00+00x"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text).has_value());
  }
}

template <typename Hash>
std::string hash_in_pieces(std::string_view text, std::size_t piece) {
  Hash hash;
  for (std::size_t at = 0; at < text.size(); at += piece) hash.update(as_byte_view(text.substr(at, piece)));
  return to_hex(hash.digest());
}

TEST_CASE("SHA-256 gives the digests of its standard, the library's and our own") {
  struct Row {
    std::string_view text;
    std::size_t times;
    std::string_view digest;
  };
  // FIPS 180's examples, nothing at all, and a length that is no multiple of a block.
  const Row rows[] = {{"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                      {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
                      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqr"
                       "smnopqrstnopqrstu",
                       1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
                      {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
                      {"a", 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"}};
  for (const Row& row : rows) {
    std::string text;
    for (std::size_t i = 0; i < row.times; ++i) text += row.text;
    for (const std::size_t piece : {std::size_t{37}, std::size_t{64}, text.size() + 1}) {
      CAPTURE(row.text, row.times, piece);
      CHECK(hash_in_pieces<Sha256>(text, piece) == row.digest);
      CHECK(hash_in_pieces<PortableSha256>(text, piece) == row.digest);
    }
  }
}

TEST_CASE("hashes are those of the Python library") {
  const std::int32_t values[] = {0, 1, 2, 3};
  const std::uint64_t box[] = {4};
  CHECK(to_hex(chunk_hash(std::as_bytes(std::span(values)), box, nullptr)) ==
        "47a0fe71a2179f6bc45cabcd1b07ec3b751712e914000f4dba0059db668f82c5");
  const std::uint64_t shape[] = {1, 2, 3};
  CHECK(python_tuple(shape) == "(1, 2, 3)");
  CHECK(python_tuple(std::span(shape).first(1)) == "(1,)");
}

TEST_CASE("attributes as people read them") {
  const auto attribute = [](json::value shape, json::value data) {
    return attribute_text(json::object{{"dtype", "<i4"}, {"shape", std::move(shape)}, {"data", std::move(data)}});
  };
  CHECK(attribute_text("text") == "\"text\"");
  CHECK(attribute(nullptr, nullptr) == "no value");
  CHECK(attribute(json::array{}, json::array{7}) == "7");
  CHECK(attribute(json::array{21}, json::array(21, 5)) == "5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 ... 21 in all");
  CHECK(attribute(json::array{2}, json::object{{"a", json::array{1, 2}}, {"b", json::array{3, 4}}}) == "(1 3) (2 4)");
}

}  // namespace
}  // namespace chunkmark::versioned
