#include "storage/versioned/dump.h"

#include <algorithm>
#include <functional>

#include "storage/hdf5/tree.h"
#include "storage/versioned/chunk_hash.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::versioned {

namespace {

// Slabs of the first axis are read and hashed at a time; a multiple of the chunk, so that no chunk is decoded twice.
constexpr std::uint64_t kSlabBytes = 4 << 20;
// Rows of one chunk may be more than a slab; past this, chunks are decoded once for each slab that meets them.
constexpr std::uint64_t kMaxSlabBytes = hdf5::kMaxDecodedChunkBytes;
// What is listed element by element: text is some twenty times as long.
constexpr std::uint64_t kMaxListedBytes = 64 << 20;

// Rows of the first axis for one slab; 0 if a chunk's rows are too many bytes.
std::uint64_t rows_at_once(const VersionDataset& dataset) {
  const std::vector<std::uint64_t>& shape = dataset.shape();
  std::uint64_t row = dataset.element_bytes();
  for (std::size_t axis = 1; axis < shape.size(); ++axis) row = hdf5::saturating_multiply(row, shape[axis]);
  const std::uint64_t chunk = dataset.chunk().empty() ? 1 : std::min(dataset.chunk()[0], shape[0]);
  if (hdf5::saturating_multiply(chunk, row) > kMaxSlabBytes) return 0;
  return std::max(chunk, kSlabBytes / row / chunk * chunk);
}

// Calls `found` with runs of elements in row-major order; a slab is at most kSlabBytes or one row.
template <typename Found>
void each_slab(const VersionDataset& dataset, std::vector<std::byte>& slab, Found found) {
  const std::vector<std::uint64_t>& shape = dataset.shape();
  array::Region region = array::whole(shape);
  if (dataset.count() == 0) return;  // also where there is no shape
  std::uint64_t block = hdf5::saturating_multiply(array::element_count(region.shape), dataset.element_bytes());
  if (block <= kSlabBytes || shape.empty()) {
    slab.resize(block);
    dataset.read(region, array::Dest::dense(slab.data(), dataset.dtype(), region.shape));
    found(ByteView(slab), array::element_count(region.shape));
    return;
  }
  // Rows of the first axis, or, where they are too large, of axes below it.
  std::size_t split = 1;
  std::uint64_t step = rows_at_once(dataset);
  if (step == 0) {
    for (split = 0; split < shape.size() && block > kSlabBytes; ++split) block /= shape[split];
    step = std::max<std::uint64_t>(1, kSlabBytes / std::max<std::uint64_t>(block, 1));
  }
  const std::size_t axis = split - 1;
  step = std::min(step, shape[axis]);
  std::vector<std::uint64_t> at(split, 0);
  for (;;) {
    for (std::size_t i = 0; i < split; ++i) {
      region.start[i] = at[i];
      region.shape[i] = i == axis ? std::min(step, shape[axis] - at[axis]) : 1;
    }
    slab.resize(array::element_count(region.shape) * dataset.element_bytes());
    dataset.read(region, array::Dest::dense(slab.data(), dataset.dtype(), region.shape));
    found(ByteView(slab), array::element_count(region.shape));
    at[axis] += region.shape[axis];
    std::size_t i = axis;
    while (at[i] == shape[i]) {
      at[i] = 0;
      if (i == 0) return;
      ++at[--i];
    }
  }
}

bool is_hashable(const VersionDataset& dataset) {
  return dataset.type().is_variable_string() || !dataset.type().has_references();
}

json::value read_json(const VersionDataset& dataset, Session& session) {
  const Session::Reading reading(session);
  std::vector<std::byte> slab, all;
  each_slab(dataset, slab, [&](ByteView bytes, std::uint64_t) { all.insert(all.end(), bytes.begin(), bytes.end()); });
  return elements_json(dataset.type(), all, dataset.count(), session.heap());
}

std::string json_sha256(const VersionDataset& dataset, Session& session) {
  Sha256 hash;
  std::vector<std::byte> slab;
  each_slab(dataset, slab, [&](ByteView bytes, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const ByteView element = bytes.subspan(i * dataset.element_bytes(), dataset.element_bytes());
      hash.update(as_byte_view(json::serialize(element_json(dataset.type(), element, session.heap())) + "\n"));
    }
  });
  return to_hex(hash.digest());
}

}  // namespace

