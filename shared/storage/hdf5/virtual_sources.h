// VirtualSources: the datasets that virtual datasets are made of, each opened once, in this file and in others.
//
// A file keeps its place: the names in it are meant from its folder. Some files are open at a time, those used last.
// Work is bounded: sources that lead to sources may only be so deep, and what is read for one another in all is no more
// than an honest file could ask for. Borrows the Container. Not thread-safe. Errors: kUnsupported where files cannot be
// reached, kCorrupt.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include "storage/hdf5/dataset.h"
#include "storage/hdf5/other_files.h"

namespace chunkmark::hdf5 {

class VirtualDataset;

class VirtualSources {
 public:
  struct Source {
    std::unique_ptr<Dataset> dataset;
    std::unique_ptr<VirtualDataset> mapped;  // where the dataset is virtual itself

    Source();
    ~Source();
    const Extents& shape() const;
    void read(const array::Region& region, const array::Dest& dest);
  };

  struct File {
    std::string name;  // from the first file's folder; "" is that file
    std::unique_ptr<OtherFiles> others;
    std::unique_ptr<bytes::RandomAccess> bytes;  // these three of another file
    std::unique_ptr<Container> own;
    const Container* container;
    std::unique_ptr<GlobalHeap> heap;
    std::map<std::string, std::unique_ptr<Source>> datasets;
    unsigned users = 0;  // while something reads from it, it stays open

    ~File();
  };

  explicit VirtualSources(const Container& container);
  ~VirtualSources();

  File& first() { return *files_.front(); }
  // What the file wrote is no longer what it was.
  void forget();

  // A use of a source: its file stays open as long as this lives. Null: there is no such dataset, or no such file.
  class Use {
   public:
    Use(VirtualSources& sources, File& from, const std::string& file, const std::string& dataset);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Source* operator->() const { return source_; }
    explicit operator bool() const { return source_ != nullptr; }
    bool is_other_file() const { return other_; }

   private:
    VirtualSources& sources_;
    File* file_ = nullptr;
    Source* source_ = nullptr;
    bool other_ = false;
  };

  // Says that so much is read for a virtual dataset.
  void spend(std::uint64_t bytes);

 private:
  File* file(File& from, const std::string& name);

  const Container& container_;
  std::list<std::unique_ptr<File>> files_;  // the first file, then those used last
  unsigned depth_ = 0;
  std::uint64_t spent_ = 0;
};

}  // namespace chunkmark::hdf5
