// Stage: a version in the making: a tree of groups and datasets that starts as its parent's and is changed in memory.
//
// Made by Writer::stage(), which says how attributes are inherited; nothing is in the file before Writer::commit(), and
// a Stage that is dropped leaves nothing behind: that is rollback. Borrows the Writer. Not thread-safe. Errors:
// kNotFound, kConflict for a name that is taken, kInvalidArgument for a name that cannot be.
#pragma once

#include "storage/versioned/staged_dataset.h"

namespace chunkmark::versioned {

// How full and edge chunks of a dataset without other filters are stored; see hdf5/encoders.h.
enum class EdgeCompression : std::uint8_t { kNone, kTrim, kDeflate };

struct DatasetOptions {
  hdf5::Bytes type;  // a datatype message: storage/versioned/datatypes.h makes them, Dataset::type_message() has them
  array::Shape shape;
  array::Shape chunk;           // empty: 4096 for one axis; other ranks must say
  std::vector<std::byte> fill;  // of an element, or empty for zeros
  std::vector<hdf5::Filter> filters;
  EdgeCompression edges = EdgeCompression::kNone;
};

// For a dataset whose maker does not say: 4096 along one axis, or boxes of about 64 KiB.
array::Shape default_chunk(const array::Shape& shape, std::uint32_t element_bytes);

class Stage {
 public:
  Stage(Stage&&) = default;
  Stage& operator=(Stage&&) = default;

  const std::string& name() const { return name_; }
  const std::string& parent() const { return parent_; }  // "__first_version__": none

  // Paths, sorted.
  std::vector<std::string> datasets() const;
  std::vector<std::string> groups() const;
  bool has_dataset(const std::string& path) const { return datasets_.count(path) > 0; }
  bool has_group(const std::string& path) const { return groups_.count(path) > 0; }

  StagedDataset& dataset(const std::string& path);
  // With its groups. A path that another version had a dataset at keeps its type, chunks, fill value and filters: the
  // file has one raw_data for it. Errors: kConflict where they differ.
  StagedDataset& create_dataset(const std::string& path, const DatasetOptions& options);
  void create_group(const std::string& path);
  // A dataset, or a group with all that is in it.
  void remove(const std::string& path);

  // Of a group or a dataset; of the version itself for "".
  Attributes& attributes(const std::string& path);

 private:
  friend class Writer;
  struct Entry {
    std::uint64_t address = 0;              // in the parent version
    std::unique_ptr<StagedDataset> staged;  // once it was asked for
  };

  Stage(Writer& writer, std::string name, std::string parent)
      : writer_(&writer), name_(std::move(name)), parent_(std::move(parent)) {}
  void create_parents(const std::string& path);
  void check_free(const std::string& path) const;

  Writer* writer_;
  std::string name_, parent_;
  std::map<std::string, Entry> datasets_;
  std::map<std::string, Attributes> groups_;
  Attributes attributes_;
};

}  // namespace chunkmark::versioned