std::string dataset_sha256(const VersionDataset& dataset, Session& session) {
  const Session::Reading reading(session);
  if (!is_hashable(dataset)) hdf5::unsupported(dataset.path(), "elements with variable-length parts are not hashed");
  Sha256 hash;
  std::vector<std::byte> slab;
  hdf5::GlobalHeap* strings = dataset.type().is_variable_string() ? &session.heap() : nullptr;
  each_slab(dataset, slab, [&](ByteView bytes, std::uint64_t) { update_with_elements(hash, bytes, strings); });
  return to_hex(hash.digest());
}

namespace {

// The dataset whose chunks hold the elements: of a version, upstream's raw data; null where that is not there
// or damaged.
const hdf5::Dataset* stored_dataset(const VersionDataset& dataset, Session& session) {
  if (!dataset.dataset().is_virtual() || dataset.mapped()) return &dataset.dataset();
  const std::string raw = "/" + std::string(kVersionData) + "/" + dataset.path() + "/raw_data";
  try {
    return session.find(raw) ? &session.raw(raw) : nullptr;
  } catch (const Error&) {  // whoever reads elements from there is told
    return nullptr;
  }
}

// sha256 of the elements, or why not, and the elements where they are asked for.
void add_contents(json::object& object, const VersionDataset& dataset, Session& session, const DumpOptions& options,
                  std::uint64_t& budget_left) {
  const Session::Reading reading(session);
  const std::uint64_t bytes = hdf5::saturating_multiply(dataset.count(), dataset.element_bytes());
  const std::uint64_t most = std::max(kMaxSlabBytes, session.container().size());
  if (bytes > budget_left || dataset.element_bytes() > most) {
    object["sha256"] = nullptr;
    object["not_hashed"] = "it declares " + std::to_string(bytes) + " bytes, far more than the file holds";
    return;
  }
  budget_left -= bytes;
  const std::uint64_t texts_before = session.heap().served_bytes();
  if (is_hashable(dataset)) {
    object["sha256"] = dataset_sha256(dataset, session);
  } else {
    object["sha256"] = nullptr;
    object["not_hashed"] = "elements with variable-length parts";
    if (options.sequences) object["json_sha256"] = json_sha256(dataset, session);
  }
  const std::uint64_t text_bytes = session.heap().served_bytes() - texts_before;
  if (options.data && bytes <= kMaxListedBytes && text_bytes <= kMaxListedBytes)
    object["data"] = read_json(dataset, session);
}

std::uint64_t budget_of(const Session& session, const DumpOptions& options) {
  const std::uint64_t by_size = hdf5::saturating_multiply(options.budget_factor, session.container().size());
  return std::max(options.budget_bytes + by_size, options.budget_bytes);
}

// Its facts are told also where its elements cannot be read.
void add_dataset(json::object& datasets, std::string_view path, const std::function<VersionDataset()>& open,
                 Session& session, const DumpOptions& options, std::uint64_t& budget_left) {
  json::object& shown = datasets.emplace(path, json::object()).first->value().emplace_object();
  try {
    const VersionDataset dataset = open();
    shown = dataset_facts(dataset, session);
    add_contents(shown, dataset, session, options, budget_left);
  } catch (const Error& error) {
    shown["error"] = json_text(error.what());
  }
}

const char* layout_name(hdf5::Layout::Kind kind) {
  switch (kind) {
    case hdf5::Layout::Kind::kCompact:
      return "compact";
    case hdf5::Layout::Kind::kContiguous:
      return "contiguous";
    case hdf5::Layout::Kind::kChunked:
      return "chunked";
    default:
      return "virtual";
  }
}

}  // namespace

void read_whole(const VersionDataset& dataset, Session& session) {
  DumpOptions options;
  options.sequences = true;
  std::uint64_t budget = hdf5::saturating_multiply(options.budget_factor, session.container().size());
  json::object contents;
  add_contents(contents, dataset, session, options, budget);
}

json::object object_attributes_json(Session& session, std::uint64_t address) {
  const hdf5::Container& container = session.container();
  return attributes_json(all_attributes(container, hdf5::ObjectHeader::read(container, address)), session.heap());
}

