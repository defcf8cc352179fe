// VersionedFile: reads HDF5 files with versions in them, as the Python library versioned-hdf5 writes them.
//
// Concept. A file keeps every version of every dataset: all unique chunks of all versions lie in one dataset "raw_data"
// a path, and a version's dataset is a table of mappings, one per chunk, into it. Opening a version by name reads that
// version's headers alone; reading touches only the chunks that the region meets. HDF5's own virtual-dataset machinery
// (microseconds a mapping to open) is not used: the structures are parsed here, once, with every bound checked.
//
// Example, which the tests build:
//
//   chunkmark::os::File file("prices.h5");        // any bytes::RandomAccess: local, journalled, ranged HTTP, memory
//   chunkmark::versioned::VersionedFile versions(file);
//   for (const auto& info : versions.versions()) std::printf("%s  %s\n", info.name.c_str(), info.timestamp.c_str());
//
//   auto latest = versions.current();                     // or open("r3"), previous(2), at_or_before(microseconds)
//   auto prices = latest.dataset("group/prices");         // say 1000 x 8 float64
//   std::vector<double> all(prices.count());
//   prices.read(std::span(all));                          // all of it, straight into the vector
//
//   std::vector<double> part(10 * 3);                     // rows 100 to 110, columns 2 to 5: only their chunks
//   auto* bytes = reinterpret_cast<std::byte*>(part.data());
//   prices.read({{100, 2}, {10, 3}}, chunkmark::array::Dest::dense(bytes, prices.dtype(), {10, 3}));
//
// Units: shapes, regions and chunks are in elements; element_bytes(), sizes and strides in bytes; times in microseconds
// since 1970, UTC. Elements come as the file stores them (byte order kept); variable-length strings through
// read_strings(). Data versions 1 to 4 are read; see warnings() for what 2 and 3 mean for writing. Ownership:
// everything borrows the VersionedFile, which borrows the File. Nothing is thread-safe: one VersionedFile per thread.
// Over an os::SharedFile, commits may be made meanwhile, also by other processes: every call sees the file before or
// after one, and the list of versions stays what it was when it was first asked for. Errors: chunkmark::Error:
// kNotFound, kCorrupt, kUnsupported, kInvalidArgument, kIo. Untrusted bytes end in one too: memory stays below the
// file's size plus a constant (one decoded chunk: 256 MiB at most). Source: the format as versioned-hdf5 1.0 to 2.6
// write it, and the HDF5 File Format Specification 3.0.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/random_access.h"
#include "storage/hdf5/attribute.h"
#include "storage/hdf5/dataset.h"
#include "storage/hdf5/virtual_dataset.h"

namespace chunkmark::versioned {

class Session;

// One version as the list of versions shows it.
struct VersionInfo {
  std::string name;
  std::string previous;              // the parent's name; "__first_version__": it has none
  std::string timestamp;             // as written
  std::string message;               // the attribute of that name, if it is text
  std::optional<std::int64_t> time;  // microseconds since 1970, UTC; nothing if the text is no time
  bool committed = false;
  std::uint64_t address = 0;  // of the group's header

  bool has_parent() const { return !previous.empty() && previous != "__first_version__"; }
};

// One dataset of one version.
class VersionDataset {
 public:
  VersionDataset(Session& session, std::uint64_t address, std::string path);

  // "group/prices", without the version.
  const std::string& path() const { return path_; }
  const std::vector<std::uint64_t>& shape() const { return mapped_ ? mapped_->shape() : dataset_->space().dims; }
  std::uint64_t count() const;
  // Of what is read; numbers that the file keeps in part of their bits come whole.
  const hdf5::Datatype& type() const { return whole_ ? *whole_ : dataset_->type(); }
  // Bytes of an element; of a variable-length string: of its reference.
  std::uint64_t element_bytes() const { return dataset_->element_bytes(); }
  // Of element_bytes(), or empty for zeros.
  ByteView fill_value() const { return whole_ ? ByteView(whole_fill_) : dataset_->fill_bytes(); }
  // The logical chunk's shape; empty where nothing tells (a dataset that upstream did not write).
  const std::vector<std::uint64_t>& chunk() const;
  // All attributes, upstream's own two (raw_data, chunks) among them.
  std::vector<hdf5::Attribute> attributes() const;
  // What the dataset is made of. Empty for one that is all fill value, and for one that is not virtual.
  const hdf5::Mappings& mappings() const;
  // Of a file without versions, whose virtual datasets may be of any kind; null for all others.
  const hdf5::VirtualDataset* mapped() const { return mapped_.get(); }
  const hdf5::Dataset& dataset() const { return *dataset_; }
  // Where the file has the elements one after the other, each as read() gives it; nothing where it has not.
  std::optional<bytes::Extent> stored_run() const { return mapped_ || whole_ ? std::nullopt : dataset_->stored_run(); }

