// One case of the transaction study in this module, in a file of the page.
#pragma once

#include "base/json.h"
#include "study/version_runner.h"

namespace chunkmark::wasm {

// {case, file}: the case, and the number of a file whose content is replaced. Errors: those of the engine and the file.
study::VersionCase version_case_of(const json::object& params);
json::object run_version(const study::VersionCase& version_case, bool is_traced, const json::object& params,
                         const study::SetMark& mark);

}  // namespace chunkmark::wasm
