#include "storage/versioned/session.h"

#include <algorithm>

#include "storage/hdf5/attribute.h"

namespace chunkmark::versioned {

Session::Session(const bytes::RandomAccess& file, Needs needs, const hdf5::OtherFiles* others)
    : needs_(needs),
      first_(file),
      generation_(first_.generation),
      container_(file, others),
      heap_(container_),
      sources_(container_) {
  open_groups();
  first_.holds = false;
  file.end_reading();
}

Session::Reading::Reading(Session& session) : session_(session) {
  session_.begin();
}

Session::Reading::~Reading() {
  session_.end();
}

void Session::begin() {
  if (depth_ > 0) {
    ++depth_;
    return;
  }
  const std::uint64_t generation = container_.file().begin_reading();
  ++depth_;
  if (generation == generation_) return;
  try {
    container_.forget();
    heap_.forget();
    sources_.forget();
    raw_.clear();
    open_groups();
    generation_ = generation;
  } catch (...) {
    end();
    throw;
  }
}

void Session::end() {
  if (--depth_ == 0) container_.file().end_reading();
}

void Session::open_groups() {
  const bytes::RandomAccess& file = container_.file();
  if (needs_ == Needs::kAny) return;
  const hdf5::Group root(container_, container_.root_header());
  const std::optional<std::uint64_t> version_data = root.find(kVersionData);
  if (!version_data) {
    throw Error(ErrorCode::kNotFound, file.name() + ": not a versioned file: it has no group /_version_data");
  }
  version_data_.emplace(container_, *version_data);
  const std::optional<std::uint64_t> versions = version_data_->find("versions");
  if (!versions) hdf5::corrupt(file.name(), "it has no group /_version_data/versions");
  versions_.emplace(container_, *versions);
}

std::optional<std::uint64_t> Session::find(std::string_view path) const {
  while (path.starts_with('/')) path.remove_prefix(1);
  std::uint64_t address = container_.root_header();
  // Nearly every path starts here, and this group is open already.
  if (version_data_ && path.starts_with(kVersionData) && path.substr(kVersionData.size()).starts_with('/')) {
    address = version_data_->header().address();
    path.remove_prefix(kVersionData.size() + 1);
  }
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    std::optional<std::uint64_t> next;
    if (version_data_ && address == version_data_->header().address()) {
      next = version_data_->find(name);
    } else {
      const hdf5::ObjectHeader header = hdf5::ObjectHeader::read(container_, address);
      if (!hdf5::Group::is_group(header)) return std::nullopt;
      next = hdf5::Group(container_, address).find(name);
    }
    if (!next) return std::nullopt;
    address = *next;
  }
  return address;
}

hdf5::Dataset& Session::raw(const std::string& absolute_path) {
  std::unique_ptr<hdf5::Dataset>& dataset = raw_[absolute_path];
  if (!dataset) {
    const std::optional<std::uint64_t> address = find(absolute_path);
    if (!address) hdf5::corrupt(absolute_path, "mappings point to it, but it is not there");
    dataset = std::make_unique<hdf5::Dataset>(container_, *address, absolute_path);
  }
  return *dataset;
}

std::optional<std::string> Session::text_attribute(const hdf5::ObjectHeader& header, std::string_view name) {
  const std::optional<hdf5::Attribute> attribute = find_attribute(container_, header, name);
  if (!attribute || attribute->space.count() != 1) return std::nullopt;
  if (attribute->type.is_variable_string()) return std::string(heap_.string(attribute->value));
  if (attribute->type.type_class != hdf5::TypeClass::kString) return std::nullopt;
  std::string text(as_text(attribute->value));
  text.resize(std::min(text.size(), text.find('\0')));
  return text;
}

std::optional<std::int64_t> Session::integer_attribute(const hdf5::ObjectHeader& header, std::string_view name) {
  const std::optional<hdf5::Attribute> attribute = find_attribute(container_, header, name);
  if (!attribute || attribute->space.count() != 1) return std::nullopt;
  return element_integer(attribute->type, attribute->value);
}

std::optional<std::int64_t> element_integer(const hdf5::Datatype& type, ByteView element) {
  const hdf5::Datatype& base = type.type_class == hdf5::TypeClass::kEnum ? *type.base : type;
  if (base.type_class != hdf5::TypeClass::kFixed || base.size == 0 || base.size > 8 || element.size() < base.size)
    return std::nullopt;
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; i < base.size; ++i) {
    const std::size_t at = base.big_endian ? i : base.size - 1 - i;
    value = value << 8 | std::to_integer<std::uint64_t>(element[at]);
  }
  const unsigned unused = 64 - 8 * base.size;
  if (base.is_signed) return static_cast<std::int64_t>(value << unused) >> unused;
  return static_cast<std::int64_t>(value);
}

}  // namespace chunkmark::versioned
