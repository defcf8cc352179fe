#include <algorithm>

#include "base/error.h"
#include "bytes/pending.h"
#include "requests/methods.h"
#include "requests/params.h"
#include "storage/hdf5/group.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/dimensions.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/element_texts.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::requests {

using versioned::json_text;
using versioned::Session;
using versioned::VersionDataset;

namespace {

// As many as somebody looks at.
constexpr std::uint64_t kMaxTexts = 10000;

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
          {"type", json_text(hdf5::type_words(dataset.type()))},
          {"filters", json_text(hdf5::filters_text(dataset.dataset().filters()))},
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
          {"links", json::object()},
          {"attributes", versioned::attributes_json(version.attributes(), session.heap())}};
}

json::value tree(OpenFile& file, const std::string& version) {
  Session& session = file.session();
  const Session::Reading reading(session);
  if (versioned::VersionedFile* const versions = file.versions())
    return version_tree(version.empty() ? versions->current() : versions->open(version), session);
  json::array groups;
  json::object datasets, links;
  hdf5::walk_tree(session.container(), [&](const hdf5::TreeEntry& entry) {
    using Kind = hdf5::TreeEntry::Kind;
    if (entry.kind == Kind::kGroup) groups.push_back(json_text(entry.path));
    if (entry.kind == Kind::kDataset)
      add_facts(datasets, entry.path, [&] { return VersionDataset(session, entry.address, entry.path); });
    if (entry.kind == Kind::kLink) links[json_text(entry.path)] = json_text(entry.target);
    if (entry.kind == Kind::kUnreadable) datasets[json_text(entry.path)] = {{"error", json_text(entry.problem)}};
  });
  return {{"groups", std::move(groups)},
          {"datasets", std::move(datasets)},
          {"links", std::move(links)},
          {"attributes", object_attributes_json(session, session.container().root_header())}};
}

// The bytes of each number where the file has them in the other order than the host, which is little-endian wherever
// this runs; 0 for all others.
std::size_t swapped_bytes(const hdf5::Datatype& type) {
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
                         (number->type_class == hdf5::TypeClass::kFloat && !number->float_bits) ||
                         number->type_class == hdf5::TypeClass::kBitfield;
  return is_number && big && width > 1 ? width : 0;
}

bool is_read_as_stored(const hdf5::Datatype& type) {
  return swapped_bytes(type) == 0 && !type.is_variable_string() && !type.has_references();
}

void swap_big_endian(const hdf5::Datatype& type, MutableByteView elements) {
  const std::size_t width = swapped_bytes(type);
  for (std::size_t at = 0; width != 0 && at + width <= elements.size(); at += width)
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

// Of a dataset, or, in a file without versions, of a group.
json::object attributes(OpenFile& file, const json::object& params) {
  Session& session = file.session();
  const Session::Reading reading(session);
  const std::string path = text_of(params, "path");
  if (file.versions() == nullptr) {
    if (const auto address = hdf5::Group::find_path(session.container(), path))
      return object_attributes_json(session, *address);
  }
  return versioned::attributes_json(file.dataset(text_or(params, "version", ""), path).attributes(), session.heap());
}

// What people want to know of a dataset, or, in a file without versions, of a group, in words.
json::object description(OpenFile& file, const json::object& params) {
  Session& session = file.session();
  const Session::Reading reading(session);
  json::object told, words;
  const json::object attrs = attributes(file, params);
  for (const auto& [name, text] : versioned::attribute_texts(attrs, file.versions() != nullptr))
    words[name] = json_text(text);
  const std::string path = text_of(params, "path");
  if (file.versions() == nullptr) {
    const auto address = hdf5::Group::find_path(session.container(), path);
    if (address && hdf5::Group::is_group(hdf5::ObjectHeader::read(session.container(), *address)))
      return {{"attributes", std::move(words)}};
  }
  const VersionDataset dataset = file.dataset(text_or(params, "version", ""), path);
  told = facts_of(dataset);
  if (json::array names = versioned::dimension_names(attrs); !names.empty()) told["dimensions"] = std::move(names);
  if (const std::string scale = versioned::scale_text(attrs); !scale.empty()) told["scale"] = scale;
  const ByteView fill = dataset.fill_value();
  if (!fill.empty() && fill.size() == dataset.element_bytes()) {
    told["fill"] = json_text(versioned::element_texts(dataset.type(), fill, 1, session.heap()).front());
  }
  told["attributes"] = std::move(words);
  return told;
}

// Elements of any type as people read them; of a compound by its fields.
json::value texts(OpenFile& file, const json::object& params) {
  Session& session = file.session();
  const Session::Reading reading(session);
  const VersionDataset dataset = file.dataset(text_or(params, "version", ""), text_of(params, "path"));
  if (is_null(dataset)) return {{"shape", nullptr}, {"texts", json::array()}};
  const array::Region region = region_of(params, dataset.shape());
  const std::uint64_t count = array::element_count(region.shape);
  if (count > kMaxTexts) {
    throw Error(ErrorCode::kInvalidArgument, dataset.path() + ": expected a region of at most " +
                                                 std::to_string(kMaxTexts) + " elements, found " +
                                                 std::to_string(count));
  }
  std::vector<std::byte> elements(bytes_of(region.shape, dataset.element_bytes(), dataset.path()));
  dataset.read(region, array::Dest::dense(elements.data(), dataset.dtype(), region.shape));
  json::object answer{{"shape", json::value_from(region.shape)}};
  const auto list_of = [](const std::vector<std::string>& texts) {
    json::array list;
    for (const std::string& text : texts) list.push_back(json_text(text));
    return list;
  };
  if (const auto columns = versioned::column_texts(dataset.type(), elements, count, session.heap()); !columns.empty()) {
    json::array list;
    for (const auto& [name, texts] : columns) list.push_back({{"name", json_text(name)}, {"texts", list_of(texts)}});
    answer["columns"] = std::move(list);
  } else {
    answer["texts"] = list_of(versioned::element_texts(dataset.type(), elements, count, session.heap()));
  }
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
    const VersionDataset dataset = file.dataset(version, text_of(params, "path"));
    json::object facts = facts_of(dataset);
    if (const auto run = dataset.stored_run(); run && is_read_as_stored(dataset.type()))
      facts["run"] = {{"offset", run->offset}, {"bytes", run->size}};
    if (!version.empty()) facts["version"] = version;
    return facts;
  };
  methods["hdf5.attributes"] = [&files](const json::object& params, ByteView) -> json::value {
    return attributes(files.at(number_of(params, "file")), params);
  };
  methods["hdf5.describe"] = [&files](const json::object& params, ByteView) -> json::value {
    return description(files.at(number_of(params, "file")), params);
  };
  methods["hdf5.texts"] = [&files](const json::object& params, ByteView) {
    return texts(files.at(number_of(params, "file")), params);
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
