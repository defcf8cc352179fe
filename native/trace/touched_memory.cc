#include "native/trace/touched_memory.h"

#include <algorithm>

#include "native/trace/process_counters.h"

namespace chunkmark::trace {
namespace {

using capture::Event;
using capture::EventKind;

constexpr std::uint64_t kMinPeriodNs = 1'000'000;
constexpr std::uint64_t kShare = 20;             // of the time between two looks, one may take a twentieth
constexpr std::uint64_t kMaxLookNs = 2'000'000;  // then the rings want to be drained; the next look goes on from there
constexpr std::size_t kPagesPerRead = 8192;      // 0.8 ms where all of them are touched
// A change of less is told with the next that is more, or at a mark: so a mapping that grows page by page makes a few
// thousand events at most.
constexpr std::uint64_t kMinChangeBytes = 64 << 10;
constexpr std::uint64_t kMinChangeShare = 200;
constexpr std::uint64_t kNeverTold = ~std::uint64_t{0};

std::uint64_t page_of(std::uint64_t address) {
  return address / page_bytes();
}
std::uint64_t pages_end(std::uint64_t address) {
  return (address + page_bytes() - 1) / page_bytes();
}

}  // namespace

TouchedMemory::TouchedMemory(pid_t pid, SharedPages& shared, Tell tell)
    : pid_(pid), shared_(shared), tell_(std::move(tell)), pagemap_(pid) {}

TouchedMemory::~TouchedMemory() {
  for (const auto& [begin, region] : mappings_.regions) give_up(begin, region);
}

void TouchedMemory::on_event(const Event& event) {
  Event passed = event;
  const std::uint64_t end = event.address + event.bytes;
  const bool large = event.bytes >= capture::kLargeBytes && end > event.address && pagemap_.allowed();
  if (event.kind == EventKind::kMap && large) passed.kind = EventKind::kMapPages;
  tell_(passed);
  switch (event.kind) {
    case EventKind::kMap:
      unmap(event.address, end, event.time_ns);
      if (large) add_mapping(event, {end, event.stack, event.thread});
      break;
    case EventKind::kUnmap:
      unmap(event.address, end, event.time_ns);
      break;
    case EventKind::kAllocate:
    case EventKind::kReallocAllocate:
      if (!large || event.address == 0) break;
      blocks_.regions.insert_or_assign(event.address, Region{end, event.stack, event.thread});
      changed_ = true;
      break;
    case EventKind::kFree:
    case EventKind::kReallocFree:
      if (const auto block = blocks_.regions.find(event.address); block != blocks_.regions.end()) {
        blocks_.pages.remove(page_of(event.address), pages_end(block->second.end));
        blocks_.regions.erase(block);
      }
      break;
    default:
      break;
  }
}

void TouchedMemory::add_mapping(const Event& event, Region region) {
  mappings_.regions.insert_or_assign(event.address, region);
  changed_ = true;
}

void TouchedMemory::on_shared_map(Event event, const SharedMapping& mapping) {
  const std::uint64_t end = event.address + event.bytes;
  if (end <= event.address) return;
  event.kind = pagemap_.allowed() ? EventKind::kMapShared : EventKind::kMap;
  tell_(event);
  unmap(event.address, end, event.time_ns);
  if (!pagemap_.allowed()) return;
  Region region{end, event.stack, event.thread};
  const bool anonymous = mapping.device == 0 && mapping.inode == 0;
  region.object = anonymous ? &shared_.new_object() : &shared_.object(mapping.device, mapping.inode);
  region.claimant = shared_.new_claimant();
  region.object_page = mapping.offset / page_bytes();
  region.generation = region.object->generation;
  add_mapping(event, region);
}

void TouchedMemory::inherit_shared(const TouchedMemory& parent, std::uint64_t time_ns) {
  for (const auto& [begin, region] : parent.mappings_.regions) {
    if (region.object == nullptr) continue;
    const Event event{EventKind::kMapShared, 0, region.stack, time_ns, begin, region.end - begin};
    tell_(event);
    Region own = region;
    own.thread = 0;
    own.claimant = shared_.new_claimant();
    own.told_bytes = 0;
    add_mapping(event, own);
  }
}

void TouchedMemory::give_up(std::uint64_t begin, const Region& region) {
  if (region.object == nullptr) return;
  SharedPages::give_up(*region.object, region.object_page, region.object_page + pages_end(region.end) - page_of(begin),
                       region.claimant);
}

void TouchedMemory::unmap(std::uint64_t begin, std::uint64_t end, std::uint64_t time_ns) {
  Regions& regions = mappings_.regions;
  auto at = regions.upper_bound(begin);
  if (at != regions.begin() && std::prev(at)->second.end > begin) --at;
  while (at != regions.end() && at->first < end) {
    const std::uint64_t first = at->first;
    const Region region = at->second;
    at = regions.erase(at);
    const std::uint64_t cut_begin = std::max(first, begin), cut_end = std::min(region.end, end);
    const auto piece = [&](std::uint64_t piece_begin, std::uint64_t piece_end) {
      Region kept = region;
      kept.end = piece_end;
      kept.object_page += page_of(piece_begin) - page_of(first);
      kept.told_bytes = kNeverTold;  // whoever replays the events knows only how much of both pieces was touched
      return kept;
    };
    give_up(cut_begin, piece(cut_begin, cut_end));
    mappings_.pages.remove(page_of(cut_begin), page_of(cut_end));
    if (first < cut_begin) tell(mappings_, regions.emplace(first, piece(first, cut_begin)).first, time_ns, true);
    if (cut_end < region.end) {
      at = regions.emplace(cut_end, piece(cut_end, region.end)).first;
      tell(mappings_, at, time_ns, true);
    }
  }
}

void TouchedMemory::touched(std::uint64_t address, std::span<const std::uint64_t> bits, std::uint64_t time_ns) {
  const std::uint64_t first = page_of(address), end = first + bits.size() * 64;
  for (Memory* memory : {&mappings_, &blocks_}) {
    auto at = memory->regions.upper_bound(address);
    if (at != memory->regions.begin() && pages_end(std::prev(at)->second.end) > first) --at;
    for (; at != memory->regions.end() && page_of(at->first) < end; ++at) {
      for (std::uint64_t i = 0; i < bits.size(); ++i) add_pages(*memory, at, first + i * 64, bits[i]);
      tell(*memory, at, time_ns, true);
    }
  }
}

void TouchedMemory::discarded(std::uint64_t address, std::uint64_t bytes, bool of_object, std::uint64_t time_ns) {
  const std::uint64_t end = address + bytes;
  if (end <= address) return;
  Regions& regions = mappings_.regions;
  auto at = regions.upper_bound(address);
  if (at != regions.begin() && std::prev(at)->second.end > address) --at;
  for (; at != regions.end() && at->first < end; ++at) {
    // Pages of a shared object that one mapping gives back are there still.
    if (at->second.object != nullptr && !of_object) continue;
    const std::uint64_t cut_begin = std::max(at->first, address), cut_end = std::min(at->second.end, end);
    mappings_.pages.remove(page_of(cut_begin), page_of(cut_end));
    Region cut = at->second;
    cut.object_page += page_of(cut_begin) - page_of(at->first);
    cut.end = cut_end;
    give_up(cut_begin, cut);
    tell(mappings_, at, time_ns, true);
  }
  changed_ = true;
}

void TouchedMemory::add_pages(Memory& memory, Regions::iterator region, std::uint64_t first, std::uint64_t bits) {
  const std::uint64_t begin = page_of(region->first), end = pages_end(region->second.end);
  if (first + 64 <= begin || first >= end) return;
  if (first < begin) bits &= ~std::uint64_t{0} << (begin - first);
  if (end < first + 64) bits &= ~(~std::uint64_t{0} << (end - first));
  std::uint64_t fresh = memory.pages.add(first, bits);
  if (region->second.object == nullptr) return;
  for (; fresh != 0; fresh &= fresh - 1) {
    const std::uint64_t page = first + static_cast<std::uint64_t>(std::countr_zero(fresh));
    SharedPages::claim(*region->second.object, region->second.object_page + page - begin, region->second.claimant);
  }
}

std::uint64_t TouchedMemory::touched_bytes(const Memory& memory, std::uint64_t begin, const Region& region) const {
  const std::uint64_t first = page_of(begin), end = pages_end(region.end);
  const std::uint64_t pages =
      region.object == nullptr
          ? memory.pages.count(first, end)
          : SharedPages::count(*region.object, region.object_page, region.object_page + end - first, region.claimant);
  return std::min(pages * page_bytes(), region.end - begin);
}

void TouchedMemory::tell(const Memory& memory, Regions::iterator at, std::uint64_t time_ns, bool exact) {
  Region& region = at->second;
  const std::uint64_t bytes = touched_bytes(memory, at->first, region);
  const std::uint64_t change = std::max(bytes, region.told_bytes) - std::min(bytes, region.told_bytes);
  if (change == 0 || (!exact && change < std::max(kMinChangeBytes, region.told_bytes / kMinChangeShare))) return;
  region.told_bytes = bytes;
  tell_({EventKind::kPages, region.thread, region.stack, time_ns, at->first, bytes});
}

std::uint64_t TouchedMemory::private_bytes() const {
  std::uint64_t bytes = 0;
  for (const Memory* memory : {&mappings_, &blocks_}) {
    for (const auto& [begin, region] : memory->regions) {
      if (region.object == nullptr && region.told_bytes != kNeverTold) bytes += region.told_bytes;
    }
  }
  return bytes;
}

void TouchedMemory::look(std::uint64_t time_ns, bool now) {
  if (mappings_.regions.empty() && blocks_.regions.empty()) return;
  if (!now && time_ns < next_ns_) return;
  const auto start = std::chrono::steady_clock::now();
  // Asked for before the pages, so that a fault in between is seen at the next look.
  const std::optional<ProcessCounters> counters = read_counters(pid_);
  if (!counters) {  // it is gone
    next_ns_ = kNeverTold;
    return;
  }
  // Pages went that nobody told of (MADV_FREE, a system call that passed no hook): what is known is worth nothing.
  if (counters->anonymous_bytes + capture::kLargeBytes < private_bytes()) {
    now = true;
    for (const auto& [begin, region] : mappings_.regions) {
      if (region.object == nullptr) mappings_.pages.remove(page_of(begin), pages_end(region.end));
    }
    blocks_.pages = {};
  }
  if (now || changed_ || !finished_ || counters->faults != faults_) {
    faults_ = counters->faults;
    changed_ = false;
    if (now) resume_ = 0;
    finished_ = look_at(mappings_, time_ns, now) && look_at(blocks_, time_ns, now);
    if (finished_) resume_ = 0;
  }
  const auto cost = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start);
  next_ns_ = time_ns + std::max(kMinPeriodNs, kShare * static_cast<std::uint64_t>(cost.count()));
}