  // For memory to read into: opaque elements of that many bytes.
  array::DType dtype() const { return dataset_->dtype(); }
  // A box into memory with its shape and any strides; every element of it is written.
  void read(const array::Region& region, const array::Dest& dest) const;
  // Asks for what reading that box takes from the file, all at once, where that is far away; see
  // RandomAccess::prefetch().
  void announce(const array::Region& region) const;
  // All of it, row-major. `bytes` is the size of the memory. Errors: kInvalidArgument if it is not that of
  // the dataset.
  void read_bytes(MutableByteView bytes) const;
  template <typename T>
  void read(std::span<T> values) const {
    read_bytes(std::as_writable_bytes(values));
  }
  // The strings of a box in row-major order; each view is valid during its call only.
  void read_strings(const array::Region& region, const std::function<void(std::string_view)>& found) const;

 private:
  void load_mappings() const;
  void read_virtual(const array::Region& region, const array::Dest& dest) const;

  Session* session_;
  std::string path_;
  std::unique_ptr<hdf5::Dataset> dataset_;
  std::unique_ptr<hdf5::VirtualDataset> mapped_;
  std::optional<hdf5::Datatype> whole_;  // where the file's has partial numbers, and its fill value
  std::vector<std::byte> whole_fill_;
  // Parsed when first asked for.
  mutable std::optional<hdf5::Mappings> mappings_;
  mutable std::optional<std::vector<std::uint64_t>> chunk_;
  mutable bool disjoint_ = false;  // mappings lie in chunks of their own, so that their volumes add up
};

// One version of the file: a tree of groups and datasets.
class Version {
 public:
  Version(Session& session, VersionInfo info) : session_(&session), info_(std::move(info)) {}

  const VersionInfo& info() const { return info_; }
  std::vector<hdf5::Attribute> attributes() const;
  // Paths, sorted; empty groups included.
  std::vector<std::string> groups() const;
  std::vector<std::string> datasets() const;
  std::vector<hdf5::Attribute> group_attributes(std::string_view path) const;
  // Errors: kNotFound names the version and the path.
  VersionDataset dataset(std::string_view path) const;
  bool has_dataset(std::string_view path) const;

  // What a walk through the tree meets. Names that a crashed writer left behind are told apart.
  struct Entry {
    enum class Kind : std::uint8_t { kGroup, kDataset, kLeftover };
    Kind kind;
    std::string path;
    std::uint64_t address;
  };
  void walk(const std::function<void(const Entry&)>& found) const;

 private:
  Session* session_;
  VersionInfo info_;
};

class VersionedFile {
 public:
  // Errors: kNotFound if there are no versions in the file, kUnsupported for a data version above 4.
  explicit VersionedFile(const bytes::RandomAccess& file);
  ~VersionedFile();
  VersionedFile(VersionedFile&&) noexcept;
  VersionedFile& operator=(VersionedFile&&) noexcept;

  std::int64_t data_version() const { return data_version_; }
  // What a user of the file should know: why data versions 2 and 3 are read-only, and so on. Usually empty.
  std::vector<std::string> warnings() const;
  // "__first_version__" before the first commit.
  const std::string& current_name() const { return current_; }

  // The version of that name. Errors: kNotFound; kInvalidArgument if it was never committed.
  Version open(std::string_view name);
  Version current();
  // 0 is the current version, 1 its parent ... Errors: kNotFound past the first.
  Version previous(std::uint64_t steps);
  // By time, microseconds since 1970: committed exactly then, or last before (at or before). Errors:
  // kNotFound.
  Version at(std::int64_t microseconds);
  Version at_or_before(std::int64_t microseconds);

  // Every version but "__first_version__", committed or not, by name. Read once, when first asked for.
  const std::vector<VersionInfo>& versions();
  // From the given version to its oldest ancestor; stops at a missing parent or where it would go round.
  std::vector<VersionInfo> ancestry(std::string_view name);
  // Versions that are nobody's parent: the tips of branches.
  std::vector<std::string> heads();
  std::vector<std::string> children(std::string_view name);

  // Also opens what was never committed: for tools that look at damage.
  Version open_uncommitted(std::string_view name);
  Session& session() { return *session_; }

 private:
  VersionInfo read_info(std::string_view name, std::uint64_t address);
  const std::vector<std::size_t>& by_time();

  std::unique_ptr<Session> session_;
  std::int64_t data_version_ = 1;
  std::string current_;
  std::optional<std::vector<VersionInfo>> versions_;
  std::optional<std::vector<std::size_t>> by_time_;  // indexes into versions_, committed ones with a time
};

}  // namespace chunkmark::versioned
