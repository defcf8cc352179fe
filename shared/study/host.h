// Host: what a study needs of the world outside; CopyHost: what the copy study needs besides (version_host.h: the
// transaction study). The native program's are native/study; a browser worker's runs cases in WebAssembly; a test's
// answers from memory.
//
// Every call ends before it returns: there are no threads here. Any call may throw; kCancelled ends the study,
// bytes::Pending the step, which asks the same again (what a page does, it does between two calls); any other error is
// that of the case alone. The host outlives the study.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "instrument/capture/capture_reader.h"
#include "record/run_record.h"
#include "study/copy_case.h"

namespace chunkmark::study {

// Of a run under the tracer, or of an engine that no tracer sees.
struct TracedCase {
  figures::CopyFigures figures;
  std::uint64_t stored_bytes = 0;  // what the store holds of the array
  std::string memory_by = "";      // how memory was found instead; empty: there is a capture
};

// Of one storage call without tracing.
struct CallTime {
  double seconds = 0, processor = 0;  // elapsed; of all threads
  json::object libraries;             // of an engine that tells them: name to version, the engine first
  std::optional<record::NewerVersion> newer;
};

// An engine that makes one storage call whenever it is asked to; between calls it costs nothing.
class TimedCase {
 public:
  virtual ~TimedCase() = default;
  virtual CallTime call() = 0;
};

struct Progress {
  std::size_t done = 0, total = 0;  // cases
  std::string doing;
};

// Who ran the study, and where.
struct Origin {
  std::string id;    // of the run
  std::string host;  // native, wasm
  std::string version;
  record::Environment environment;
  std::string store_filesystem;  // what the arrays' store lies on: "ext4", "tmpfs"
};

class Host {
 public:
  virtual ~Host() = default;

  virtual Origin origin() = 0;
  virtual std::string utc_now() = 0;
  // A file of the run, whole.
  virtual void write_file(const std::string& name, std::string_view text) = 0;
  virtual void tell(const Progress& progress) = 0;
};

class CopyHost : public Host {
 public:
  // Runs a write whose array a read needs; nothing else of it is kept.
  virtual void store(const CopyCase& copy_case) = 0;
  // Runs the case once where it is traced. `capture` names the capture among the run's files; empty: it is not kept. A
  // read finds what the write of its case has stored.
  virtual TracedCase trace(const CopyCase& copy_case, const std::string& capture) = 0;
  virtual std::unique_ptr<TimedCase> time(const CopyCase& copy_case) = 0;

  // Whether there is a page for each row.
  virtual bool writes_reports() const { return true; }
  // The page with everything known of the row, row.report among the run's files. Its capture was kept.
  virtual void write_report(const record::CopyRow& row) = 0;
};

// What a capture says of the case. Errors: kCorrupt if the marks of the operation are not in it.
figures::CopyFigures traced_figures(const capture::CaptureFile& capture, const CopyCase& copy_case);

}  // namespace chunkmark::study