// True if all was seen. Addresses of blocks and mappings are different ones, so one place to resume at serves both.
bool TouchedMemory::look_at(Memory& memory, std::uint64_t time_ns, bool now) {
  const auto start = std::chrono::steady_clock::now();
  auto at = memory.regions.upper_bound(resume_);
  if (at != memory.regions.begin() && std::prev(at)->second.end > resume_) --at;
  for (; at != memory.regions.end(); ++at) {
    Region& region = at->second;
    if (region.object != nullptr && region.generation != region.object->generation) {
      // Another mapping gave up pages that this one may have.
      region.generation = region.object->generation;
      memory.pages.remove(page_of(at->first), pages_end(region.end));
    }
    const std::uint64_t end = pages_end(region.end);
    std::uint64_t page = std::max(page_of(at->first), page_of(resume_));
    while (page < end) {
      // The next run of groups in which a page is not known to be touched.
      std::uint64_t run_end = page;
      while (run_end < end && run_end - page < kPagesPerRead) {
        const std::uint64_t group_end = std::min(end, (run_end / PageSet::kGroup + 1) * PageSet::kGroup);
        if (memory.pages.count(run_end, group_end) == group_end - run_end) break;
        run_end = group_end;
      }
      if (run_end == page) {
        page = std::min(end, (page / PageSet::kGroup + 1) * PageSet::kGroup);
        continue;
      }
      if (!read_pages(memory, at, page, run_end)) return true;  // it is gone
      page = run_end;
      const auto spent = std::chrono::steady_clock::now() - start;
      if (!now && spent > std::chrono::nanoseconds(kMaxLookNs)) {
        tell(memory, at, time_ns, false);
        resume_ = page * page_bytes();
        return false;
      }
    }
    tell(memory, at, time_ns, now);
  }
  return true;
}

bool TouchedMemory::read_pages(Memory& memory, Regions::iterator region, std::uint64_t first, std::uint64_t end) {
  entries_.resize(static_cast<std::size_t>(end - first));
  const std::size_t got = pagemap_.read(first, entries_);
  for (std::size_t i = 0; i < got; i += 64) {
    std::uint64_t bits = 0;
    for (std::size_t bit = 0; bit < 64 && i + bit < got; ++bit) {
      bits |= std::uint64_t{Pagemap::is_touched(entries_[i + bit])} << bit;
    }
    if (bits != 0) add_pages(memory, region, first + i, bits);
  }
  return got != 0;
}

}  // namespace chunkmark::trace
