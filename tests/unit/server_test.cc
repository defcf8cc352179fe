// The HTTP server's routes, asked through a socket: what a client can send that no browser would is among it.
#include "base/json.h"
#include "instrument/capture/capture_writer.h"
#include "unit/served.h"

namespace chunkmark::server {
namespace {

TEST_CASE("pages, runs and what is not there") {
  const Served server;
  struct Row {
    const char* line;
    int status;
    const char* type;
    const char* body;
  };
  const Row rows[] = {
      {"GET /", 200, "text/html; charset=utf-8", "<!doctype html><title>pages</title>"},
      {"GET /index.html", 200, "text/html; charset=utf-8", "<!doctype html><title>pages</title>"},
      {"GET /?a=b", 200, "text/html; charset=utf-8", "<!doctype html><title>pages</title>"},
      {"GET /app.mjs", 200, "text/javascript", "export {}"},
      {"GET /core.wasm", 200, "application/wasm", "wasm"},
      {"GET /runs/one/run.json", 200, "application/json", R"({"schema":"chunkmark.run/1"})"},
      {"GET /runs/none/run.json", 404, "application/json",
       R"({"error":{"code":"not_found","message":"/runs/none/run.json: not found"}})"},
      {"GET /no%20page?x=1", 404, "application/json",
       R"({"error":{"code":"not_found","message":"/no%20page: not found"}})"},
      {"GET /healthz", 200, "text/plain", "ok\n"},
      {"GET /api/v1/status", 200, "application/json", R"({"engine":"native","api":1,"version":"1.2.3"})"},
      {"GET /api/v1/call/profile.inspect", 405, "application/json",
       R"({"error":{"code":"unsupported","message":"GET /api/v1/call/profile.inspect: expected POST"}})"},
      {"POST /api/v1/nothing", 404, "application/json",
       R"({"error":{"code":"not_found","message":"/api/v1/nothing: not found"}})"},
      {"HEAD /", 200, "text/html; charset=utf-8", ""},
      {"HEAD /none", 404, "application/json", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const std::string response = server.ask(row.line);
    CHECK(status_of(response) == row.status);
    CHECK(body_of(response) == row.body);
    CHECK(has_header(response, std::string("Content-Type: ") + row.type));
    CHECK(has_header(response, "X-Content-Type-Options: nosniff"));
  }
}

TEST_CASE("nothing can be put, posted or deleted where pages are") {
  const Served server;
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    for (const char* path : {"/", "/index.html", "/new.html", "/api/v1/status", "/runs/one/run.json"}) {
      CAPTURE(method, path);
      const std::string response = server.ask(std::string(method) + " " + path, "", "changed");
      CHECK(status_of(response) == 405);
      CHECK(has_header(response, "Allow: GET, HEAD"));
    }
  }
  CHECK(body_of(server.ask("GET /")) == "<!doctype html><title>pages</title>");
  CHECK_FALSE(std::filesystem::exists(server.site() / "new.html"));
  CHECK(std::filesystem::exists(server.site() / "runs" / "one" / "run.json"));
}

TEST_CASE("no path leads out of the site") {
  const Served server;
  for (const char* path : {"/../secret.txt",
                           "/%2e%2e/secret.txt",
                           "/%2E%2E/secret.txt",
                           "/.%2e/secret.txt",
                           "/..%2fsecret.txt",
                           "/%2e%2e%2fsecret.txt",
                           "/%2f..%2fsecret.txt",
                           "/runs/../../secret.txt",
                           "/runs/one/../../../secret.txt",
                           "/./../secret.txt",
                           "//../secret.txt",
                           "/..\\secret.txt",
                           "/..%5csecret.txt",
                           "/%252e%252e/secret.txt",
                           "/runs/%2e%2e/%2e%2e/secret.txt",
                           "../secret.txt",
                           "/..%00/secret.txt",
                           "/../site/../secret.txt",
                           "/%c0%ae%c0%ae/secret.txt",
                           "http://localhost/../secret.txt"}) {
    CAPTURE(path);
    const std::string response = server.ask(std::string("GET ") + path);
    CHECK((status_of(response) == 404 || status_of(response) == 400));
    CHECK(response.find("SECRET") == std::string::npos);
  }
  CHECK(status_of(server.ask("GET /runs/../index.html")) == 200);  // up, but not out
}

TEST_CASE("parts of a file can be asked for") {
  const Served server;
  struct Row {
    const char* range;
    int status;
    const char* body;
  };
  for (const Row& row : {Row{"bytes=0-2", 206, "exp"}, Row{"bytes=7-", 206, "{}"}, Row{"bytes=-2", 206, "{}"},
                         Row{"bytes=99-", 416, ""}}) {
    CAPTURE(row.range);
    const std::string response = server.ask("GET /app.mjs", std::string("Range: ") + row.range + "\r\n");
    CHECK(status_of(response) == row.status);
    CHECK(body_of(response) == row.body);
  }
}

TEST_CASE("what is no request, or too large a one, is refused, and the server goes on") {
  const Served server;
  const std::string host = "Host: localhost\r\nConnection: close\r\n";
  struct Row {
    const char* name;
    std::string request;
    std::vector<int> statuses;
  };
  const Row rows[] = {
      {"noise", "\x16\x03\x01 hello\r\n\r\n", {400}},
      {"an unknown method", "BREW / HTTP/1.1\r\n" + host + "\r\n", {501}},
      {"no version", "GET /\r\n\r\n", {400, 505}},
      {"an endless path", "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", {414}},
      {"an endless header", "GET / HTTP/1.1\r\n" + host + "X: " + std::string(1'000'000, 'a') + "\r\n\r\n", {431}},
      {"a body beyond the limit",
       "POST /api/v1/call/profile.inspect HTTP/1.1\r\n" + host + "Content-Length: 2000000000\r\n\r\n",
       {413}},
      {"a length that is none",
       "POST /api/v1/call/profile.inspect HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n",
       {400}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const int status = status_of(server.send(row.request));
    CAPTURE(status);
    CHECK(std::find(row.statuses.begin(), row.statuses.end(), status) != row.statuses.end());
    CHECK(status_of(server.ask("GET /healthz")) == 200);
  }
}

TEST_CASE("requests of the interface are answered in JSON, errors with the status of their code") {
  const Served server;
  std::string capture;
  capture::CaptureWriter writer([&](ByteView bytes) { capture += as_text(bytes); }, {});
  writer.add_process(0, 1, 0, "x");
  writer.finish({});
  const auto call = [&](const std::string& path, const std::string& body) {
    return server.ask("POST /api/v1/call/" + path, "Content-Type: application/octet-stream\r\n", body);
  };
  const std::string response = call("profile.inspect", capture);
  CHECK(status_of(response) == 200);
  CHECK(parse_json(body_of(response), "answer").at("result").at("format") == "chunkmark-capture");
  struct Row {
    const char* path;
    std::string body;
    int status;
    const char* code;
  };
  for (const Row& row :
       {Row{"profile.inspect", "no capture", 422, "corrupt"}, Row{"profile.inspect", "CMKCAP9\n", 422, "unsupported"},
        Row{"profile.frob", capture, 404, "not_found"}, Row{"profile.inspect?params=%7B", capture, 422, "corrupt"},
        Row{"profile.inspect?params=%5B%5D", capture, 400, "invalid_argument"},
        Row{"profile.inspect?params=%7B%22array_bytes%22%3A%22x%22%7D", capture, 400, "invalid_argument"}}) {
    CAPTURE(row.path);
    const std::string refused = call(row.path, row.body);
    CHECK(status_of(refused) == row.status);
    CHECK(parse_json(body_of(refused), "answer").at("error").at("code") == row.code);
  }
  CHECK(status_of(call("..%2fstatus", capture)) == 404);
}

TEST_CASE("what is compressed, kept by the client, or asked for in part") {
  const Served server;
  const std::string text(5000, 'a');
  std::ofstream(server.site() / "long.txt") << text;
  std::ofstream(server.site() / "shell-AB12CD34.js") << "export {}";
  const auto header = [](const std::string& response, const std::string& name) {
    const std::size_t at = response.find("\r\n" + name + ": ");
    return at == std::string::npos
               ? ""
               : response.substr(at + name.size() + 4, response.find("\r\n", at + 2) - at - name.size() - 4);
  };
  const auto ask = [&](const std::string& headers) { return server.ask("GET /long.txt", headers); };
  const std::string plain = ask("");
  CHECK(body_of(plain) == text);
  CHECK(header(plain, "Vary") == "Accept-Encoding");
  struct Row {
    const char* accepted;
    const char* encoding;
  };
  for (const Row& row : {Row{"gzip", "gzip"}, Row{"gzip, deflate, br, zstd", "zstd"}, Row{"br", ""},
                         Row{"zstd;q=0, gzip", "gzip"}, Row{"identity", ""}}) {
    CAPTURE(row.accepted);
    const std::string accept = std::string("Accept-Encoding: ") + row.accepted + "\r\n";
    const std::string response = ask(accept);
    CHECK(header(response, "Content-Encoding") == row.encoding);
    CHECK((body_of(response).size() < 1000) == (*row.encoding != '\0'));
    const std::string etag = header(response, "ETag");
    const std::string again = ask(accept + "If-None-Match: W/" + etag + "\r\n");
    CHECK(status_of(again) == 304);
    CHECK(body_of(again).empty());
    CHECK(status_of(ask(accept + "If-None-Match: \"other\"\r\n")) == 200);
  }
  const std::string part = ask("Accept-Encoding: gzip\r\nRange: bytes=10-19\r\n");
  CHECK(status_of(part) == 206);
  CHECK(header(part, "Content-Range") == "bytes 10-19/5000");
  CHECK(status_of(ask("Range: bytes=10-19\r\nIf-Range: \"other\"\r\n")) == 200);
  CHECK(status_of(ask("Range: bytes=10-19\r\nIf-Range: " + header(plain, "ETag") + "\r\n")) == 206);
  CHECK(header(plain, "Cache-Control") == "no-cache");
  CHECK(header(server.ask("GET /shell-AB12CD34.js"), "Cache-Control") == "public, max-age=31536000, immutable");
  std::ofstream(server.site() / "long.txt") << "other";
  CHECK(status_of(ask("If-None-Match: " + header(plain, "ETag") + "\r\n")) == 200);
}

TEST_CASE("who may ask: Host, Origin, token, rate") {
  const auto ask = [](const Served& server, const std::string& line, const std::string& headers) {
    return server.send(line + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n");
  };
  const Served open(GuardOptions{"", {"bench.example"}});
  struct Row {
    const char* line;
    const char* headers;
    int status;
  };
  for (const Row& row :
       {Row{"GET /", "Host: localhost\r\n", 200}, Row{"GET /", "Host: 127.0.0.1:8080\r\n", 200},
        Row{"GET /", "Host: [::1]:8080\r\n", 200}, Row{"GET /", "Host: bench.example\r\n", 200},
        Row{"GET /", "Host: attacker.example\r\n", 421}, Row{"GET /", "Host: localhost.attacker.example\r\n", 421},
        Row{"GET /", "", 400}, Row{"GET /", "Host: a\r\nHost: localhost\r\n", 400},
        Row{"GET /", "Host: localhost:1\r\nOrigin: http://localhost:1\r\n", 200},
        Row{"GET /", "Host: localhost:1\r\nOrigin: http://localhost:2\r\n", 403},
        Row{"GET /", "Host: localhost\r\nOrigin: null\r\n", 403},
        Row{"POST /api/v1/call/x", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403}}) {
    CAPTURE(row.line, row.headers);
    CHECK(status_of(ask(open, row.line, row.headers)) == row.status);
  }
}

TEST_CASE("where there is a token, nobody is answered without it") {
  const Served server(GuardOptions{"0123456789abcdef"});
  CHECK(status_of(server.ask("GET /healthz")) == 200);
  CHECK(status_of(server.ask("GET /")) == 401);
  CHECK(status_of(server.ask("GET /api/v1/status", "Authorization: Bearer 0123456789abcdeX\r\n")) == 401);
  CHECK(status_of(server.ask("GET /api/v1/status", "Authorization: Bearer 0123456789abcdef\r\n")) == 200);
  CHECK(status_of(server.ask("GET /?token=wrong")) == 401);
  const std::string entry = server.ask("GET /?token=0123456789abcdef");
  CHECK(status_of(entry) == 303);
  CHECK(has_header(entry, "Set-Cookie: chunkmark_token=0123456789abcdef; Path=/; HttpOnly; SameSite=Strict"));
  CHECK(status_of(server.ask("GET /", "Cookie: a=b; chunkmark_token=0123456789abcdef\r\n")) == 200);
  CHECK(status_of(server.ask("GET /", "Cookie: xchunkmark_token=0123456789abcdef\r\n")) == 401);
}

TEST_CASE("a client that asks too often is told when to ask again") {
  GuardOptions guard;
  guard.requests_per_second = 0.5;  // ten at once
  const Served server(guard);
  for (int i = 0; i < 10; ++i) CHECK(status_of(server.ask("GET /")) == 200);
  const std::string refused = server.ask("GET /");
  CHECK(status_of(refused) == 429);
  CHECK(has_header(refused, "Retry-After: 1"));
}

TEST_CASE("an address that others reach demands a token") {
  ServerOptions options;
  options.address.host = "0.0.0.0";
  options.address.port = 0;
  options.make_site = []() -> std::filesystem::path { throw std::logic_error("made a site"); };
  CHECK_THROWS_WITH(serve(options), "0.0.0.0: expected a token where other machines reach the server (--token-file)");
}

TEST_CASE("every error code has its HTTP status") {
  struct Row {
    ErrorCode code;
    int status;
  };
  for (const Row& row :
       {Row{ErrorCode::kNotFound, 404}, Row{ErrorCode::kConflict, 409}, Row{ErrorCode::kCorrupt, 422},
        Row{ErrorCode::kUnsupported, 422}, Row{ErrorCode::kInvalidArgument, 400}, Row{ErrorCode::kIo, 500},
        Row{ErrorCode::kUnavailable, 503}, Row{ErrorCode::kCancelled, 409}}) {
    CAPTURE(error_code_name(row.code));
    CHECK(http_status(row.code) == row.status);
  }
}

TEST_CASE("a server without its folder, or on a port in use, says so") {
  ServerOptions options;
  options.address.port = 0;
  options.make_site = [] { return std::filesystem::path("/nowhere/at/all"); };
  CHECK_THROWS_WITH(serve(options), "/nowhere/at/all: no such folder");
  const Served server;
  bool made = false;
  options.make_site = [&] {
    made = true;
    return server.site();
  };
  options.address.port = server.port();
  CHECK_THROWS_WITH(serve(options), "127.0.0.1:" + std::to_string(server.port()) +
                                        ": cannot listen there: is the port in use? --port 0 takes a free one");
  CHECK_FALSE(made);
  CHECK(status_of(server.ask("GET /healthz")) == 200);
}

TEST_CASE("a signal that comes as soon as the port is told ends the server") {
  const TemporaryFolder folder;
  for (const int signal : {SIGINT, SIGTERM}) {
    ServerOptions options;
    options.address.port = 0;
    options.make_site = [&folder] { return folder.path(); };
    options.on_listening = [signal](int) { ::kill(::getpid(), signal); };
    serve(options);  // returns
  }
  SUCCEED("it ended");
}

}  // namespace
}  // namespace chunkmark::server
