#include "storage/hdf5/member_files.h"

#include <algorithm>
#include <optional>

#include "storage/hdf5/object_header.h"
#include "storage/hdf5/other_files.h"

namespace chunkmark::hdf5 {
namespace {

constexpr std::string_view kWhat = "driver information";
constexpr std::size_t kMaxMembers = 4096;

struct Driver {
  std::string name;
  std::vector<std::byte> facts;
};

std::optional<Driver> read_driver(const Container& container) {
  if (container.driver_address() != kUndefined) {
    const Block prefix = container.read(container.driver_address(), 16, kWhat);
    Cursor cursor(prefix.bytes(), kWhat);
    cursor.skip(4);
    const std::uint32_t bytes = cursor.u32();
    const std::string name(as_text(cursor.bytes(8)));
    const Block facts = container.read(container.driver_address() + 16, bytes, kWhat);
    return Driver{name, {facts.bytes().begin(), facts.bytes().end()}};
  }
  if (container.extension_header() == kUndefined || container.extension_header() >= container.size()) return {};
  const ObjectHeader extension = ObjectHeader::read(container, container.extension_header());
  const Message* message = extension.find(kDriverMessage);
  if (message == nullptr) return {};
  Cursor cursor(message->body, kWhat);
  cursor.skip(1);
  const std::string name(as_text(cursor.bytes(8)));
  const ByteView facts = cursor.bytes(cursor.u16());
  return Driver{name, {facts.begin(), facts.end()}};
}

class JoinedFile final : public bytes::RandomAccess {
 public:
  JoinedFile(const bytes::RandomAccess& first, std::uint64_t member_bytes)
      : name_(first.name()), member_bytes_(member_bytes), size_(first.size()), members_{&first} {}
  void add(std::unique_ptr<bytes::RandomAccess> member) {
    if (members_.back()->size() != member_bytes_)
      corrupt(members_.back()->name(), "a member of " + std::to_string(members_.back()->size()) + " bytes, expected " +
                                           std::to_string(member_bytes_));
    size_ += member->size();
    members_.push_back(member.get());
    owned_.push_back(std::move(member));
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    bytes::check_range(name_, offset, bytes::total_bytes(runs), size_);
    for (MutableByteView run : runs) {
      while (!run.empty()) {
        const std::uint64_t within = offset % member_bytes_;
        const std::size_t count = std::min<std::uint64_t>(run.size(), member_bytes_ - within);
        members_[offset / member_bytes_]->read_at(within, run.first(count));
        run = run.subspan(count);
        offset += count;
      }
    }
  }

 private:
  std::string name_;
  std::uint64_t member_bytes_, size_;
  std::vector<const bytes::RandomAccess*> members_;
  std::vector<std::unique_ptr<bytes::RandomAccess>> owned_;
};

// Whether the number in the name is 0.
bool is_first(const std::string& name) {
  const std::size_t end = name.find_last_of("0123456789", name.rfind('.'));
  return end != std::string::npos && name[end] == '0';
}

// Whether it may be another member than the first: not an HDF5 file of its own.
bool is_inner_member(const bytes::RandomAccess* file) {
  if (file == nullptr) return false;
  std::vector<std::byte> start(std::min<std::uint64_t>(8, file->size()));
  file->read_at(0, MutableByteView(start));
  return as_text(start) != std::string_view("\x89HDF\r\n\x1a\n");
}

// The name of another member: the last run of digits before the extension counts them.
std::string member_name(const std::string& first, std::uint64_t number) {
  const std::size_t end = first.find_last_of("0123456789", first.rfind('.'));
  if (end == std::string::npos)
    unsupported(first, "a family of files: expected the first, with its number in its name");
  std::size_t start = end;
  while (start > 0 && first[start - 1] >= '0' && first[start - 1] <= '9') --start;
  std::string digits = std::to_string(number);
  const std::size_t width = end + 1 - start;
  if (first.find_first_not_of('0', start) <= end)
    unsupported(first, "one of a family of files: expected the first, number 0");
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return first.substr(0, start) + digits + first.substr(end + 1);
}

}  // namespace

std::string driver_of(const Container& container) {
  const std::optional<Driver> driver = read_driver(container);
  return driver ? driver->name : "";
}

std::unique_ptr<bytes::RandomAccess> join_members(const bytes::RandomAccess& first, const std::string& name,
                                                  const OtherFiles& others) {
  const Container container = Container::of_part(first);
  if (container.end() <= first.size()) return nullptr;
  const std::optional<Driver> driver = read_driver(container);
  if (driver && driver->name != kFamilyDriver) return nullptr;
  std::uint64_t member_bytes = first.size();
  if (driver) {
    Cursor facts(driver->facts, kWhat);
    member_bytes = facts.u64();
  } else if (!is_first(name) || !is_inner_member(others.open(member_name(name, 1)).get())) {
    return nullptr;  // old libraries did not write the driver's name
  }
  if (member_bytes == 0) corrupt(kWhat, "members of 0 bytes");
  auto joined = std::make_unique<JoinedFile>(first, member_bytes);
  for (std::size_t number = 1; joined->size() < container.end(); ++number) {
    const std::string member = member_name(name, number);
    if (number == kMaxMembers) unsupported(name, "a family of more than " + std::to_string(kMaxMembers) + " files");
    std::unique_ptr<bytes::RandomAccess> file = others.open(member);
    if (!file) throw Error(ErrorCode::kNotFound, name + ": a family of files, of which " + member + " is not there");
    joined->add(std::move(file));
  }
  return joined;
}

}  // namespace chunkmark::hdf5
