// One history of the transaction study, replayed by an engine of this program and read back, with times.
#pragma once

#include <string>

#include "base/json.h"
#include "study/copy_runner.h"
#include "study/version_case.h"

namespace chunkmark::native_study {

struct VersionTask {
  study::VersionCase version_case;  // engine chunkmark; or hdf5: the C library, plain datasets without versions
  std::string file;
  bool trace = false;  // the marks are set, and nothing is read back
};

// The members of the case, "file" and "trace". Errors: kInvalidArgument.
json::object to_json(const VersionTask& task);
VersionTask version_task_from_json(const json::object& object);

// As study/peers/versions.py answers: seconds and processor seconds of each transaction, bytes of the file, times of
// reading, sha256 of each version's arrays.
json::object replay(const VersionTask& task, const study::SetMark& mark);

}  // namespace chunkmark::native_study
