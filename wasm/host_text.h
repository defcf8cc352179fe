// Text from the page: what a method of the module's host in JavaScript (web/src/storage/host.ts and its kin) answers.
#pragma once

#include <string>

namespace chunkmark::wasm {

// Calls Module.host[method](number, key), a function that answers a string.
std::string host_text(const char* method, double number = 0, const std::string& key = "");

}  // namespace chunkmark::wasm
