// Runs one case of the transaction study with Chunkmark's own engine: a history replayed into one file, read back, with
// times.
#pragma once

#include <memory>

#include "base/json.h"
#include "bytes/journal.h"
#include "storage/versioned/commit_engine.h"
#include "study/copy_runner.h"
#include "study/version_case.h"

namespace chunkmark::study {

// Where the file of a history lies. Used in this order: create, close, then open as often as it is read.
class VersionPlace {
 public:
  virtual ~VersionPlace() = default;
  // A new file of this content, open for commits until close().
  virtual bytes::Journal& create(ByteView content) = 0;
  // What commits to layouts that our engine does not know; null: nothing.
  virtual versioned::CommitEngine* fallback() { return nullptr; }
  // What commits hash and encode in; null: the caller's thread.
  virtual Executor* executor() { return nullptr; }
  virtual void close() = 0;
  virtual std::unique_ptr<bytes::RandomAccess> open() = 0;
};

// As peers/versions.py answers: seconds and processor seconds of each transaction, bytes of the file, times of reading,
// sha256 of each version's arrays. Traced: the marks are set, changes are made before them, and nothing is read back.
json::object run_version_case(const VersionCase& version_case, bool is_traced, VersionPlace& place,
                              const SetMark& mark);

}  // namespace chunkmark::study
