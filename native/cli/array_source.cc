#include "native/cli/array_source.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "native/cli/h5_file.h"
#include "storage/hdf5/group.h"
#include "storage/versioned/datatypes.h"

namespace chunkmark::cli {

namespace {

[[noreturn]] void invalid(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

std::string lower_extension(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return extension;
}

// The value of a key in the Python dictionary of an .npy header, as text.
std::string npy_value(std::string_view header, std::string_view key, const std::string& name) {
  const std::string quoted = "'" + std::string(key) + "':";
  const std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) invalid(name + ": its .npy header has no '" + std::string(key) + "'");
  std::string_view rest = header.substr(at + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const char close = rest.starts_with('(') ? ')' : rest.starts_with('\'') ? '\'' : rest.starts_with('[') ? ']' : ',';
  const std::size_t end = rest.find(close, 1);
  if (end == std::string_view::npos) invalid(name + ": its .npy header is cut off");
  return std::string(rest.substr(0, close == ',' ? end : end + 1));
}

std::uint32_t type_bytes(const hdf5::Bytes& type, const std::string& name) {
  return hdf5::parse_datatype(type, name).size;
}

}  // namespace

array::Shape parse_extents(const std::string& text, const char* option) {
  array::Shape extents;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string_view word = rest.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (word.empty() && rest.empty()) break;  // "3," is one axis
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || status != std::errc() || end != word.data() + word.size())
      invalid(std::string(option) + ": expected numbers with commas between them, such as 100,3, found \"" + text +
              "\"");
    extents.push_back(value);
  }
  return extents;
}

ArraySource::ArraySource(const std::string& name, const RawLayout& raw) {
  const std::size_t colon = name.rfind(":/");
  if (colon != std::string::npos) {
    std::string file = name.substr(0, colon), version;
    if (!std::filesystem::exists(file) && file.rfind(':') != std::string::npos) {
      version = file.substr(file.rfind(':') + 1);
      file.resize(file.rfind(':'));
    }
    load_hdf5(file, version, name.substr(colon + 2));
    return;
  }
  const std::string extension = lower_extension(name);
  if (extension == ".h5" || extension == ".hdf5")
    invalid(name + ": expected a dataset in it, such as " + name + ":/group/x");
  if (extension == ".npy") {
    load_npy(name);
  } else if (extension == ".csv") {
    load_csv(name);
  } else {
    load_raw(name, raw);
  }
}

array::Source ArraySource::source() const {
  return {data_, array::opaque(element_bytes_), shape_, strides_};
}

void ArraySource::load_npy(const std::string& path) {
  mapped_ = std::make_unique<os::MappedFile>(path);
  const ByteView bytes = mapped_->bytes();
  if (bytes.size() < 12 || as_text(bytes.first(6)) != "\x93NUMPY")
    invalid(path + ": expected an .npy file, found none");
  const bool first = bytes[6] == std::byte{1};
  const std::size_t start = first ? 10 : 12;
  const std::size_t header_bytes =
      first ? load_le<std::uint16_t>(bytes.data() + 8) : load_le<std::uint32_t>(bytes.data() + 8);
  if (header_bytes > bytes.size() - start) invalid(path + ": its .npy header is cut off");
  const std::string_view header = as_text(bytes.subspan(start, header_bytes));
  const std::string descr = npy_value(header, "descr", path);
  if (!descr.starts_with('\''))
    throw Error(ErrorCode::kUnsupported,
                path + ": elements with fields (" + descr + "): expected numbers, bool, S or V");
  type_ = versioned::numpy_type_message(descr.substr(1, descr.size() - 2));
  element_bytes_ = type_bytes(type_, path);
  const std::string shape = npy_value(header, "shape", path);
  shape_ = parse_extents(shape.substr(1, shape.size() - 2), path.c_str());
  const std::uint64_t count = array::checked_element_count(shape_, element_bytes_, path);
  const std::size_t at = start + header_bytes;
  if ((bytes.size() - at) / element_bytes_ < count)
    invalid(path + ": expected " + std::to_string(count * element_bytes_) + " bytes of elements, found " +
            std::to_string(bytes.size() - at));
  strides_ = array::c_order_strides(shape_, element_bytes_);
  if (npy_value(header, "fortran_order", path).starts_with("True")) {
    const array::Strides reversed = array::c_order_strides({shape_.rbegin(), shape_.rend()}, element_bytes_);
    strides_.assign(reversed.rbegin(), reversed.rend());
  }
  data_ = bytes.data() + at;
}

void ArraySource::load_raw(const std::string& path, const RawLayout& raw) {
  if (raw.dtype.empty())
    invalid(path +
            ": raw binary (its name ends in none of .npy, .csv, .h5:/PATH): expected --dtype, such as \"<f8\", and "
            "--shape");
  type_ = versioned::numpy_type_message(raw.dtype);
  element_bytes_ = type_bytes(type_, path);
  mapped_ = std::make_unique<os::MappedFile>(path);
  const std::uint64_t bytes = mapped_->bytes().size();
  shape_ = raw.shape.empty() ? array::Shape{bytes / element_bytes_} : raw.shape;
  const std::uint64_t expected = array::checked_element_count(shape_, element_bytes_, path) * element_bytes_;
  if (expected != bytes)
    invalid(path + ": shape " + array::to_string(shape_) + " of " + raw.dtype + " takes " + std::to_string(expected) +
            " bytes, the file has " + std::to_string(bytes));
  strides_ = array::c_order_strides(shape_, element_bytes_);
  data_ = mapped_->bytes().data();
}

