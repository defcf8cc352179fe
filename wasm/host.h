// Files and stores of the page, as the module sees them: JavaScript has them, by number (web/src/storage/host.ts).
//
// Every call is synchronous. What JavaScript can only fetch is noted there, and the call ends with bytes::Pending.
// Errors of JavaScript are kIo with its message.
#pragma once

#include <memory>

#include "bytes/random_access.h"
#include "storage/store/store.h"

namespace chunkmark::wasm {

std::unique_ptr<bytes::RandomAccess> host_file(std::uint64_t number);
std::unique_ptr<store::Store> host_store(std::uint64_t number);

}  // namespace chunkmark::wasm
