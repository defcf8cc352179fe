#include "storage/hdf5/virtual_sources.h"

#include <algorithm>

#include "storage/hdf5/group.h"
#include "storage/hdf5/virtual_dataset.h"

namespace chunkmark::hdf5 {
namespace {

constexpr std::size_t kOpenFiles = 64, kOpenDatasets = 64;  // the latter of one file, with scratch of a chunk each
constexpr unsigned kMaxDepth = 8;
// Many mappings may name one source; past this the time of reading a small file would have no bound.
constexpr std::uint64_t kReadFactor = 4096, kReadBytes = 4ull << 30, kReadCost = 256;

// Names in a file that lies in a folder, as the first file would say them.
class FilesInFolder final : public OtherFiles {
 public:
  FilesInFolder(const OtherFiles& all, const std::string& file) : OtherFiles(true), all_(all) {
    folder_ = file.substr(0, file.find_last_of('/') + 1);
  }
  std::string full(const std::string& name) const { return name.starts_with('/') ? name : folder_ + name; }

 private:
  std::unique_ptr<bytes::RandomAccess> open_checked(const std::string& name) const override {
    return all_.open(full(name));
  }

  const OtherFiles& all_;
  std::string folder_;
};

}  // namespace

VirtualSources::Source::Source() = default;
VirtualSources::Source::~Source() = default;
VirtualSources::File::~File() = default;

const Extents& VirtualSources::Source::shape() const {
  return mapped ? mapped->shape() : dataset->space().dims;
}

void VirtualSources::Source::read(const array::Region& region, const array::Dest& dest) {
  mapped ? mapped->read(region, dest) : dataset->read(region, dest);
}

VirtualSources::VirtualSources(const Container& container) : container_(container) {
  forget();
}

VirtualSources::~VirtualSources() = default;

void VirtualSources::forget() {
  files_.clear();
  auto first = std::make_unique<File>();
  first->container = &container_;
  first->heap = std::make_unique<GlobalHeap>(container_);
  files_.push_back(std::move(first));
}

void VirtualSources::spend(std::uint64_t bytes) {
  spent_ += bytes + kReadCost;
  if (spent_ / kReadFactor > container_.size() + kReadBytes / kReadFactor) {
    corrupt(container_.file().name(), "its virtual datasets take more reading than a file of " +
                                          std::to_string(container_.size()) + " bytes should");
  }
}

VirtualSources::File* VirtualSources::file(File& from, const std::string& name) {
  if (name == ".") return &from;
  const OtherFiles* others = from.container->others();
  if (others == nullptr) unsupported(name, "a virtual dataset's source, which cannot be reached from here");
  const std::string full = from.others ? static_cast<const FilesInFolder&>(*from.others).full(name) : name;
  for (auto it = std::next(files_.begin()); it != files_.end(); ++it) {
    if ((*it)->name != full) continue;
    files_.splice(std::next(files_.begin()), files_, it);
    return it->get();
  }
  auto opened = std::make_unique<File>();
  opened->bytes = others->open(name);
  if (!opened->bytes) return nullptr;
  opened->name = full;
  opened->others = std::make_unique<FilesInFolder>(*container_.others(), full);
  opened->own = std::make_unique<Container>(*opened->bytes, opened->others.get());
  opened->container = opened->own.get();
  opened->heap = std::make_unique<GlobalHeap>(*opened->own);
  for (auto it = files_.end(); files_.size() > kOpenFiles && --it != files_.begin();) {
    if ((*it)->users == 0) it = files_.erase(it);
  }
  files_.insert(std::next(files_.begin()), std::move(opened));
  return std::next(files_.begin())->get();
}

VirtualSources::Use::Use(VirtualSources& sources, File& from, const std::string& file, const std::string& dataset)
    : sources_(sources) {
  sources.spend(0);
  File* const found = sources.file(from, file);
  if (!found) return;
  other_ = found != &from;
  if (sources.depth_ == 0 && found->datasets.size() >= kOpenDatasets) found->datasets.clear();
  const auto known = found->datasets.find(dataset);
  if (known == found->datasets.end()) {
    const std::optional<std::uint64_t> address = Group::find_path(*found->container, dataset);
    if (!address || !Dataset::is_dataset(ObjectHeader::read(*found->container, *address))) return;
    if (sources.depth_ >= kMaxDepth)
      corrupt(dataset, "virtual datasets nested deeper than " + std::to_string(kMaxDepth));
    auto made = std::make_unique<Source>();
    made->dataset = std::make_unique<Dataset>(*found->container, *address, dataset);
    if (made->dataset->is_virtual()) {
      struct Deeper {
        VirtualSources& of;
        File& file;
        Deeper(VirtualSources& s, File& f) : of(s), file(f) { ++of.depth_, ++file.users; }
        ~Deeper() { --of.depth_, --file.users; }
      } const deeper(sources, *found);
      made->mapped = std::make_unique<VirtualDataset>(*made->dataset, sources, *found);
    }
    source_ = found->datasets.emplace(dataset, std::move(made)).first->second.get();
  } else {
    source_ = known->second.get();
  }
  file_ = found;
  ++file_->users;
  ++sources.depth_;
  if (sources.depth_ > kMaxDepth) {  // a ring of datasets that name each other
    --file_->users, --sources.depth_;
    corrupt(dataset, "virtual datasets nested deeper than " + std::to_string(kMaxDepth));
  }
}

VirtualSources::Use::~Use() {
  if (file_) --file_->users, --sources_.depth_;
}

}  // namespace chunkmark::hdf5
