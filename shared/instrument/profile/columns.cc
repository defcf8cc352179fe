#include "instrument/profile/columns.h"

#include <algorithm>
#include <bit>

namespace chunkmark::profile {
namespace {

constexpr std::uint32_t kMaxThread = 0xffff;

// How much later than a newer one an event may come: a thread takes its time before it takes its place in the ring, and
// may lose the processor between the two.
constexpr std::uint64_t kLateNs = 1'000'000;

Columns empty_columns(std::uint64_t duration_ns) {
  Columns columns;
  columns.tick_ns = std::bit_ceil(duration_ns / (kAlive - 1u) + 1);
  columns.end_ticks = columns.ticks(duration_ns);
  return columns;
}

// A builder that learns the nodes which the events name.
class WithStacks final : public capture::CaptureVisitor {
 public:
  WithStacks(ColumnsBuilder& builder, const capture::StackTree& tree) : builder_(builder), tree_(tree) {}
  void on_events(std::uint32_t process, std::span<const capture::Event> events) override {
    builder_.learn(new_parents(tree_, known_));
    builder_.on_events(process, events);
  }
  void on_mark(std::uint32_t, const capture::Mark&) override {}
  void on_sample(std::uint32_t, const capture::ResidentSample&) override {}

 private:
  ColumnsBuilder& builder_;
  const capture::StackTree& tree_;
  std::size_t known_ = 0;
};

}  // namespace

Intervals intervals_of(const std::vector<Row>& rows) {
  Intervals intervals;
  for (const Row& row : rows) {
    intervals.t0.push_back(row.t0);
    intervals.t1.push_back(row.t1);
    intervals.bytes.push_back(row.bytes);
    intervals.blocks.push_back(row.blocks);
    intervals.stack.push_back(row.stack);
    intervals.thread.push_back(row.thread);
  }
  return intervals;
}

Moves moves_of(const std::vector<Row>& rows) {
  Moves moves;
  for (const Row& row : rows) {
    moves.t.push_back(row.t0);
    moves.bytes.push_back(row.bytes);
    moves.calls.push_back(row.blocks);
    moves.stack.push_back(row.stack);
    moves.thread.push_back(row.thread);
  }
  return moves;
}

std::uint32_t Columns::ticks(std::uint64_t time_ns) const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(time_ns >> std::countr_zero(tick_ns), kAlive - 1u));
}

ColumnsBuilder::ColumnsBuilder(std::uint32_t process, std::uint64_t duration_ns, const Coarseness& coarseness,
                               ExactInstants exact, bool in_order)
    : process_(process),
      columns_(empty_columns(duration_ns)),
      instants_(coarseness.instants),
      max_rows_(coarseness.max_rows),
      in_order_(in_order),
      exact_(std::move(exact)),
      intervals_(table(coarseness)),
      copies_(table(coarseness)),
      transfers_(table(coarseness)) {}

RowTable ColumnsBuilder::table(const Coarseness& coarseness) {
  return RowTable([this] { return grid(); }, coarseness.max_exact_rows, 2 * coarseness.max_rows,
                  [this](std::size_t rows) { return coarsen(rows); }, &fold_);
}

// Half as many instants, all of which are among those before, so that rounding to both is rounding to the coarser one.
// When they are few, fewer stacks: so that as many rows as there may be in the end are left.
bool ColumnsBuilder::coarsen(std::size_t rows) {
  constexpr std::size_t kMinInstants = 100;
  if (instants_ % 2 == 0 && instants_ / 2 >= kMinInstants) {
    instants_ /= 2;
    return true;
  }
  const std::size_t stacks = fold_.kept_stacks();
  if (stacks <= 1) return false;
  const auto share = static_cast<std::size_t>(std::uint64_t{stacks} * max_rows_ / rows);
  fold_.keep(std::max<std::size_t>(1, std::min(stacks / 2, share)));
  return true;
}

