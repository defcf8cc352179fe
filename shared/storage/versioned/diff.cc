#include "storage/versioned/diff.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {

namespace {

using Extents = std::vector<std::uint64_t>;

// Boxes without a common chunk grid are compared in runs of at most this many bytes.
constexpr std::uint64_t kMaxBoxBytes = 16 << 20;

bool same_attributes(const VersionDataset& a, const VersionDataset& b, Session& session) {
  return attributes_json(a.attributes(), session.heap()) == attributes_json(b.attributes(), session.heap());
}

class DatasetComparison {
 public:
  DatasetComparison(const VersionDataset& before, const VersionDataset& after, Session& session, DatasetDiff& out)
      : before_(before), after_(after), session_(session), out_(out) {
    for (std::size_t axis = 0; axis < before.shape().size(); ++axis) {
      common_.push_back(std::min(before.shape()[axis], after.shape()[axis]));
    }
  }

  void run() {
    const std::uint64_t common = array::element_count(common_);
    out_.elements_added = array::element_count(after_.shape()) - common;
    out_.elements_removed = array::element_count(before_.shape()) - common;
    const bool gridded = !before_.chunk().empty() && before_.chunk() == after_.chunk();
    const bool mapped = is_mapped(before_) && is_mapped(after_);
    if (gridded && mapped) {
      compare_mappings();
    } else {
      compare(array::whole(common_));
    }
  }

 private:
  // Places of chunks are all that the dataset is made of.
  static bool is_mapped(const VersionDataset& dataset) {
    return dataset.dataset().is_virtual() || dataset.dataset().is_unallocated();
  }

  void compare_mappings() {
    struct Places {
      std::optional<std::size_t> before, after;
    };
    std::map<Extents, Places> chunks;
    const hdf5::Mappings &a = before_.mappings(), &b = after_.mappings();
    for (std::size_t i = 0; i < a.size(); ++i) chunks[grid_place(a.virtual_start(i))].before = i;
    for (std::size_t i = 0; i < b.size(); ++i) chunks[grid_place(b.virtual_start(i))].after = i;
    for (const auto& [start, places] : chunks) {
      if (places.before && places.after && same_place(a, *places.before, b, *places.after)) continue;
      array::Region box{start, before_.chunk()};
      bool shared = true;
      for (std::size_t axis = 0; axis < start.size(); ++axis) {
        shared &= start[axis] < common_[axis];
        if (shared) box.shape[axis] = std::min(box.shape[axis], common_[axis] - start[axis]);
      }
      if (shared) compare(box);
    }
  }

  Extents grid_place(std::span<const std::uint64_t> start) const {
    Extents place(start.begin(), start.end());
    for (std::size_t axis = 0; axis < place.size(); ++axis) place[axis] -= place[axis] % before_.chunk()[axis];
    return place;
  }

  static bool same_place(const hdf5::Mappings& a, std::size_t i, const hdf5::Mappings& b, std::size_t j) {
    const auto equal = [](auto x, auto y) { return std::equal(x.begin(), x.end(), y.begin(), y.end()); };
    const auto &from = a.sources()[a.source_index(i)], &to = b.sources()[b.source_index(j)];
    return from.dataset == to.dataset && from.file == to.file && equal(a.virtual_start(i), b.virtual_start(j)) &&
           equal(a.source_start(i), b.source_start(j)) && equal(a.count(i), b.count(j));
  }

  // Halves the longest axis until a box is small enough to be held.
  void compare(const array::Region& box) {
    const std::uint64_t elements = array::element_count(box.shape);
    if (elements == 0) return;
    if (hdf5::saturating_multiply(elements, before_.element_bytes()) > kMaxBoxBytes && elements > 1) {
      const std::size_t axis =
          static_cast<std::size_t>(std::max_element(box.shape.begin(), box.shape.end()) - box.shape.begin());
      array::Region first = box, second = box;
      first.shape[axis] /= 2;
      second.start[axis] += first.shape[axis];
      second.shape[axis] -= first.shape[axis];
      compare(first);
      compare(second);
      return;
    }
    if (before_.element_bytes() > hdf5::kMaxDecodedChunkBytes) {
      hdf5::unsupported(before_.path(), "elements of " + std::to_string(before_.element_bytes()) +
                                            " bytes are too large to be compared");
    }
    read(before_, box, a_);
    read(after_, box, b_);
    const std::uint64_t width = before_.element_bytes();
    std::uint64_t changed = 0;
    for (std::uint64_t i = 0; i < elements; ++i) changed += differs(i * width, width);
    if (changed == 0) return;
    out_.changed_elements += changed;
    out_.boxes.push_back({box, changed});
  }

