// Objects of plain HTTP servers: what is asked of them, what is believed, where redirects lead.
#include "native/s3/http_store.h"

#include "base/error.h"
#include "unit/http_service.h"

namespace chunkmark::s3 {
namespace {

constexpr std::size_t kSize = 3 << 20;

std::string content(char c = 'a') {
  return std::string(kSize, c);
}

// A part of `whole`, as the request's range says.
Reply part_of(const Asked& asked, const std::string& whole, const std::string& headers) {
  const std::size_t at = asked.head.find("\r\nrange: bytes=");
  REQUIRE(at != std::string::npos);
  const std::string range = asked.head.substr(at + 15, asked.head.find('\r', at + 2) - at - 15);
  const std::size_t begin = std::stoull(range);
  const std::size_t end = std::min<std::size_t>(whole.size(), std::stoull(range.substr(range.find('-') + 1)) + 1);
  return {206, whole.substr(begin, end - begin),
          headers + "content-range: bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" +
              std::to_string(whole.size()) + "\r\n"};
}

// All of the object, in an open and a read from its end: two requests.
std::string read(const Service& service, const std::string& key = "key") {
  try {
    HttpStore store(service.url() + "/folder/");
    const auto object = store.open(key);
    if (!object) return "none";
    std::string text(static_cast<std::size_t>(object->size()), '?');
    const std::size_t half = text.size() / 2;
    object->read_at(half, std::as_writable_bytes(std::span(text)).subspan(half));
    object->read_at(0, std::as_writable_bytes(std::span(text)).first(half));
    return text;
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_CASE("an object is read by ranges, of one ETag") {
  bool had_condition = false;
  const Service service([&](const Asked& asked) {
    CHECK(asked.line == "GET /folder/a%20b/c");
    CHECK(asked.head.find("authorization") == std::string::npos);
    CHECK(asked.head.find("x-amz") == std::string::npos);
    if (!asked.has("range: bytes=0-1048575")) had_condition = asked.has("if-match: \"e\"");
    return part_of(asked, content(), "etag: \"e\"\r\n");
  });
  CHECK((read(service, "a b/c") == content()));
  CHECK(had_condition);
}

TEST_CASE("what is replaced while it is read is told, by whatever the server says of it") {
  struct Case {
    const char* name;
    std::string before, after;
    const char* told;
  };
  for (const Case& c :
       {Case{"strong", "etag: \"e\"\r\n", "etag: \"f\"\r\n", "key: expected the object with ETag \"e\""},
        Case{"weak", "etag: W/\"e\"\r\n", "etag: W/\"f\"\r\n", "key: expected the object with ETag W/"},
        Case{"date", "last-modified: Mon\r\n", "last-modified: Tue\r\n", "key: expected the object of Mon"}}) {
    CAPTURE(c.name);
    for (const bool changes : {false, true}) {
      int n = 0;
      const Service service([&](const Asked& asked) {
        CHECK(asked.has("if-match: \"e\"") == (n > 0 && std::string(c.name) == "strong"));  // a weak one never matches
        return part_of(asked, content(), changes && n++ > 0 ? c.after : (++n, c.before));
      });
      const std::string found = read(service);
      if (changes) {
        CHECK(found.substr(0, 80).find(c.told) == 0);
      } else {
        CHECK((found == content()));
      }
    }
  }
}

TEST_CASE("a server without ranges: what is small is read, what is not is refused") {
  std::string whole = content();
  const Service service([&](const Asked&) -> Reply { return {200, whole}; });
  CHECK(read(service) == service.url() + "/folder/key: expected an answer with a part of it (206), found all of its " +
                             "3145728 bytes (200): this server does not serve ranges");
  whole = "small";
  CHECK(read(service) == "small");
  whole = "";
  CHECK(read(service) == "");
}

TEST_CASE("what is no object, and what is not sent as it is") {
  const Service missing([](const Asked&) -> Reply { return {404, "<html>no"}; });
  CHECK(read(missing) == "none");
  const Service forbidden([](const Asked&) -> Reply { return {403, "<html>no"}; });
  CHECK(read(forbidden) == forbidden.url() + "/folder/key: GET: expected success, found 403");
  const Service packed([](const Asked&) -> Reply { return {200, "xyz", "content-encoding: gzip\r\n"}; });
  CHECK(read(packed) == packed.url() + "/folder/key: expected the bytes as they are, found them as gzip");
  int n = 0;
  const Service busy([&](const Asked&) -> Reply { return {n++ == 0 ? 503 : 200, "here"}; });
  CHECK(read(busy) == "here");
}

TEST_CASE("redirects are followed, with their queries, and not for ever") {
  const Service target([](const Asked& asked) {
    CHECK(asked.line == "GET /there?signed=1");
    return part_of(asked, content('b'), "etag: \"e\"\r\n");
  });
  const Service from([&](const Asked& asked) -> Reply {
    if (asked.line == "GET /folder/key") return {302, "", "location: other\r\n"};
    CHECK(asked.line == "GET /folder/other");
    return {307, "moved", "location: " + target.url() + "/there?signed=1\r\n"};
  });
  CHECK((read(from) == content('b')));
  CHECK(from.asked() == 2);
  const Service loop([](const Asked&) -> Reply { return {301, "", "location: /folder/key\r\n"}; });
  CHECK(read(loop) == loop.url() + "/folder/key: expected at most 5 redirects, found more");
  CHECK(loop.asked() == kMaxRedirects + 1);
  const Service nowhere([](const Asked&) -> Reply { return {301, ""}; });
  CHECK(read(nowhere) == nowhere.url() + "/folder/key: GET: expected success, found 301");
}

TEST_CASE("where redirects lead") {
  const HttpUrl from{"https://a.b:1", "/c/d?e"};
  const auto to = [&](const std::string& location) {
    try {
      const HttpUrl found = resolve_redirect(from, location);
      return found.server + " " + found.target;
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(to("x") == "https://a.b:1 /c/x");
  CHECK(to("/x?y=http://z") == "https://a.b:1 /x?y=http://z");
  CHECK(to("//h/x") == "https://h /x");
  CHECK(to("https://h:2") == "https://h:2 /");
  CHECK(to("https://h/x#y") == "https://h /x");
  CHECK(to("http://h/x") == "https://a.b:1/c/d: expected to stay on https, was redirected to http://h");
  for (const char* none : {"ftp://h/x", "https://", "https://u:p@h/x", "/a b", "/\x80"}) {
    CAPTURE(none);
    CHECK(to(none).find("https://a.b:1/c/d: redirected to no URL: ") == 0);
  }
}

TEST_CASE("a server is neither written nor listed, and an URL has no query") {
  HttpStore store("http://127.0.0.1:1/x/");
  CHECK(store.location() == "http://127.0.0.1:1/x");
  CHECK_THROWS_WITH(store.create("a", 1),
                    "http://127.0.0.1:1/x: expected a store that can be written, found an HTTP server");
  CHECK_THROWS_WITH(store.erase("a"),
                    "http://127.0.0.1:1/x: expected a store that can be written, found an HTTP server");
  CHECK_THROWS_WITH(store.list(""), "http://127.0.0.1:1/x: expected a store that can be listed, found an HTTP server");
  CHECK_THROWS_AS(HttpStore("http://h/x?y"), Error);
  CHECK_THROWS_AS(HttpStore("http://"), Error);
  CHECK_THROWS_AS(store.open("../a"), Error);
}

}  // namespace
}  // namespace chunkmark::s3
