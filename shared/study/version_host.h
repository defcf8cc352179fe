// VersionHost: what the transaction study needs of the world outside, besides what every study does (host.h).
#pragma once

#include "instrument/figures/inspection.h"
#include "study/host.h"
#include "study/version_case.h"

namespace chunkmark::study {

class VersionHost : public Host {
 public:
  // Replays the history where nothing is traced, and reads every version back: the answer of whoever ran it, as
  // peers/versions.py describes it. Nothing is left of what it stored.
  virtual json::object replay(const VersionCase& version_case) = 0;

  // Whether the tracer sees this engine.
  virtual bool can_trace(const VersionCase&) const { return true; }

  // The same without reading, under the tracer, with the marks begin and end around the versions after the first.
  // `capture` names the capture among the run's files.
  virtual figures::Inspection trace(const VersionCase& version_case, const std::string& capture) = 0;
};

}  // namespace chunkmark::study
