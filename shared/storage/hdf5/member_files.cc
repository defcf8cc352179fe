#include "storage/hdf5/member_files.h"

#include <algorithm>
#include <limits>
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

// Members one after another, each from its own address on. What lies between two is nobody's: a read that goes on into
// it, as those of whole pages do, finds zeros there, and one of nothing else is refused.
class JoinedFile final : public bytes::RandomAccess {
 public:
  explicit JoinedFile(const bytes::RandomAccess& first) : name_(first.name()) {}
  // By address.
  void add(std::uint64_t start, const bytes::RandomAccess& member) { members_.push_back({start, &member}); }
  void add(std::uint64_t start, std::unique_ptr<bytes::RandomAccess> member) {
    add(start, *member);
    owned_.push_back(std::move(member));
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return members_.back().end(); }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
    bytes::check_range(name_, offset, bytes::total_bytes(runs), size());
    for (MutableByteView run : runs) {
      std::uint64_t gaps = 0;
      const std::uint64_t wanted = run.size();
      while (!run.empty()) {
        auto next = std::upper_bound(members_.begin(), members_.end(), offset,
                                     [](std::uint64_t at, const Member& member) { return at < member.start; });
        const std::uint64_t end = next == members_.end() ? size() : next->start;
        const Member* member = next == members_.begin() ? nullptr : &*std::prev(next);
        const bool is_gap = member == nullptr || offset >= member->end();
        const std::size_t count =
            std::min<std::uint64_t>(run.size(), (is_gap ? end : std::min(end, member->end())) - offset);
        if (is_gap) {
          std::fill_n(run.begin(), count, std::byte{0});
          gaps += count;
        } else {
          member->file->read_at(offset - member->start, run.first(count));
        }
        run = run.subspan(count);
        offset += count;
      }
      if (gaps > kMaxGapBytes || (gaps > 0 && gaps == wanted))
        corrupt(name_, "bytes " + std::to_string(offset - wanted) + " to " + std::to_string(offset) +
                           " are in none of its member files");
    }
  }

 private:
  static constexpr std::uint64_t kMaxGapBytes = 65536;
  struct Member {
    std::uint64_t start;
    const bytes::RandomAccess* file;
    std::uint64_t end() const { return start + file->size(); }
  };

  std::string name_;
  std::vector<Member> members_;
  std::vector<std::unique_ptr<bytes::RandomAccess>> owned_;
};

// The split and multi drivers: a file for metadata and one for raw data, or one for each kind of content.
struct MultiMember {
  std::uint64_t start, bytes;
  std::string pattern;  // of its name: "%s-r.h5"
};

std::vector<MultiMember> read_multi_members(ByteView bytes) {
  constexpr std::size_t kKinds = 6;
  Cursor facts(bytes, kWhat);
  std::vector<unsigned> unique;  // kinds that have a file of their own, in the order in which they are first named
  for (unsigned kind = 1; kind <= kKinds; ++kind) {
    unsigned member = facts.u8();
    if (member > kKinds) corrupt(kWhat, "content of kind " + std::to_string(member) + ", expected 1 to 6");
    if (member == 0) member = kind;
    if (std::find(unique.begin(), unique.end(), member) == unique.end()) unique.push_back(member);
  }
  facts.skip(2);
  std::vector<MultiMember> members(unique.size());
  for (MultiMember& member : members) {
    member.start = facts.u64();
    member.bytes = facts.u64();
    if (member.bytes > std::numeric_limits<std::uint64_t>::max() - member.start)
      corrupt(kWhat,
              "a member of " + std::to_string(member.bytes) + " bytes at address " + std::to_string(member.start));
  }
  for (MultiMember& member : members) {
    for (bool is_over = false; !is_over;) {
      const std::string_view eight = as_text(facts.bytes(8));
      is_over = eight.find('\0') != std::string_view::npos;
      member.pattern += eight.substr(0, eight.find('\0'));
    }
  }
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  return members;
}

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

