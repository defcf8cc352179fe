// BrowserHost: a page, or node, as the host of both studies. Every case runs in a module of its own, as natively each
// runs in a process of its own: JavaScript (web/src/study/study_host.ts) makes them, between two calls of this module;
// until it has an answer the study's step ends with bytes::Pending. Figures are computed here, from the capture.
#pragma once

#include <string>
#include <utility>

#include "study/version_host.h"

namespace chunkmark::wasm {

// As JavaScript's clock says.
std::string utc_now();

// What both have in common.
template <class Study>
class PageHost : public Study {
 public:
  explicit PageHost(study::Origin origin) : origin_(std::move(origin)) {}

  study::Origin origin() override { return origin_; }
  std::string utc_now() override { return wasm::utc_now(); }
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

class BrowserHost final : public PageHost<study::CopyHost> {
 public:
  using PageHost::PageHost;

  void store(const study::CopyCase& copy_case) override;
  study::TracedCase trace(const study::CopyCase& copy_case, const std::string& capture) override;
  std::unique_ptr<study::TimedCase> time(const study::CopyCase& copy_case) override;
  bool writes_reports() const override { return false; }
  void write_report(const record::CopyRow&) override {}
};

class BrowserVersionHost final : public PageHost<study::VersionHost> {
 public:
  using PageHost::PageHost;

  json::object replay(const study::VersionCase& version_case) override;
  bool can_trace(const study::VersionCase& version_case) const override { return version_case.engine == "chunkmark"; }
  figures::Inspection trace(const study::VersionCase& version_case, const std::string& capture) override;
};

// What this module was built with: compiler and libraries.
record::Environment build_environment();

}  // namespace chunkmark::wasm
