#include "study/version_history.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace chunkmark::study {

// Numbers of the programs of versioned-hdf5's analysis, 2020. Rows appended are normal with the mean given and a
// standard deviation of 10 (dense: 1), and none below 0.
struct VersionWorkload {
  std::string_view name;
  std::uint64_t rows;
  double appended;
  std::uint64_t changed, inserted, removed;
  bool constant, dense;
  unsigned change_percent, remove_percent,
      insert_percent;  // of versions, as the programs have it when asked for chance
};

namespace {

constexpr std::array kWorkloads{
    // name, rows, appended, changed, inserted, removed, constant, dense, percent of changes, removals, insertions
    VersionWorkload{"large_fraction_changes", 5000, 10, 1000, 10, 10, false, false, 90, 1, 1},
    VersionWorkload{"small_fraction_changes", 5000, 10, 10, 10, 10, false, false, 90, 1, 1},
    VersionWorkload{"large_fraction_constant", 5000, 0, 1000, 10, 10, true, false, 0, 0, 0},
    VersionWorkload{"mostly_appends", 1000, 1000, 10, 10, 10, false, false, 5, 1, 5},
    VersionWorkload{"mostly_appends_dense", 30, 0, 10, 1, 1, false, true, 5, 1, 5},
};

constexpr double kPowerLaw = 20;
constexpr std::uint64_t kMaxKey = 1'000'000;
constexpr std::uint64_t kMostRows = 10;  // the article: "at most 10 rows are added or deleted"

std::uint64_t bits_of(double value) {
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

std::uint64_t width_of(const HistoryArray& array) {
  return array.shape.size() == 1 ? 1 : array.shape[1];
}

template <typename T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

void put_all(std::string& out, const std::vector<std::uint64_t>& values) {
  for (const std::uint64_t value : values) put(out, value);
}

}  // namespace

std::vector<std::string> version_workloads() {
  std::vector<std::string> names;
  for (const VersionWorkload& workload : kWorkloads) names.emplace_back(workload.name);
  return names;
}

VersionHistory::VersionHistory(std::string_view workload, HistoryMode mode, std::uint64_t seed)
    : workload_(std::find_if(kWorkloads.begin(), kWorkloads.end(),
                             [&](const VersionWorkload& each) { return each.name == workload; })),
      mode_(mode),
      random_(seed) {
  if (workload_ == kWorkloads.end()) {
    throw Error(ErrorCode::kInvalidArgument, "workload: expected one of the study's, found " + std::string(workload));
  }
  dense_ = workload_->dense;
  const std::uint64_t rows = workload_->rows;
  arrays_ = {HistoryArray{"key0", false, {rows}, {}}, HistoryArray{"key1", false, {rows}, {}},
             HistoryArray{"val", true, dense_ ? array::Shape{rows, rows} : array::Shape{rows}, {}}};
  for (HistoryArray& array : arrays_) {
    array.elements.resize(array::element_count(array.shape));
    // The programs cast numbers of [0, 1) to integers: their first keys are zeros.
    if (mode_ == HistoryMode::kPublished && !array.is_float) continue;
    for (std::uint64_t& element : array.elements) element = value_of(array);
  }
}

double VersionHistory::uniform() {
  return static_cast<double>(random_() >> 11) * 0x1p-53;
}

double VersionHistory::normal() {
  constexpr double kTwoPi = 6.283185307179586;
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(kTwoPi * uniform());
}

std::uint64_t VersionHistory::below(std::uint64_t n) {
  return random_() % n;
}

// As the programs ask: at a chance of 0, one in a hundred.
bool VersionHistory::percent(unsigned chance) {
  return below(100) <= chance;
}

// An index near the end: U^(1/20) of the way.
std::uint64_t VersionHistory::power_law(std::uint64_t n) {
  return std::min<std::uint64_t>(
      n - 1, static_cast<std::uint64_t>(std::pow(uniform(), 1 / kPowerLaw) * static_cast<double>(n)));
}

std::uint64_t VersionHistory::value_of(const HistoryArray& array) {
  return array.is_float ? bits_of(uniform()) : below(kMaxKey);
}

std::vector<std::uint64_t> VersionHistory::sorted_positions(std::uint64_t count, std::uint64_t n, bool power) {
  std::vector<std::uint64_t> positions;
  for (std::uint64_t i = 0; i < count && n > 0; ++i) positions.push_back(power ? power_law(n) : below(n));
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

// Elements of val.
void VersionHistory::set(std::uint64_t count, bool power, Transaction& made) {
  HistoryArray& val = arrays_[2];
  Change change{Change::Kind::kSet, 2, {}, {}, {}, {}};
  for (const std::uint64_t at : sorted_positions(count, val.elements.size(), power)) {
    if (dense_) change.positions.push_back(at / width_of(val));
    change.positions.push_back(at % (dense_ ? width_of(val) : val.elements.size()));
    change.elements.push_back(val.elements[at] = value_of(val));
  }
  if (!change.elements.empty()) made.changes.push_back(std::move(change));
}

void VersionHistory::reshape(HistoryArray& array, const array::Shape& shape, Transaction& made) {
  if (array.shape == shape) return;
  array.shape = shape;
  made.changes.push_back({Change::Kind::kResize, static_cast<std::size_t>(&array - arrays_.data()), {}, shape, {}, {}});
}

// All from a row on.
void VersionHistory::write_from(std::size_t dataset, std::uint64_t row, Transaction& made) const {
  const HistoryArray& array = arrays_[dataset];
  if (row >= array.shape[0]) return;
  Change change{Change::Kind::kWrite, dataset, array::Shape(array.shape.size()), array.shape, {}, {}};
  change.start[0] = row;
  change.shape[0] -= row;
  change.elements.assign(array.elements.begin() + static_cast<std::ptrdiff_t>(row * width_of(array)),
                         array.elements.end());
  made.changes.push_back(std::move(change));
}

// key0 and val grow along the first axis; key1 goes with val's second where there is one.
void VersionHistory::append(std::uint64_t rows, Transaction& made) {
  if (rows == 0) return;
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    if (dense_ && i == 1) continue;
    HistoryArray& array = arrays_[i];
    const std::uint64_t before = array.shape[0];
    array::Shape shape = array.shape;
    shape[0] += rows;
    reshape(array, shape, made);
    for (std::uint64_t n = rows * width_of(array); n > 0; --n) array.elements.push_back(value_of(array));
    write_from(i, before, made);
  }
}

void VersionHistory::remove(std::uint64_t rows, Transaction& made) {
  for (std::size_t axis = 0; axis < (dense_ ? 2u : 1u); ++axis) {
    const std::vector<std::uint64_t> gone = sorted_positions(rows, arrays_[axis].shape[0] - 1, true);
    if (gone.empty()) continue;
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      if (dense_ && i != axis && i != 2) continue;
      HistoryArray& array = arrays_[i];
      const std::size_t along = i == 2 ? axis : 0;
      const std::uint64_t width = width_of(array);
      std::vector<std::uint64_t> kept;
      for (std::uint64_t at = 0; at < array.elements.size(); ++at) {
        const std::uint64_t index = along == 0 ? at / width : at % width;
        if (!std::binary_search(gone.begin(), gone.end(), index)) kept.push_back(array.elements[at]);
      }
      array.elements = std::move(kept);
      array::Shape shape = array.shape;
      shape[along] -= gone.size();
      reshape(array, shape, made);
      write_from(i, along == 0 ? gone.front() : 0, made);
    }
  }
}

