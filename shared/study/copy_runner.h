// Runs the storage operation of one copy case with Chunkmark's own engine, between two marks.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "base/executor.h"
#include "storage/store/store.h"
#include "study/copy_case.h"

namespace chunkmark::study {

// A mark is set right before and right after the operation; what makes or checks the array lies outside.
using SetMark = std::function<void(const char* name)>;

// The array of a case: always the same bytes.
void fill_array(const CopyCase& copy_case, MutableByteView array);

// A write makes the array first; a read checks afterwards that it got the bytes that the write of this case stored.
// `array` is memory of copy_case.array_bytes() bytes, which a read finds as it was given. Errors: whatever the engine
// throws; kCorrupt if the bytes read are not those written.
void run_copy_case(const CopyCase& copy_case, MutableByteView array, store::Store& store, Executor& executor,
                   const SetMark& mark);

}  // namespace chunkmark::study