CoarseGrid ColumnsBuilder::grid() const {
  std::vector<std::uint32_t> exact;
  if (exact_) {
    for (const std::uint64_t time_ns : exact_()) exact.push_back(columns_.ticks(time_ns));
  }
  const std::uint32_t late = in_order_ ? 0 : columns_.ticks(kLateNs), settled = newest_ - std::min(newest_, late);
  return CoarseGrid(std::move(exact), columns_.end_ticks, instants_, complete_ ? kAlive - 1 : settled);
}

void ColumnsBuilder::on_events(std::uint32_t process, std::span<const capture::Event> events) {
  if (process != process_) return;
  if (in_order_) {
    for (RowTable* table : {&intervals_, &copies_, &transfers_}) table->in_order();
  }
  for (const capture::Event& event : events) add(event);
}

void ColumnsBuilder::add(const capture::Event& event) {
  const std::uint32_t now = columns_.ticks(event.time_ns);
  const auto thread = static_cast<std::uint16_t>(std::min(event.thread, kMaxThread));
  columns_.threads = std::max(columns_.threads, thread + 1u);
  newest_ = std::max(newest_, now);
  switch (event.kind) {
    case capture::EventKind::kCopy:
      add_row(copies_, {now, now, event.stack, event.count, event.bytes, thread});
      return;
    case capture::EventKind::kTransferIn:
    case capture::EventKind::kTransferOut:
      add_row(transfers_, {now, now, event.stack, 1, event.bytes, thread});
      return;
    case capture::EventKind::kReallocAllocate:
      if (const auto taken = in_realloc_.find(event.thread); taken != in_realloc_.end()) {
        if (event.address != 0) add_row(intervals_, taken->second);  // it failed otherwise: the old block lives on
        in_realloc_.erase(taken);
      }
      break;
    default:
      break;
  }
  live_.apply(event, {now, event.stack, thread}, [&](const Heap::Change& change) {
    if (change.bytes < 0 || change.blocks < 0) end_block(change, event, now);
  });
}

void ColumnsBuilder::end_block(const Heap::Change& change, const capture::Event& event, std::uint32_t now) {
  const Birth& birth = change.origin;
  // A block never ends before it begins, whatever the clocks of two threads say.
  const std::uint32_t end = std::max(now, birth.t0);
  // Of the touched pages of a mapping, one layer stands for the mapping where blocks are counted.
  const bool by_pages = change.source == HeapSource::kPages || change.source == HeapSource::kShared;
  const std::uint32_t blocks = change.blocks < 0 ? static_cast<std::uint32_t>(-change.blocks) : by_pages ? 0 : 1;
  const Row row{birth.t0, end, birth.stack, blocks, -static_cast<std::uint64_t>(change.bytes), birth.thread};
  if (event.kind != capture::EventKind::kReallocFree) {
    add_row(intervals_, row);
    return;
  }
  const auto [at, fresh] = in_realloc_.try_emplace(event.thread, row);
  if (!fresh) {  // the result of the realloc before was not seen
    add_row(intervals_, at->second);
    at->second = row;
  }
}

Columns ColumnsBuilder::take() {
  complete_ = true;
  for (const auto& [thread, row] : in_realloc_) add_row(intervals_, row);
  live_.for_each([this](const Birth& birth, std::uint64_t bytes, std::uint32_t blocks) {
    add_row(intervals_, {birth.t0, kAlive, birth.stack, blocks, bytes, birth.thread});
  });
  columns_.stacks = fold_.stacks();
  if (intervals_.is_merged() || copies_.is_merged() || transfers_.is_merged()) columns_.instants = instants_;
  columns_.intervals = intervals_of(intervals_.take());
  columns_.copies = moves_of(copies_.take());
  columns_.transfers = moves_of(transfers_.take());
  return std::move(columns_);
}

Columns read_columns(const capture::CaptureFile& file, std::uint32_t process, std::uint64_t duration_ns,
                     const Coarseness& coarseness, ExactInstants exact) {
  const std::unique_ptr<capture::EventSource> source = capture::open(file);
  ColumnsBuilder builder(process, duration_ns, coarseness, std::move(exact), source->in_order());
  WithStacks reading(builder, source->stacks());
  source->read(reading);
  return builder.take();
}

}  // namespace chunkmark::profile
