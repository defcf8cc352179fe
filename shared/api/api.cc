#include "api/api.h"

#include "bytes/pending.h"

namespace chunkmark::api {
namespace {

json::value call(const MethodTable& methods, std::string_view request, ByteView data) {
  const json::value parsed = parse_json(request, "request");
  const json::object* object = parsed.if_object();
  const json::value* name = object != nullptr ? object->if_contains("method") : nullptr;
  if (name == nullptr || !name->is_string()) {
    throw Error(ErrorCode::kInvalidArgument, "request: expected an object with a text \"method\"");
  }
  const auto method = methods.find(std::string_view(name->get_string()));
  if (method == methods.end()) {
    throw Error(ErrorCode::kNotFound, "request: no method " + std::string(name->get_string()));
  }
  const json::value* params = object->if_contains("params");
  if (params != nullptr && !params->is_object()) {
    throw Error(ErrorCode::kInvalidArgument, "request: expected \"params\" to be an object");
  }
  return method->second(params != nullptr ? params->get_object() : json::object(), data);
}

}  // namespace

Response refuse(ErrorCode code, std::string_view message) {
  return {json::serialize(json::object{{"error", {{"code", error_code_name(code)}, {"message", message}}}}), code};
}

Response handle(const MethodTable& methods, std::string_view request, ByteView data) {
  try {
    return {json::serialize(json::object{{"result", call(methods, request, data)}}), std::nullopt};
  } catch (const Error& error) {
    return refuse(error.code(), error.what());
  } catch (const bytes::Pending&) {
    return {json::serialize(json::object{{"pending", true}}), std::nullopt};
  } catch (const std::exception& error) {
    return refuse(ErrorCode::kUnavailable, error.what());
  }
}

}  // namespace chunkmark::api
