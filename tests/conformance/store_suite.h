// What every store must do. A test program calls run_store_suite with a function that makes an empty store.
#pragma once

#include <functional>
#include <memory>

#include "base/error.h"
#include "storage/store/store.h"
#include "unit/catch.h"

namespace chunkmark::store {

using MakeStore = std::function<std::unique_ptr<Store>()>;

inline std::string read_all(Store& store, std::string_view key) {
  return read_text(store, key, 1 << 30).value_or("(none)");
}

inline void run_store_suite(const MakeStore& make) {
  SECTION("an object is visible when its sink commits, and not before") {
    const auto store = make();
    const auto sink = store->create("a/b", std::nullopt);
    sink->append(as_byte_view("one"));
    CHECK(store->open("a/b") == nullptr);
    CHECK(store->list("a").empty());
    sink->commit();
    CHECK(read_all(*store, "a/b") == "one");
  }
  SECTION("a sink that is dropped leaves nothing, and the object as it was") {
    const auto store = make();
    write_text(*store, "a", "old");
    store->create("a", std::nullopt)->append(as_byte_view("new"));
    store->create("b/c", 3)->append(as_byte_view("new"));
    CHECK(read_all(*store, "a") == "old");
    CHECK(store->open("b/c") == nullptr);
    CHECK(store->list("b").empty());
  }
  SECTION("a commit replaces what was there, with anything shorter or longer") {
    const auto store = make();
    write_text(*store, "a", "first and long");
    write_text(*store, "a", "2");
    CHECK(read_all(*store, "a") == "2");
    write_text(*store, "a", "");
    CHECK(read_all(*store, "a").empty());
    CHECK(store->open("a")->size() == 0);
  }
  SECTION("a reader keeps what it opened when the object is replaced or erased") {
    const auto store = make();
    write_text(*store, "a", "old text");
    const auto reader = store->open("a");
    write_text(*store, "a", "new");
    CHECK(store->erase("a"));
    std::string text(8, '?');
    reader->read_at(0, std::as_writable_bytes(std::span(text)));
    CHECK(text == "old text");
  }
  SECTION("runs are written one after the other and read into one after the other") {
    const auto store = make();
    const auto sink = store->create("a", std::nullopt);
    const std::string parts[] = {"ab", "", "cde", "f"};
    std::vector<ByteView> runs;
    for (const std::string& part : parts) runs.push_back(as_byte_view(part));
    sink->append(runs);
    sink->append(runs);
    sink->commit();
    CHECK(read_all(*store, "a") == "abcdefabcdef");
    std::string first(3, '?');
    std::string second(5, '?');
    const MutableByteView into[] = {
        std::as_writable_bytes(std::span(first)), {}, std::as_writable_bytes(std::span(second))};
    store->open("a")->read_at(2, into);
    CHECK(first == "cde");
    CHECK(second == "fabcd");
  }
  SECTION("more runs than any one system call takes") {
    const auto store = make();
    std::string text;
    for (int i = 0; i < 5000; ++i) text += static_cast<char>('a' + i % 26);
    std::vector<ByteView> runs;
    for (const char& c : text) runs.push_back(as_byte_view({&c, 1}));
    const auto sink = store->create("a", text.size());
    sink->append(runs);
    sink->commit();
    std::string back(text.size(), '?');
    std::vector<MutableByteView> into;
    for (char& c : back) into.push_back(std::as_writable_bytes(std::span(&c, 1)));
    store->open("a")->read_at(0, into);
    CHECK(back == text);
  }
  SECTION("reserved bytes are zeros until they are filled in") {
    const auto store = make();
    const auto sink = store->create("a", std::nullopt);
    sink->reserve(4);
    sink->append(as_byte_view("text"));
    sink->reserve(3);
    sink->patch_at(1, as_byte_view("xy"));
    sink->commit();
    CHECK(read_all(*store, "a") == std::string("\0xy\0text\0\0\0", 11));
  }
  SECTION("an object may be cut, to nothing or to where a range was reserved, and go on") {
    const auto store = make();
    for (const std::uint64_t kept : {0, 5}) {
      const auto sink = store->create("a", std::nullopt);
      sink->append(as_byte_view("begin"));
      sink->reserve(20);
      sink->append(as_byte_view(std::string(9000, 'x')));
      sink->patch_at(6, as_byte_view("zz"));
      sink->truncate(kept);
      sink->reserve(2);
      sink->append(as_byte_view("end"));
      sink->commit();
      CHECK(read_all(*store, "a") == std::string("begin").substr(0, kept) + std::string(2, '\0') + "end");
    }
  }
  SECTION("reading beyond the end is corrupt, and says what was expected") {
    const auto store = make();
    write_text(*store, "a", "12345");
    const auto reader = store->open("a");
    std::string text(3, '?');
    for (const std::uint64_t offset : {3, 5, 1000}) {
      try {
        reader->read_at(offset, std::as_writable_bytes(std::span(text)));
        FAIL("accepted");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kCorrupt);
        CHECK(std::string(error.what()).find("expected " + std::to_string(offset + 3) + " bytes") != std::string::npos);
      }
    }
  }
  SECTION("erase says whether there was something") {
    const auto store = make();
    write_text(*store, "a/b", "x");
    CHECK_FALSE(store->erase("a/c"));
    CHECK_FALSE(store->erase("a"));
    CHECK_FALSE(store->erase("a/b/c"));
    CHECK(store->erase("a/b"));
    CHECK_FALSE(store->erase("a/b"));
    CHECK(store->open("a/b") == nullptr);
  }
  SECTION("list shows what lies directly beneath, sorted, groups with a slash") {
    const auto store = make();
    CHECK(store->list("").empty());
    CHECK(store->list("nowhere").empty());
    for (const char* key : {"z", "a/c/0/1", "a/c/1/0", "a/zarr.json", "ab/x"}) write_text(*store, key, "x");
    CHECK(store->list("") == std::vector<std::string>{"a/", "ab/", "z"});
    CHECK(store->list("a") == std::vector<std::string>{"c/", "zarr.json"});
    CHECK(store->list("a/c") == std::vector<std::string>{"0/", "1/"});
  }
  SECTION("keys that could leave the store or mean nothing are refused") {
    const auto store = make();
    const std::string bad[] = {"",
                               "/",
                               "/a",
                               "a/",
                               "a//b",
                               ".",
                               "..",
                               "a/../b",
                               "a/.",
                               "a\\b",
                               "c:",
                               std::string("a\0b", 3),
                               std::string(1025, 'a')};
    for (const std::string& key : bad) {
      CAPTURE(key);
      CHECK_THROWS_AS(store->open(key), Error);
      CHECK_THROWS_AS(store->create(key, std::nullopt), Error);
      CHECK_THROWS_AS(store->erase(key), Error);
      if (!key.empty()) CHECK_THROWS_AS(store->list(key), Error);
    }
  }
  SECTION("a prefix of keys is no object") {
    const auto store = make();
    write_text(*store, "a/b", "x");
    CHECK(store->open("a") == nullptr);
    CHECK(store->open("a/b/c") == nullptr);
  }
  SECTION("an object of more than one megabyte, in uneven pieces") {
    const auto store = make();
    std::string text;
    const auto sink = store->create("a", std::nullopt);
    for (std::size_t i = 0; text.size() < 3000000; ++i) {
      const std::string piece(1 + i * 7919 % 65536, static_cast<char>('a' + i % 26));
      sink->append(as_byte_view(piece));
      text += piece;
    }
    sink->commit();
    CHECK((read_all(*store, "a") == text));
    std::string part(1500000, '?');
    store->open("a")->read_at(777777, std::as_writable_bytes(std::span(part)));
    CHECK((part == text.substr(777777, part.size())));
  }
}

}  // namespace chunkmark::store
