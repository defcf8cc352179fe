#include "instrument/import/dhat.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "instrument/capture/origin.h"
#include "instrument/import/event_batch.h"
#include "instrument/import/json_walk.h"
#include "instrument/import/origin_document.h"
#include "instrument/import/valgrind_frame.h"

namespace chunkmark::imports {
namespace {

using capture::EventKind;

constexpr std::uint64_t kVersion = 2;

class Listener final : public JsonListener {
 public:
  explicit Listener(DhatFile& file) : file_(file) {}

  void on_open(const Place& place) override {
    if (place.depth == 3 && place.key == "pps") file_.points.emplace_back();
  }
  void on_number(const Place& place, std::int64_t signed_value) override {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(signed_value, 0));
    if (place.depth == 1) {
      if (place.key == "dhatFileVersion") file_.version = value;
      if (place.key == "pid") file_.pid = value;
      if (place.key == "te") file_.end_time = value;
      if (place.key == "tg") file_.peak_time = value;
    }
    if (place.outer != "pps" || file_.points.empty()) return;
    DhatPoint& point = file_.points.back();
    if (place.depth == 4 && place.key == "fs") {
      point.frames.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(value, ~std::uint32_t{0})));
    }
    if (place.depth != 3) return;
    const std::pair<std::string_view, std::uint64_t*> members[] = {
        {"tb", &point.bytes},        {"tbk", &point.blocks},   {"gb", &point.peak_bytes},
        {"gbk", &point.peak_blocks}, {"eb", &point.end_bytes}, {"ebk", &point.end_blocks}};
    for (const auto& [key, member] : members) {
      if (place.key == key) *member = value;
    }
  }
  void on_text(const Place& place, std::string_view text) override {
    if (place.depth == 1 && place.key == "mode") file_.mode = text;
    if (place.depth == 1 && place.key == "cmd") file_.command = utf8_text(text);
    if (place.depth == 2 && place.key == "ftbl") file_.frames.emplace_back(text);
  }
  void on_null(const Place&) override {}

 private:
  DhatFile& file_;
};

std::uint32_t count_of(std::uint64_t blocks) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(blocks, ~std::uint32_t{0}));
}

}  // namespace

// JSON in whatever order of its members; DHAT has that of the version first.
bool is_dhat(ByteView file) {
  const std::string_view text = as_text(file.first(std::min<std::size_t>(file.size(), 4096)));
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && text[begin] == '{' &&
         text.find("\"dhatFileVersion\"") != std::string_view::npos;
}

Dhat::Dhat(const capture::CaptureFile& file) {
  Listener listener(file_);
  walk_json(as_text(file.bytes), listener, file.name, 0);
  if (file_.version != kVersion) {
    throw Error(ErrorCode::kUnsupported, file.name + ": a file of another DHAT: expected the version " +
                                             std::to_string(kVersion) + ", found " + std::to_string(file_.version));
  }
  const bool copies = file_.mode == "copy";
  if (!copies && file_.mode != "heap") {
    throw Error(ErrorCode::kUnsupported,
                file.name + ": DHAT's mode: expected heap or copy, found \"" + utf8_text(file_.mode) + "\"");
  }
  processes_.push_back({static_cast<std::int64_t>(file_.pid), 0, file_.command});
  std::vector<std::string_view> unknown{capture::kTellsPages,  capture::kTellsTransfers, capture::kTellsRealloc,
                                        capture::kTellsMapped, capture::kTellsTimes,     capture::kTellsDuration};
  if (copies) {
    unknown.insert(unknown.end(),
                   {capture::kTellsPeak, capture::kTellsEnd, capture::kTellsAllocations, capture::kTellsAllocator});
  } else {
    unknown.push_back(capture::kTellsCopies);
  }
  meta_ = origin_document({.format = copies ? "DHAT copies" : "DHAT heap",
                           .version = std::to_string(file_.version),
                           .command_line = file_.command,
                           .started_ms = std::nullopt},
                          unknown);
}

void Dhat::read(capture::CaptureVisitor& visitor) {
  StackBuilder builder(stacks_);
  std::vector<std::uint32_t> stacks;
  for (const DhatPoint& point : file_.points) {
    std::uint32_t node = 0;
    for (auto at = point.frames.rbegin(); at != point.frames.rend(); ++at) {
      if (*at == 0 || *at >= file_.frames.size()) continue;  // 0: the root
      if (const auto frame = valgrind_frame(builder, file_.frames[*at])) node = builder.node(node, *frame);
    }
    stacks.push_back(node);
  }
  EventBatch batch(visitor);
  const auto for_points = [&](auto&& event_of) {
    for (std::size_t i = 0; i < stacks.size(); ++i) {
      const capture::Event event = event_of(file_.points[i], stacks[i], i + 1);
      if (event.bytes != 0 || event.count != 0) batch.add(event);
    }
  };
  std::uint64_t allocations = 0;
  if (file_.mode == "copy") {
    for_points([](const DhatPoint& point, std::uint32_t stack, std::uint64_t) {
      return capture::Event{EventKind::kCopy, 0, stack, 0, 0, point.bytes, 0, count_of(point.blocks)};
    });
  } else {
    const std::uint64_t peak = std::min(file_.peak_time, file_.end_time), end = file_.end_time;
    for_points([&](const DhatPoint& point, std::uint32_t stack, std::uint64_t address) {
      allocations += point.blocks;
      return capture::Event{EventKind::kAllocate,       0, stack, peak, address, point.peak_bytes, 0,
                            count_of(point.peak_blocks)};
    });
    for_points([&](const DhatPoint&, std::uint32_t, std::uint64_t address) {
      return capture::Event{EventKind::kFree, 0, 0, end, address, 0};
    });
    for_points([&](const DhatPoint& point, std::uint32_t stack, std::uint64_t address) {
      return capture::Event{EventKind::kAllocate,      0, stack, end, address, point.end_bytes, 0,
                            count_of(point.end_blocks)};
    });
    end_["allocations"] = allocations;
  }
  batch.flush();
  end_["duration_ns"] = file_.end_time;
  file_.points.clear();
}

}  // namespace chunkmark::imports