json::object dataset_facts(const VersionDataset& dataset, Session& session) {
  const Session::Reading reading(session);
  json::object object;
  const bool is_null = dataset.dataset().space().kind == hdf5::Dataspace::Kind::kNull;
  object["shape"] = is_null ? json::value(nullptr) : json::value_from(dataset.shape());
  object["dtype"] = numpy_descr(dataset.type());
  object["type"] = json_text(hdf5::type_words(dataset.type()));
  if (dataset.dataset().is_virtual() && !dataset.mapped()) dataset.mappings();  // damage is told before the shape
  object["chunks"] = dataset.chunk().empty() ? json::value(nullptr) : json::value_from(dataset.chunk());
  std::vector<std::byte> fill(dataset.element_bytes() > 1 << 20 ? 0 : dataset.element_bytes());
  const ByteView stored = dataset.fill_value();
  if (stored.size() == fill.size()) std::copy(stored.begin(), stored.end(), fill.begin());
  object["fillvalue"] = fill.empty() ? json::value(nullptr) : elements_json(dataset.type(), fill, 1, session.heap());
  object["attrs"] = json::object();
  try {
    object["attrs"] = attributes_json(dataset.attributes(), session.heap());
  } catch (const Error& error) {  // the elements may be sound
    object["attrs_error"] = json_text(error.what());
  }
  if (const hdf5::Dataset* chunks = stored_dataset(dataset, session)) {
    json::array filters;
    for (const hdf5::Filter& filter : chunks->filters()) filters.push_back(filter.id);
    object["layout"] = layout_name(chunks->layout().kind);
    object["filters"] = std::move(filters);
    object["filters_text"] = json_text(hdf5::filters_text(chunks->filters()));
  }
  return object;
}

namespace {

json::object dump_version(const Version& version, Session& session, const DumpOptions& options,
                          std::uint64_t& budget_left) {
  const VersionInfo& info = version.info();
  json::object object{{"prev_version", json_text(info.previous)},
                      {"timestamp", json_text(info.timestamp)},
                      {"committed", info.committed}};
  object["attrs"] = attributes_json(version.attributes(), session.heap());
  json::array groups;
  for (const std::string& path : version.groups()) groups.push_back(json_text(path));
  object["groups"] = std::move(groups);
  json::object datasets;
  for (const std::string& path : version.datasets()) {
    add_dataset(
        datasets, json_text(path), [&] { return version.dataset(path); }, session, options, budget_left);
  }
  object["datasets"] = std::move(datasets);
  return object;
}

// Of a group that has any.
void add_attributes(json::object& all, std::string_view path, std::uint64_t address, Session& session) {
  try {
    json::object attributes = object_attributes_json(session, address);
    if (!attributes.empty()) all[path] = std::move(attributes);
  } catch (const Error& error) {
    all[path] = {{"error", json_text(error.what())}};
  }
}

}  // namespace

json::object dump_plain_file(Session& session, const DumpOptions& options) {
  const Session::Reading reading(session);
  std::uint64_t budget = budget_of(session, options);
  json::object datasets, attributes, links, unreadable;
  json::array groups;
  add_attributes(attributes, "/", session.container().root_header(), session);
  hdf5::walk_tree(session.container(), [&](const hdf5::TreeEntry& entry) {
    using Kind = hdf5::TreeEntry::Kind;
    const json::string path = json_text("/" + entry.path);
    if (entry.kind == Kind::kGroup) {
      groups.push_back(path);
      add_attributes(attributes, path, entry.address, session);
    }
    if (entry.kind == Kind::kLink) links[path] = json_text(entry.target);
    if (entry.kind == Kind::kUnreadable) unreadable[path] = json_text(entry.problem);
    if (entry.kind != Kind::kDataset) return;
    add_dataset(
        datasets, path, [&] { return VersionDataset(session, entry.address, entry.path); }, session, options, budget);
  });
  json::object document{{"datasets", std::move(datasets)},
                        {"groups", std::move(groups)},
                        {"attrs", std::move(attributes)},
                        {"links", std::move(links)},
                        {"unreadable", std::move(unreadable)}};
  json::array notices;
  for (const std::string& notice : session.container().notices()) notices.push_back(json_text(notice));
  if (!notices.empty()) document["notices"] = std::move(notices);
  return document;
}

json::object dump_file(VersionedFile& file, const DumpOptions& options) {
  Session& session = file.session();
  std::uint64_t budget = budget_of(session, options);
  json::object versions;
  for (const VersionInfo& info : file.versions()) {
    json::object& shown = versions.emplace(json_text(info.name), json::object()).first->value().emplace_object();
    try {
      shown = dump_version(file.open_uncommitted(info.name), session, options, budget);
    } catch (const Error& error) {
      shown["error"] = json_text(error.what());
    }
  }
  return {{"data_version", file.data_version()},
          {"current_version", json_text(file.current_name())},
          {"versions", std::move(versions)}};
}

}  // namespace chunkmark::versioned