// Whole numbers only: int64. Otherwise float64. One column is one axis.
void ArraySource::load_csv(const std::string& path) {
  mapped_ = std::make_unique<os::MappedFile>(path);
  std::string_view rest = as_text(mapped_->bytes());
  std::vector<double> numbers;
  std::vector<std::int64_t> whole;
  std::uint64_t rows = 0, columns = 0;
  for (std::uint64_t number = 1; !rest.empty(); ++number) {
    const std::size_t newline = rest.find('\n');
    std::string_view line = rest.substr(0, newline);
    rest = newline == std::string_view::npos ? std::string_view() : rest.substr(newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    std::uint64_t found = 0;
    for (bool more = true; more; ++found) {
      const std::size_t comma = line.find(',');
      std::string_view word = line.substr(0, comma);
      more = comma != std::string_view::npos;
      line = more ? line.substr(comma + 1) : std::string_view();
      while (word.starts_with(' ') || word.starts_with('+')) word.remove_prefix(1);
      while (word.ends_with(' ')) word.remove_suffix(1);
      double value = 0;
      const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), value);
      if (word.empty() || status != std::errc() || end != word.data() + word.size())
        invalid(path + ": line " + std::to_string(number) + ": expected a number, found \"" + std::string(word) + "\"");
      std::int64_t integer = 0;
      const auto [last, parsed] = std::from_chars(word.data(), word.data() + word.size(), integer);
      if (parsed == std::errc() && last == word.data() + word.size() && whole.size() == numbers.size())
        whole.push_back(integer);
      numbers.push_back(value);
    }
    if (rows > 0 && found != columns)
      invalid(path + ": line " + std::to_string(number) + ": expected " + std::to_string(columns) + " numbers, found " +
              std::to_string(found));
    columns = found;
    ++rows;
  }
  const bool integers = whole.size() == numbers.size();
  type_ = versioned::numpy_type_message(integers ? "<i8" : "<f8");
  element_bytes_ = 8;
  const ByteView bytes = integers ? std::as_bytes(std::span(whole)) : std::as_bytes(std::span(numbers));
  owned_.assign(bytes.begin(), bytes.end());
  shape_ = columns > 1 ? array::Shape{rows, columns} : array::Shape{rows};
  strides_ = array::c_order_strides(shape_, element_bytes_);
  data_ = owned_.data();
}

void ArraySource::load_hdf5(const std::string& path, const std::string& version, const std::string& dataset) {
  const hdf5::OpenedFile opened(path);
  const bytes::RandomAccess& file = opened.bytes();
  const auto take = [&](const hdf5::Dataset& facts) {
    const ByteView type = facts.type_message();
    type_.assign(type.begin(), type.end());
    element_bytes_ = static_cast<std::uint32_t>(facts.element_bytes());
    shape_ = facts.space().dims;
    if (facts.layout().kind == hdf5::Layout::Kind::kChunked) chunk_ = facts.layout().chunk;
    is_strings_ = facts.type().is_variable_string();
    if (facts.type().has_references() && !is_strings_)
      throw Error(ErrorCode::kUnsupported, path + ":/" + dataset + ": its elements refer to other parts of that file");
    strides_ = array::c_order_strides(shape_, element_bytes_);
    owned_.resize(array::checked_element_count(shape_, element_bytes_, path) * element_bytes_);
    data_ = owned_.data();
  };
  if (!version.empty()) {
    versioned::VersionedFile versions(file);
    const versioned::VersionDataset from = open_dataset(open_version(versions, version), dataset);
    take(from.dataset());
    if (chunk_.empty()) chunk_ = from.chunk();
    if (!is_strings_) return from.read_bytes(owned_);
    return from.read_strings(array::whole(shape_), [&](std::string_view text) { strings_.emplace_back(text); });
  }
  const hdf5::Container container(file);
  std::uint64_t address = container.root_header();
  std::string_view rest = dataset;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const auto next = hdf5::Group(container, address).find(rest.substr(0, slash));
    if (!next) throw Error(ErrorCode::kNotFound, path + ": no dataset /" + dataset);
    address = *next;
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  hdf5::Dataset from(container, address, path + ":/" + dataset);
  if (from.is_virtual())
    invalid(path + ":/" + dataset + ": a virtual dataset; of a versioned file name the version: " + path +
            ":VERSION:/PATH");
  take(from);
  from.read(array::whole(shape_), array::Dest::dense(owned_.data(), from.dtype(), shape_));
  if (!is_strings_) return;
  hdf5::GlobalHeap heap(container);
  for (std::size_t at = 0; at < owned_.size(); at += element_bytes_) {
    strings_.emplace_back(heap.string(ByteView(owned_).subspan(at, element_bytes_)));
  }
}

}  // namespace chunkmark::cli
