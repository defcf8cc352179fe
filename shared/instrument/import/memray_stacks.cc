#include "instrument/import/memray_stacks.h"

#include <algorithm>

#include "base/stable_sort.h"
#include "instrument/import/python_lines.h"

namespace chunkmark::imports {
namespace {

constexpr std::size_t kMaxSegments = 64;       // more than a file has
constexpr std::size_t kMaxNativeDepth = 1024;  // a hostile file can make very long chains, and as many as it likes

bool is_interpreter(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("python3") || name.starts_with("libpython");
}

}  // namespace

MemrayStacks::MemrayStacks(const MemrayHeader& header, const StreamReader& reader, capture::StackTree& tree)
    : header_(header), reader_(reader), builder_(tree) {}

MemrayStacks::Thread& MemrayStacks::enter(std::uint64_t tid) {
  const auto [at, fresh] = threads_.try_emplace(tid);
  if (fresh) at->second.index = tid == header_.main_tid ? 0 : next_thread_++;
  return at->second;
}

std::uint32_t MemrayStacks::thread_of(std::uint64_t tid) {
  return enter(tid).index;
}

void MemrayStacks::switch_thread(std::uint64_t tid) {
  current_ = &enter(tid);
  current_tid_ = tid;
  thread_ = current_->index;
}

void MemrayStacks::add_code(std::uint64_t id, std::string_view function, std::string_view file, std::int64_t first_line,
                            std::vector<std::byte> lines) {
  codes_.insert_or_assign(id, Code{builder_.text(function), builder_.text(file), first_line, std::move(lines)});
}

void MemrayStacks::add_frame(std::uint64_t id, std::string_view function, std::string_view file, std::int64_t line) {
  const capture::SymbolRef symbol{builder_.text(function), builder_.text(file),
                                  line > 0 && line <= 0x7fffffff ? static_cast<std::uint32_t>(line) : 0};
  name_frame(id, builder_.named_frame(capture::FrameKind::kPython, symbol));
}

void MemrayStacks::name_frame(std::uint64_t id, std::uint32_t frame) {
  const auto [at, fresh] = frames_.insert_or_assign(id, frame);
  if (!fresh) std::fill(recent_calls_.begin(), recent_calls_.end(), Call());
}

void MemrayStacks::add_native_frame(std::uint64_t address, std::uint64_t parent) {
  if (parent > native_frames_.size()) {
    reader_.fail("a native frame of 0 to " + std::to_string(native_frames_.size()) + " as parent",
                 std::to_string(parent));
  }
  native_frames_.push_back({address, parent});
}

void MemrayStacks::begin_images() {
  if (!header_.aggregated) images_.clear();
  images_.emplace_back();
  hybrids_.clear();
}

void MemrayStacks::add_image(std::string_view path, std::uint64_t begin, std::uint64_t end, std::uint64_t base) {
  if (images_.empty()) reader_.fail("the beginning of a list of images", "an image");
  const std::uint32_t module = builder_.module(path);
  images_.back().list.push_back({begin, end, base, module, is_interpreter(path)});
  if (auto& segments = segments_[module]; segments.size() < kMaxSegments) segments.emplace(begin - base, end - begin);
}

std::vector<capture::LoadedModule> MemrayStacks::modules() const {
  std::vector<capture::LoadedModule> modules;
  modules.reserve(segments_.size());
  for (const auto& [module, segments] : segments_) modules.push_back({module, {segments.begin(), segments.end()}});
  return modules;
}

const MemrayStacks::Image* MemrayStacks::Images::find(std::uint64_t address) {
  if (!sorted) {
    sort_stably(list, [](const Image& a, const Image& b) { return a.begin < b.begin; });
    sorted = true;
  }
  const auto after = std::upper_bound(list.begin(), list.end(), address,
                                      [](std::uint64_t wanted, const Image& image) { return wanted < image.begin; });
  if (after == list.begin() || std::prev(after)->end <= address) return nullptr;
  return &*std::prev(after);
}

std::uint32_t MemrayStacks::frame(std::uint64_t id) const {
  const auto at = frames_.find(id);
  if (at == frames_.end()) reader_.fail("a frame that was defined before", "frame " + std::to_string(id));
  return at->second;
}

std::uint32_t MemrayStacks::frame(std::uint64_t code, std::int64_t instruction) {
  const auto [at, fresh] = by_code_.try_emplace(std::pair(code, instruction), 0);
  if (!fresh) return at->second;
  const auto found = codes_.find(code);
  if (found == codes_.end()) reader_.fail("a code object that was defined before", "object " + std::to_string(code));
  const Code& known = found->second;
  const std::uint32_t line = python_line(header_.python_version, known.lines, known.first_line, instruction);
  at->second = builder_.named_frame(capture::FrameKind::kPython, {known.function, known.file, line});
  return at->second;
}

void MemrayStacks::pop(std::uint64_t count) {
  if (current_ == nullptr || count > current_->nodes.size()) {
    reader_.fail("the end of at most " + std::to_string(current_ == nullptr ? 0 : current_->nodes.size()) + " calls",
                 std::to_string(count));
  }
  current_->nodes.resize(current_->nodes.size() - static_cast<std::size_t>(count));
}

void MemrayStacks::add_trace(std::uint32_t frame, std::uint64_t parent) {
  if (parent >= trace_nodes_.size()) {
    reader_.fail("a stack of 0 to " + std::to_string(trace_nodes_.size() - 1) + " as parent", std::to_string(parent));
  }
  trace_nodes_.push_back(builder_.node(trace_nodes_[parent], frame));
  trace_depths_.push_back(trace_depths_[parent] + 1);
}

std::uint32_t MemrayStacks::trace_node(std::uint64_t index, std::uint64_t tid) {
  if (index >= trace_nodes_.size()) {
    reader_.fail("a stack of 0 to " + std::to_string(trace_nodes_.size() - 1), std::to_string(index));
  }
  std::uint32_t node = trace_nodes_[index];
  if (tid != header_.main_tid || header_.skipped_frames == 0) return node;
  // The same frames without the outermost.
  std::vector<std::uint32_t> frames;
  for (; node != 0; node = builder_.tree().nodes[node].parent) frames.push_back(builder_.tree().nodes[node].frame);
  for (std::size_t i = frames.size() - std::min<std::size_t>(frames.size(), header_.skipped_frames); i > 0; --i) {
    node = builder_.node(node, frames[i - 1]);
  }
  return node;
}

std::uint32_t MemrayStacks::stack(std::uint64_t native) {
  const std::uint32_t python = current_ == nullptr || current_->nodes.empty() ? 0 : current_->nodes.back();
  return native == 0 ? python : stack(python, native, images_.size());
}

std::uint32_t MemrayStacks::stack(std::uint32_t python, std::uint64_t native, std::uint64_t generation) {
  if (native == 0) return python;
  if (native > native_frames_.size()) {
    reader_.fail("a native frame of 0 to " + std::to_string(native_frames_.size()), std::to_string(native));
  }
  if (generation != hybrids_generation_) {
    hybrids_.clear();
    hybrids_generation_ = generation;
  }
  const auto [at, fresh] = hybrids_.try_emplace(std::pair<std::uint64_t, std::uint64_t>(python, native), 0);
  if (!fresh) return at->second;
  Images none;
  Images& images = generation > 0 && generation <= images_.size() ? images_[generation - 1] : none;
  std::vector<std::uint32_t> frames;  // innermost first
  for (std::uint64_t i = native; i != 0 && frames.size() < kMaxNativeDepth; i = native_frames_[i - 1].parent) {
    const std::uint64_t address = native_frames_[i - 1].address;
    const Image* image = images.find(address - 1);  // a return address: the call lies before it
    if (image != nullptr && image->is_interpreter && python != 0) break;
    frames.push_back(image == nullptr ? builder_.address_frame(0, address)
                                      : builder_.address_frame(image->module, address - image->base));
  }
  std::uint32_t node = python;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) node = builder_.node(node, *frame);
  return at->second = node;
}

}  // namespace chunkmark::imports
