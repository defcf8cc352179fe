// CopyTask: a case of the copy study and what a process needs to run it. As JSON it is the one argument of whoever runs
// cases: `chunkmark copy-case` and peer.py.
#pragma once

#include "study/copy_case.h"

namespace chunkmark::study {

struct CopyTask {
  CopyCase copy_case;
  std::string store;  // URL or folder; see store::open_store
  unsigned threads = 1;
  std::string durability = "none";  // of our own writes
};

// The members of the case, "store", "threads" and "durability"; the last two may be absent. Errors: kInvalidArgument.
json::object to_json(const CopyTask& task);
CopyTask copy_task_from_json(const json::value& value);

}  // namespace chunkmark::study
