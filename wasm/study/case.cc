#include "wasm/study/case.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/executor.h"
#include "base/json_members.h"
#include "wasm/host.h"

namespace chunkmark::wasm {

study::CopyCase case_of(const json::object& params) {
  return study::copy_case_from_json(member(params, "case", "params"));
}

void run_case(const study::CopyCase& copy_case, const json::object& params, const study::SetMark& mark) {
  const std::unique_ptr<store::Store> store = host_store(unsigned_member(params, "store", "params"));
  const std::uint64_t bytes = copy_case.array_bytes();
  const std::unique_ptr<void, decltype(&std::free)> array(
      bytes <= PTRDIFF_MAX ? std::malloc(static_cast<std::size_t>(bytes)) : nullptr, &std::free);
  if (array == nullptr) {
    throw Error(ErrorCode::kUnavailable, "array: no memory for " + std::to_string(bytes) + " bytes");
  }
  InlineExecutor executor;
  run_copy_case(copy_case, {static_cast<std::byte*>(array.get()), static_cast<std::size_t>(bytes)}, *store, executor,
                mark);
}

}  // namespace chunkmark::wasm
