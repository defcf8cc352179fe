#include <algorithm>

#include "base/error.h"
#include "bytes/pending.h"
#include "requests/methods.h"
#include "requests/params.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::requests {

using versioned::json_text;
using versioned::Session;
using versioned::VersionDataset;

namespace {

json::value log(OpenFile& file) {
  versioned::VersionedFile* const versions = file.versions();
  if (versions == nullptr) return {{"versions", nullptr}, {"current", nullptr}};
  json::array list;
  for (const versioned::VersionInfo& info : versions->versions()) {
    list.push_back({{"name", json_text(info.name)},
                    {"previous", info.has_parent() ? json::value(json_text(info.previous)) : json::value(nullptr)},
                    {"timestamp", json_text(info.timestamp)},
                    {"message", json_text(info.message)},
                    {"committed", info.committed}});
  }
  return {{"versions", std::move(list)}, {"current", json_text(versions->current_name())}};
}

// It has no elements, and no shape either.
bool is_null(const VersionDataset& dataset) {
  return dataset.dataset().space().kind == hdf5::Dataspace::Kind::kNull;
}

json::object facts_of(const VersionDataset& dataset) {
  return {{"shape", is_null(dataset) ? json::value(nullptr) : json::value_from(dataset.shape())},
          {"dtype", hdf5::numpy_descr(dataset.type())},
          {"chunks", dataset.chunk().empty() ? json::value(nullptr) : json::value_from(dataset.chunk())},
          {"bytes", hdf5::saturating_multiply(dataset.count(), dataset.element_bytes())}};
}

// A dataset that cannot be read has its error in place of its facts.
void add_facts(json::object& datasets, const std::string& path, const std::function<VersionDataset()>& open) {
  json::object& shown = datasets.emplace(json_text(path), json::object()).first->value().emplace_object();
  try {
    shown = facts_of(open());
  } catch (const Error& error) {
    shown["error"] = json_text(error.what());
  }
}

json::value version_tree(const versioned::Version& version, Session& session) {
  json::array groups;
  json::object datasets;
  for (const std::string& path : version.groups()) groups.push_back(json_text(path));
  for (const std::string& path : version.datasets()) add_facts(datasets, path, [&] { return version.dataset(path); });
  return {{"groups", std::move(groups)},
          {"datasets", std::move(datasets)},
          {"attributes", versioned::attributes_json(version.attributes(), session.heap())}};
}

json::value tree(OpenFile& file, const std::string& version) {
  Session& session = file.session();
  const Session::Reading reading(session);
  if (versioned::VersionedFile* const versions = file.versions())
    return version_tree(version.empty() ? versions->current() : versions->open(version), session);
  json::array groups;
  json::object datasets;
  hdf5::walk_tree(session.container(), [&](const hdf5::TreeEntry& entry) {
    using Kind = hdf5::TreeEntry::Kind;
    if (entry.kind == Kind::kGroup) groups.push_back(json_text(entry.path));
    if (entry.kind == Kind::kDataset)
      add_facts(datasets, entry.path, [&] { return VersionDataset(session, entry.address, entry.path); });
    if (entry.kind == Kind::kUnreadable) datasets[json_text(entry.path)] = {{"error", json_text(entry.problem)}};
  });
  return {{"groups", std::move(groups)}, {"datasets", std::move(datasets)}, {"attributes", json::object()}};
}

// Numbers in the host's order, which is little-endian wherever this runs.
void swap_big_endian(const hdf5::Datatype& type, MutableByteView elements) {
  const bool is_complex = type.is_complex();
  const hdf5::Datatype* number = &type;
  while (number->type_class == hdf5::TypeClass::kArray || number->type_class == hdf5::TypeClass::kEnum)
    number = number->base.get();
  bool big = number->big_endian;
  std::size_t width = number->size;
  if (is_complex) {
    const hdf5::Datatype& part = type.base ? *type.base : *type.members.at(0).type;
    big = part.big_endian;
    width = part.size;
  }
  const bool is_number = is_complex || number->type_class == hdf5::TypeClass::kFixed ||
                         number->type_class == hdf5::TypeClass::kFloat ||
                         number->type_class == hdf5::TypeClass::kBitfield;
  if (!is_number || !big || width < 2) return;
  for (std::size_t at = 0; at + width <= elements.size(); at += width)
    std::reverse(elements.begin() + static_cast<std::ptrdiff_t>(at),
                 elements.begin() + static_cast<std::ptrdiff_t>(at + width));
}

json::value read(Files& files, const json::object& params) {
  OpenFile& file = files.at(number_of(params, "file"));
  const VersionDataset dataset = file.dataset(text_or(params, "version", ""), text_of(params, "path"));
  if (is_null(dataset)) {
    files.result().make(0);
    return json::object{{"shape", nullptr}, {"dtype", hdf5::numpy_descr(dataset.type())}};
  }
  const array::Region region = region_of(params, dataset.shape());
  dataset.announce(region);  // what is missing is told before anything is decoded
  json::object answer{{"shape", json::value_from(region.shape)}, {"dtype", hdf5::numpy_descr(dataset.type())}};
  if (dataset.type().is_variable_string()) {
    json::array strings;
    dataset.read_strings(region, [&](std::string_view text) { strings.push_back(json_text(text)); });
    answer["strings"] = std::move(strings);
    return answer;
  }
  if (dataset.type().has_references())
    throw Error(ErrorCode::kUnsupported, dataset.path() + ": its elements refer to others");
  const MutableByteView elements = files.result().make(bytes_of(region.shape, dataset.element_bytes(), dataset.path()));
  dataset.read(region, array::Dest::dense(elements.data(), dataset.dtype(), region.shape));
  swap_big_endian(dataset.type(), elements);
  return answer;
}

}  // namespace

