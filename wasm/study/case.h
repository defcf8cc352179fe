// One case of the copy study in this module, on a store of the page.
#pragma once

#include "base/json.h"
#include "study/copy_runner.h"

namespace chunkmark::wasm {

// {case, store}: the case, and the number of its store. `mark` as of study::run_copy_case. Errors: those of the engine;
// bytes::Pending, after which the case is to be run from the start.
study::CopyCase case_of(const json::object& params);
void run_case(const study::CopyCase& copy_case, const json::object& params, const study::SetMark& mark);

}  // namespace chunkmark::wasm
