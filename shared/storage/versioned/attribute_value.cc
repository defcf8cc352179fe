#include "storage/versioned/attribute_value.h"

namespace chunkmark::versioned {

AttributeValue AttributeValue::text(std::string_view value) {
  AttributeValue made;
  made.type_ = hdf5::text_type();
  made.space_ = hdf5::scalar_space();
  made.variable_ = true;
  const ByteView bytes = as_byte_view(value);
  made.elements_.push_back({value.size(), {bytes.begin(), bytes.end()}});
  return made;
}

AttributeValue AttributeValue::integer(std::int64_t value) {
  AttributeValue made;
  made.type_ = hdf5::integer_type();
  made.space_ = hdf5::scalar_space();
  hdf5::Writer(made.value_).u64(static_cast<std::uint64_t>(value));
  return made;
}

AttributeValue AttributeValue::integers(std::span<const std::uint64_t> values) {
  AttributeValue made;
  made.type_ = hdf5::integer_type();
  const std::uint64_t count = values.size();
  made.space_ = hdf5::simple_space({&count, 1});
  for (const std::uint64_t value : values) hdf5::Writer(made.value_).u64(value);
  return made;
}

AttributeValue AttributeValue::boolean(bool value) {
  AttributeValue made;
  made.type_ = hdf5::bool_type();
  made.space_ = hdf5::scalar_space();
  hdf5::Writer(made.value_).u8(value ? 1 : 0);
  return made;
}

AttributeValue AttributeValue::elements(hdf5::Bytes type, std::span<const std::uint64_t> shape, ByteView bytes) {
  const hdf5::Datatype parsed = hdf5::parse_datatype(type, "attribute");
  if (parsed.has_references()) throw Error(ErrorCode::kUnsupported, "an attribute whose elements refer elsewhere");
  AttributeValue made;
  made.type_ = std::move(type);
  made.space_ = shape.empty() ? hdf5::scalar_space() : hdf5::simple_space(shape);
  made.value_.assign(bytes.begin(), bytes.end());
  return made;
}

AttributeValue AttributeValue::copy(const hdf5::Attribute& attribute, hdf5::GlobalHeap& heap) {
  AttributeValue made;
  made.type_ = attribute.type_message;
  switch (attribute.space.kind) {
    case hdf5::Dataspace::Kind::kScalar:
      made.space_ = hdf5::scalar_space();
      break;
    case hdf5::Dataspace::Kind::kSimple:
      made.space_ = hdf5::simple_space(attribute.space.dims);
      break;
    case hdf5::Dataspace::Kind::kNull:
      hdf5::Writer(made.space_).u8(2).u8(0).u8(0).u8(2);
      break;
  }
  if (!attribute.type.has_references()) {
    made.value_ = attribute.value;
    return made;
  }
  const hdf5::Datatype& type = attribute.type;
  const bool plain = type.type_class == hdf5::TypeClass::kVariable && (type.is_string || !type.base->has_references());
  if (!plain) {
    throw Error(
        ErrorCode::kUnsupported,
        "attribute " + attribute.name + ": its elements refer to other parts of the file: a commit cannot copy it");
  }
  made.variable_ = true;
  const std::uint64_t unit = type.is_string ? 1 : type.base->size;
  for (std::size_t at = 0; at + type.size <= attribute.value.size(); at += type.size) {
    const ByteView reference = ByteView(attribute.value).subspan(at, type.size);
    const std::uint64_t length = load_le<std::uint32_t>(reference.data());
    const std::uint64_t collection = load_le<std::uint64_t>(reference.data() + 4);
    Element element{length, {}};
    if (length > 0 && collection != 0) {
      const ByteView object = heap.get(collection, load_le<std::uint32_t>(reference.data() + 12));
      if (object.size() / unit < length) hdf5::corrupt("attribute " + attribute.name, "its value is cut off");
      element.bytes.assign(object.begin(), object.begin() + static_cast<std::ptrdiff_t>(length * unit));
    } else {
      element.length = 0;
    }
    made.elements_.push_back(std::move(element));
  }
  return made;
}

void AttributeValue::add_to(hdf5::HeapWriter& heap, std::vector<hdf5::HeapWriter::Place>& places) const {
  for (const Element& element : elements_) {
    if (!element.bytes.empty()) places.push_back(heap.add(element.bytes));
  }
}

hdf5::AttributeBytes AttributeValue::bytes(const std::string& name, const hdf5::HeapWriter& heap,
                                           const std::vector<hdf5::HeapWriter::Place>& places, std::size_t& at) const {
  hdf5::AttributeBytes made{name, type_, space_, value_};
  for (const Element& element : elements_) {
    if (element.bytes.empty()) {
      hdf5::Writer(made.value).zeros(16);
    } else {
      hdf5::Writer(made.value).bytes(heap.reference(places.at(at++), element.length));
    }
  }
  return made;
}

}  // namespace chunkmark::versioned