void add_hdf5_methods(api::MethodTable& methods, Files& files) {
  methods["hdf5.log"] = [&files](const json::object& params, ByteView) {
    return log(files.at(number_of(params, "file")));
  };
  methods["hdf5.index"] = [&files](const json::object& params, ByteView data) -> json::value {
    files.at(number_of(params, "file")).use_index(data);
    return json::object();
  };
  methods["hdf5.tree"] = [&files](const json::object& params, ByteView) {
    return tree(files.at(number_of(params, "file")), text_or(params, "version", ""));
  };
  methods["hdf5.dataset"] = [&files](const json::object& params, ByteView) -> json::value {
    OpenFile& file = files.at(number_of(params, "file"));
    std::string version = text_or(params, "version", "");
    if (version.empty() && file.versions() != nullptr) version = file.versions()->current().info().name;
    json::object facts = facts_of(file.dataset(version, text_of(params, "path")));
    if (!version.empty()) facts["version"] = version;
    return facts;
  };
  methods["hdf5.attributes"] = [&files](const json::object& params, ByteView) -> json::value {
    OpenFile& file = files.at(number_of(params, "file"));
    const VersionDataset dataset = file.dataset(text_or(params, "version", ""), text_of(params, "path"));
    return versioned::attributes_json(dataset.attributes(), file.session().heap());
  };
  methods["hdf5.read"] = [&files](const json::object& params, ByteView) { return read(files, params); };
  methods["hdf5.want"] = [&files](const json::object& params, ByteView) -> json::value {
    OpenFile& file = files.at(number_of(params, "file"));
    const VersionDataset dataset = file.dataset(text_or(params, "version", ""), text_of(params, "path"));
    bool is_there = true;
    try {
      dataset.announce(region_of(params, dataset.shape()));
    } catch (const bytes::Pending&) {  // it is on its way
      is_there = false;
    }
    return {{"there", is_there}};
  };
}

}  // namespace chunkmark::requests
