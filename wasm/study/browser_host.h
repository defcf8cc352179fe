// BrowserHost: a page, or node, as the copy study's host. Every case runs in a module of its own, as natively each runs
// in a process of its own: JavaScript (web/src/study/study_host.ts) makes them, between two calls of this module; until
// it has an answer the study's step ends with bytes::Pending. Figures are computed here, from the capture.
#pragma once

#include <string>

#include "study/host.h"

namespace chunkmark::wasm {

class BrowserHost final : public study::CopyHost {
 public:
  explicit BrowserHost(study::Origin origin) : origin_(std::move(origin)) {}

  study::Origin origin() override { return origin_; }
  std::string utc_now() override;
  void store(const study::CopyCase& copy_case) override;
  study::TracedCase trace(const study::CopyCase& copy_case, const std::string& capture) override;
  std::unique_ptr<study::TimedCase> time(const study::CopyCase& copy_case) override;
  bool writes_reports() const override { return false; }
  void write_report(const record::CopyRow&) override {}
  // The one file is the record.
  void write_file(const std::string&, std::string_view text) override { record_ = text; }
  void tell(const study::Progress& progress) override { progress_ = progress; }

  const std::string& record() const { return record_; }
  const study::Progress& progress() const { return progress_; }

 private:
  study::Origin origin_;
  std::string record_;
  study::Progress progress_;
};

// What this module was built with: compiler and libraries.
record::Environment build_environment();

}  // namespace chunkmark::wasm
