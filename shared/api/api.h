// The one request interface of Chunkmark: what the server passes on, what the WebAssembly module is called with.
//
// A request is {"method": "profile.inspect", "params": {...}}; the response is {"result": ...} or
// {"error": {"code": "...", "message": "..."}}. Bulk bytes (a capture) never ride in JSON: they come beside the
// request. Method tables are read only once they are filled; then they may be shared between threads.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"

namespace chunkmark::api {

// A method's parameters (an object) and the bytes beside the request, to its result.
using Method = std::function<json::value(const json::object& params, ByteView data)>;
using MethodTable = std::map<std::string, Method, std::less<>>;

// The JSON text, and for whoever must translate it (an HTTP status, say) the code of the error that it tells.
struct Response {
  std::string json;
  std::optional<ErrorCode> error;
};

// The response that tells an error.
Response refuse(ErrorCode code, std::string_view message);

// Never throws: an error is a response. {"pending": true}: what it reads has yet to arrive (bytes::Pending); the caller
// sees to that and asks again. Any other exception but Error is kUnavailable (no memory, say).
Response handle(const MethodTable& methods, std::string_view request, ByteView data);

}  // namespace chunkmark::api