  bool differs(std::uint64_t at, std::uint64_t width) {
    const ByteView a = ByteView(a_).subspan(at, width), b = ByteView(b_).subspan(at, width);
    if (std::memcmp(a.data(), b.data(), width) == 0) return false;
    if (!before_.type().is_variable_string()) return true;
    const std::string text(session_.heap().string(a));  // a copy: the next text may take its place
    return text != session_.heap().string(b);
  }

  static void read(const VersionDataset& dataset, const array::Region& box, std::vector<std::byte>& bytes) {
    bytes.resize(array::element_count(box.shape) * dataset.element_bytes());
    dataset.read(box, array::Dest::dense(bytes.data(), dataset.dtype(), box.shape));
  }

  const VersionDataset& before_;
  const VersionDataset& after_;
  Session& session_;
  DatasetDiff& out_;
  Extents common_;
  std::vector<std::byte> a_, b_;
};

}  // namespace

std::vector<DatasetDiff> diff(const Version& before, const Version& after, Session& session) {
  const Session::Reading reading(session);
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> paths;  // header addresses; 0: not there
  before.walk([&](const Version::Entry& e) {
    if (e.kind == Version::Entry::Kind::kDataset) paths[e.path].first = e.address;
  });
  after.walk([&](const Version::Entry& e) {
    if (e.kind == Version::Entry::Kind::kDataset) paths[e.path].second = e.address;
  });
  std::vector<DatasetDiff> diffs;
  for (const auto& [path, addresses] : paths) {
    if (addresses.first == addresses.second) continue;  // one object, linked into both
    DatasetDiff change;
    change.path = path;
    std::optional<VersionDataset> a, b;
    if (addresses.first) a.emplace(session, addresses.first, path);
    if (addresses.second) b.emplace(session, addresses.second, path);
    if (a) change.shape_before = a->shape();
    if (b) change.shape_after = b->shape();
    if (!a || !b) {
      change.kind = a ? DatasetDiff::Kind::kRemoved : DatasetDiff::Kind::kAdded;
      diffs.push_back(std::move(change));
      continue;
    }
    change.type_changed = numpy_descr(a->type()) != numpy_descr(b->type()) ||
                          a->element_bytes() != b->element_bytes() || a->shape().size() != b->shape().size();
    change.attributes_changed = !same_attributes(*a, *b, session);
    if (!change.type_changed) DatasetComparison(*a, *b, session, change).run();
    if (change.type_changed || change.attributes_changed || change.changed_elements > 0 ||
        change.shape_before != change.shape_after) {
      diffs.push_back(std::move(change));
    }
  }
  return diffs;
}

json::array diff_json(const std::vector<DatasetDiff>& diffs) {
  json::array list;
  for (const DatasetDiff& change : diffs) {
    const bool added = change.kind == DatasetDiff::Kind::kAdded, removed = change.kind == DatasetDiff::Kind::kRemoved;
    json::array boxes;
    for (const ChangedBox& box : change.boxes) {
      boxes.push_back(json::object{{"start", json::value_from(box.box.start)},
                                   {"count", json::value_from(box.box.shape)},
                                   {"changed_elements", box.elements}});
    }
    list.push_back(json::object{{"path", json_text(change.path)},
                                {"kind", added     ? "added"
                                         : removed ? "removed"
                                                   : "changed"},
                                {"shape_before", added ? json::value(nullptr) : json::value_from(change.shape_before)},
                                {"shape_after", removed ? json::value(nullptr) : json::value_from(change.shape_after)},
                                {"type_changed", change.type_changed},
                                {"attributes_changed", change.attributes_changed},
                                {"elements_added", change.elements_added},
                                {"elements_removed", change.elements_removed},
                                {"changed_elements", change.changed_elements},
                                {"boxes", std::move(boxes)}});
  }
  return list;
}

}  // namespace chunkmark::versioned
