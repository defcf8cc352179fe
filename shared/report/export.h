// A capture's stacks with their sums, in formats that other programs open: speedscope's JSON, folded stacks, pprof's
// gzip-compressed protocol buffer, CSV.
//
// Each stack stands once, with what it had alive at the heap peak, what it allocated in all, and what it left alive at
// the end; folded stacks have room for one number, the first of these that is known. The sums are of the main process
// and of the window, as inspect's. Sources: speedscope's file-format-schema.json; pprof's profile.proto; RFC 4180.
#pragma once

#include <functional>
#include <string_view>

#include "instrument/profile/capture_analysis.h"

namespace chunkmark::report {

using WriteText = std::function<void(std::string_view)>;

void export_speedscope(const profile::CaptureAnalysis& capture, const WriteText& write);
void export_folded(const profile::CaptureAnalysis& capture, const WriteText& write);
void export_pprof(const profile::CaptureAnalysis& capture, const WriteText& write);
void export_csv(const profile::CaptureAnalysis& capture, const WriteText& write);

}  // namespace chunkmark::report
