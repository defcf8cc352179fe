// What a run record says of the machine and the build that made it.
#pragma once

#include "record/run_record.h"

namespace chunkmark::native_study {

record::Environment environment();

}  // namespace chunkmark::native_study