void VersionHistory::insert(std::uint64_t rows, Transaction& made) {
  for (std::size_t axis = 0; axis < (dense_ ? 2u : 1u); ++axis) {
    // Before these, as they were; the programs add ten columns for a row.
    const std::vector<std::uint64_t> places =
        sorted_positions(axis == 1 ? 10 * rows : rows, arrays_[axis].shape[0], true);
    if (places.empty()) continue;
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      if (dense_ && i != axis && i != 2) continue;
      HistoryArray& array = arrays_[i];
      const std::size_t along = i == 2 ? axis : 0;
      const std::uint64_t width = width_of(array);
      std::vector<std::uint64_t> grown;
      for (std::uint64_t at = 0; at < array.elements.size(); ++at) {
        const std::uint64_t index = along == 0 ? at / width : at % width;
        const bool is_place = std::binary_search(places.begin(), places.end(), index);
        if (is_place && along == 0 && at % width == 0) {
          for (std::uint64_t n = width; n > 0; --n) grown.push_back(value_of(array));
        } else if (is_place && along == 1) {
          grown.push_back(value_of(array));
        }
        grown.push_back(array.elements[at]);
      }
      array.elements = std::move(grown);
      array::Shape shape = array.shape;
      shape[along] += places.size();
      reshape(array, shape, made);
      write_from(i, along == 0 ? places.front() : 0, made);
    }
  }
}

Transaction VersionHistory::next() {
  const VersionWorkload& work = *workload_;
  Transaction made{"r" + std::to_string(++made_), {}};
  const auto count = [](double value) { return value > 0 ? static_cast<std::uint64_t>(value) : 0; };
  const double spread = dense_ ? 1 : 10;
  const double appended = spread * normal() + (dense_ ? 1 : work.appended);
  if (mode_ == HistoryMode::kPublished) {
    if (percent(0)) set(count(normal() + static_cast<double>(work.changed)), false, made);
    if (percent(0)) remove(std::max<std::uint64_t>(count(normal() + static_cast<double>(work.removed)), 1), made);
    if (percent(0)) insert(std::max<std::uint64_t>(count(normal() + static_cast<double>(work.inserted)), 1), made);
    append(count(appended), made);
    return made;
  }
  const bool is_appends = work.appended > kMostRows || dense_;
  if (!is_appends || percent(work.change_percent)) set(work.changed, true, made);
  if (work.constant) return made;
  if (is_appends) {
    if (percent(work.remove_percent)) remove(1 + below(work.removed), made);
    if (percent(work.insert_percent)) insert(1 + below(work.inserted), made);
    append(count(appended), made);
    return made;
  }
  const std::uint64_t rows = below(2 * kMostRows + 1);
  if (rows < kMostRows) remove(kMostRows - rows, made);
  if (rows > kMostRows) insert(rows - kMostRows, made);
  return made;
}

std::string history_bytes(std::string_view workload, HistoryMode mode, std::uint64_t seed, std::uint64_t transactions) {
  VersionHistory history(workload, mode, seed);
  std::string out = "CMHIST1\n";
  for (const HistoryArray& array : history.arrays()) {
    put(out, static_cast<std::uint64_t>(array.shape.size()));
    put_all(out, array.shape);
    put_all(out, array.elements);
  }
  put(out, transactions);
  for (std::uint64_t i = 0; i < transactions; ++i) {
    const Transaction transaction = history.next();
    put(out, static_cast<std::uint64_t>(transaction.changes.size()));
    for (const Change& change : transaction.changes) {
      put(out, static_cast<std::uint64_t>(change.kind));
      put(out, static_cast<std::uint64_t>(change.dataset));
      for (const auto* values : {&change.start, &change.shape, &change.positions, &change.elements}) {
        put(out, static_cast<std::uint64_t>(values->size()));
        put_all(out, *values);
      }
    }
  }
  return out;
}

}  // namespace chunkmark::study