std::unique_ptr<JoinedFile> join_family(const bytes::RandomAccess& first, const std::string& name,
                                        const OtherFiles& others, std::uint64_t member_bytes, std::uint64_t end) {
  if (member_bytes == 0) corrupt(kWhat, "members of 0 bytes");
  auto joined = std::make_unique<JoinedFile>(first);
  joined->add(0, first);
  std::uint64_t last_bytes = first.size();
  for (std::uint64_t number = 1; joined->size() < end; ++number) {
    const std::string member = member_name(name, number);
    if (number == kMaxMembers) unsupported(name, "a family of more than " + std::to_string(kMaxMembers) + " files");
    if (last_bytes != member_bytes)
      corrupt(member_name(name, number - 1),
              "a member of " + std::to_string(last_bytes) + " bytes, expected " + std::to_string(member_bytes));
    std::unique_ptr<bytes::RandomAccess> file = others.open(member);
    if (!file) throw Error(ErrorCode::kNotFound, name + ": a family of files, of which " + member + " is not there");
    last_bytes = file->size();
    joined->add(number * member_bytes, std::move(file));
  }
  return joined;
}

std::unique_ptr<JoinedFile> join_multi(const bytes::RandomAccess& first, const std::string& name,
                                       const OtherFiles& others, ByteView facts) {
  constexpr std::string_view kBase = "%s";
  const std::vector<MultiMember> members = read_multi_members(facts);
  const std::string& own = members.front().pattern;
  if (members.front().start != 0 || !own.starts_with(kBase) || !name.ends_with(own.substr(kBase.size())))
    unsupported(name, "a file of the split or multi driver, whose first is named " + own +
                          ": expected that one, with the others beside it");
  const std::string base = name.substr(0, name.size() - (own.size() - kBase.size()));
  const auto check_size = [](const MultiMember& member, std::uint64_t bytes, const std::string& its_name) {
    if (bytes < member.bytes)
      corrupt(its_name,
              "truncated: expected " + std::to_string(member.bytes) + " bytes, found " + std::to_string(bytes));
  };
  check_size(members.front(), first.size(), name);
  auto joined = std::make_unique<JoinedFile>(first);
  joined->add(0, first);
  for (std::size_t i = 1; i < members.size(); ++i) {
    const MultiMember& member = members[i];
    if (!member.pattern.starts_with(kBase)) unsupported(name, "a member file named " + member.pattern);
    const std::string its_name = base + member.pattern.substr(kBase.size());
    std::unique_ptr<bytes::RandomAccess> file = others.open(its_name);
    if (!file)
      throw Error(ErrorCode::kNotFound, name + ": one of several files, of which " + its_name + " is not there");
    if (joined->size() > member.start) corrupt(name, "its member files overlap");
    check_size(member, file->size(), its_name);
    joined->add(member.start, std::move(file));
  }
  return joined;
}

}  // namespace

Spread spread_of(const Container& container) {
  const std::optional<Driver> driver = read_driver(container);
  if (!driver) return {};
  Spread spread{driver->name};
  if (driver->name == kMultiDriver) {
    for (const MultiMember& member : read_multi_members(driver->facts))
      spread.end = std::max(spread.end, member.start + member.bytes);
  }
  return spread;
}

std::unique_ptr<bytes::RandomAccess> join_members(const bytes::RandomAccess& first, const std::string& name,
                                                  const OtherFiles& others) {
  const Container container = Container::of_part(first);
  const std::optional<Driver> driver = read_driver(container);
  if (driver && driver->name == kMultiDriver) return join_multi(first, name, others, driver->facts);
  if (container.end() <= first.size()) return nullptr;
  if (driver && driver->name == kFamilyDriver) {
    Cursor facts(driver->facts, kWhat);
    return join_family(first, name, others, facts.u64(), container.end());
  }
  // Old libraries did not write the driver's name.
  if (driver || !is_first(name) || !is_inner_member(others.open(member_name(name, 1)).get())) return nullptr;
  return join_family(first, name, others, first.size(), container.end());
}

}  // namespace chunkmark::hdf5
