#include "storage/versioned/writer.h"

#include <algorithm>

#include "storage/hdf5/link_count.h"
#include "storage/versioned/timestamp.h"
#include "storage/versioned/version_block.h"

namespace chunkmark::versioned {

namespace {

constexpr std::uint64_t kRecentBytes = 64 << 20;

std::uint64_t memory_of(const StagedChunk& chunk) {
  std::uint64_t bytes = chunk.bytes.size();
  for (const std::string& string : chunk.strings) bytes += string.size() + sizeof(std::string);
  return bytes;
}

}  // namespace

// What the next stage on top of a version starts with.
struct Writer::Parent {
  std::string name;
  std::map<std::string, std::uint64_t> datasets;
  std::map<std::string, Attributes> groups;
  std::map<std::string, std::shared_ptr<const CommittedDataset>> opened;
};

// What a commit makes, to be kept once it is in the file.
struct Writer::Committed {
  Parent parent;
  std::optional<hdf5::HeapRoom> heap_room;
  std::vector<std::pair<StagedDataset*, std::vector<CommittedDataset::Mapped>>> staged;
};

Writer::Writer(bytes::Journal& file, CommitEngine& engine, Executor* executor) : file_(file), engine_(engine) {
  VersionedFile& versions = reader();
  current_ = versions.current_name();
  data_version_ = versions.data_version();
  const hdf5::Container& container = versions.session().container();
  base_ = container.superblock_offset();
  chunks_ = std::make_unique<ChunkWriter>(file, engine, base_, executor ? *executor : caller_);
  if (container.widths().offset != 8 || container.widths().length != 8)
    hdf5::unsupported(file.name(), "addresses or lengths of other than 8 bytes: it can be read, not written");
  if (data_version_ == 2 || data_version_ == 3)
    throw Error(ErrorCode::kUnsupported, file.name() + ": " + versions.warnings().at(0));
}

Writer::~Writer() = default;

const std::string& Writer::current_name() {
  return current_;
}

VersionedFile& Writer::reader() {
  if (!reader_) reader_ = std::make_unique<VersionedFile>(file_);
  return *reader_;
}

void Writer::check_name(const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kInvalidArgument, "version \"" + name + "\": " + why);
  };
  if (name.empty() || name == "." || name == kFirstVersion) refuse("it cannot have this name");
  if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
    refuse("a version's name has no slash and no NUL byte");
  if (name == free_name_) return;
  bool there = false;
  try {
    there = engine_.has_version(name);
  } catch (...) {
    engine_.abandon();
    throw;
  }
  if (there) throw Error(ErrorCode::kConflict, file_.name() + ": version " + name + " is there already");
  free_name_ = name;
}

Stage Writer::stage(const std::string& name) {
  return stage(name, current_);
}

Stage Writer::stage(const std::string& name, const std::string& parent) {
  check_name(name);
  Stage stage(*this, name, parent.empty() ? std::string(kFirstVersion) : parent);
  if (stage.parent_ == kFirstVersion) return stage;
  if (!last_ || last_->name != stage.parent_) {
    auto loaded = std::make_unique<Parent>();
    loaded->name = stage.parent_;
    const Version version = reader().open(stage.parent_);
    hdf5::GlobalHeap& heap = reader().session().heap();
    version.walk([&](const Version::Entry& entry) {
      if (entry.kind == Version::Entry::Kind::kDataset) loaded->datasets[entry.path] = entry.address;
      if (entry.kind == Version::Entry::Kind::kGroup)
        loaded->groups[entry.path] = copy_attributes(version.group_attributes(entry.path), heap);
    });
    last_ = std::move(loaded);
  }
  for (const auto& [path, address] : last_->datasets) stage.datasets_[path].address = address;
  stage.groups_ = last_->groups;
  return stage;
}

std::shared_ptr<RawStore> Writer::find_raw(const std::string& path) {
  if (const auto known = raws_.find(path); known != raws_.end()) return known->second;
  Session& session = reader().session();
  const std::string raw_path = "/" + std::string(kVersionData) + "/" + path + "/raw_data";
  const std::optional<std::uint64_t> address = session.find(raw_path);
  if (!address) return nullptr;
  const hdf5::Dataset raw(session.container(), *address, raw_path);
  if (raw.layout().kind != hdf5::Layout::Kind::kChunked) hdf5::corrupt(raw_path, "expected a chunked dataset");
  return raws_[path] = new_raw(path, read_spec(raw));
}

std::shared_ptr<RawStore> Writer::open_raw(const std::string& path) {
  std::shared_ptr<RawStore> raw = find_raw(path);
  if (!raw) return nullptr;
  check_writable(raw->spec(), path);
  if (data_version_ == 1 && raw->spec().strings()) {
    throw Error(ErrorCode::kUnsupported, path +
                                             ": the hashes of its strings are of data version 1 (before "
                                             "versioned-hdf5 1.6), which do not tell strings apart: rebuild them "
                                             "with the Python library before a commit");
  }
  if (!raw->loaded()) raw->load(reader().session());
  return raw;
}

std::shared_ptr<RawStore> Writer::new_raw(const std::string& path, DatasetSpec spec) {
  return std::make_shared<RawStore>(path, std::move(spec), [this] { return file_.create_scratch(); });
}

std::shared_ptr<const CommittedDataset> Writer::open_committed(const std::string& path, std::uint64_t address) {
  if (last_) {
    const auto known = last_->opened.find(path);
    if (known != last_->opened.end() && known->second->address == address) return known->second;
  }
  const std::shared_ptr<RawStore> raw = find_raw(path);
  if (!raw) hdf5::corrupt(path, "the file has no raw data for it");
  std::shared_ptr<const CommittedDataset> base = read_committed(reader().session(), *raw, address);
  if (last_ && last_->datasets.count(path) > 0 && last_->datasets[path] == address) last_->opened[path] = base;
  return base;
}

std::shared_ptr<const CommittedDataset> Writer::open_unchanged(const std::string& path, std::uint64_t address) {
  try {
    return open_committed(path, address);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kUnsupported) throw;
    return nullptr;  // damage does not keep other datasets from being committed
  }
}

void Writer::add_reference(std::uint64_t address) {
  if (!hdf5::raise_link_count(file_, base_, address)) engine_.add_reference(address);
}

CommitSummary Writer::commit(Stage& stage, const CommitOptions& options) {
  check_name(stage.name());
  free_name_.clear();
  Committed committed;
  CommitSummary summary;
  bool journalled = false;  // until then, what the journal says is of the commit before
  try {
    engine_.begin();
    summary = write(stage, options, committed);
    engine_.finish();
    journalled = true;
    file_.commit(options.durability);
  } catch (...) {
    const bool in_journal = journalled && file_.committed() && file_.changed();
    engine_.abandon();
    reader_.reset();
    last_.reset();
    for (auto& [path, raw] : raws_) raw->forget();
    raws_.clear();
    recent_bytes_ = 0;
    heap_room_.reset();
    if (!in_journal) file_.rollback();
    throw;
  }
  reader_.reset();
  keep_recent(stage, committed);
  last_ = std::make_unique<Parent>(std::move(committed.parent));
  heap_room_ = committed.heap_room;
  if (options.make_current) current_ = stage.name();
  if (data_version_ == 1) data_version_ = 4;
  return summary;
}

CommitSummary Writer::write(Stage& stage, const CommitOptions& options, Committed& committed) {
  CommitSummary summary;
  VersionBlock block(heap_room_, std::move(block_memory_));
  committed.parent.name = stage.name();
  committed.parent.groups = stage.groups_;
  for (auto& [path, attributes] : stage.groups_) block.add_group(path, attributes);
  std::vector<StagedDataset*> touched;
  for (auto& [path, entry] : stage.datasets_) {
    if (!entry.staged) continue;
    prepare(*entry.staged);
    touched.push_back(entry.staged.get());
  }
  chunks_->hash(touched);
  for (auto& [path, entry] : stage.datasets_) {
    StagedDataset* dataset = entry.staged.get();
    std::vector<CommittedDataset::Mapped> mapped;
    if (dataset) {
      const auto read_row = [&](std::uint64_t row) { return dataset->raw_->read_row(reader().session(), row); };
      ChunkWriter::Written written = chunks_->add_rows(*dataset, read_row);
      summary.chunks_written += written.fresh;
      summary.chunks_found += written.found;
      mapped = std::move(written.mapped);
    }
    std::shared_ptr<const CommittedDataset> base = dataset ? dataset->base_ : open_unchanged(path, entry.address);
    const bool unchanged = !dataset || (base && base->shape == dataset->shape_ && base->mapped == mapped &&
                                        base->attributes == dataset->attributes_);
    ++(unchanged ? summary.datasets_unchanged : summary.datasets_written);
    if (unchanged && (options.unchanged == Unchanged::kLinked || !base || base->is_foreign())) {
      add_reference(entry.address);
      block.add_link(path, entry.address);
      committed.parent.datasets[path] = entry.address;
    } else {
      if (!unchanged) {
        auto now = std::make_shared<CommittedDataset>();
        now->shape = dataset->shape_;
        now->mapped = mapped;
        now->attributes = dataset->attributes_;
        base = std::move(now);
      }
      block.add_dataset(path, *find_raw(path), base->shape, base->mapped, base->attributes);
    }
    if (base) committed.parent.opened[path] = std::move(base);
    if (dataset) committed.staged.emplace_back(dataset, std::move(mapped));
  }
  chunks_->write(options.progress);

  Attributes attributes = stage.attributes_;
  attributes["prev_version"] = AttributeValue::text(stage.parent());
  attributes["committed"] = AttributeValue::boolean(true);
  attributes["timestamp"] = AttributeValue::text(format_timestamp(options.time));
  block.set_attributes(std::move(attributes));

  VersionBlock::Written written = block.write(engine_.reserve(0));
  chunks_->place(written.bytes);
  if (written.in_room) file_.write_at(base_ + written.in_room->first, written.in_room->second);
  committed.heap_room = written.room_left;
  block_memory_ = std::move(written.bytes);
  for (const auto& [path, at] : written.datasets) {
    committed.parent.datasets[path] = at;
    auto now = std::make_shared<CommittedDataset>(*committed.parent.opened.at(path));
    now->address = at;
    committed.parent.opened[path] = std::move(now);
  }
  engine_.link("/" + std::string(kVersionData) + "/versions", stage.name(), written.root);
  if (options.make_current) engine_.set_current_version(stage.name());
  if (data_version_ == 1) engine_.set_data_version(4);
  return summary;
}

void Writer::prepare(StagedDataset& dataset) {
  if (!dataset.raw_->in_file()) {  // another stage may have brought it meanwhile
    if (auto there = open_raw(dataset.path())) {
      check_same(dataset.spec(), there->spec(), dataset.path());
      dataset.raw_ = std::move(there);
    }
  }
  RawStore& raw = *dataset.raw_;
  if (!raw.loaded()) raw.load(reader().session());
  for (const auto& [number, row] : dataset.mapped_) {
    // A layout that upstream would misread is not carried on, unless nothing changes.
    const bool same = dataset.staged_.empty() && dataset.base_ && dataset.shape_ == dataset.base_->shape;
    if (row == kForeignRow && !same) dataset.stage(dataset.index_of(number, dataset.grid()), false);
  }
  if (!raw.in_file()) chunks_->create(raw);
  raws_[raw.path()] = dataset.raw_;
}

std::unique_ptr<StagedChunk> Writer::take_recent(RawStore& raw, std::uint64_t row) {
  const auto kept = raw.recent.find(row);
  if (kept == raw.recent.end()) return nullptr;
  std::unique_ptr<StagedChunk> chunk = std::move(kept->second);
  raw.recent.erase(kept);
  recent_bytes_ -= memory_of(*chunk);
  return chunk;
}

void Writer::keep_recent(Stage& stage, const Committed& committed) {
  if (recent_bytes_ > kRecentBytes) {
    for (auto& [path, raw] : raws_) raw->recent.clear();
    recent_bytes_ = 0;
  }
  for (const auto& [dataset, mapped] : committed.staged) {
    for (auto& [number, chunk] : dataset->staged_) {
      // What the version before had in place of it is rarely edited again.
      if (const auto row = dataset->base_ ? row_of(dataset->base_->mapped, number) : std::nullopt) {
        take_recent(*dataset->raw_, *row);
      }
      const std::optional<std::uint64_t> row = row_of(mapped, number);
      if (!row || *row == kForeignRow) continue;
      take_recent(*dataset->raw_, *row);
      recent_bytes_ += memory_of(*chunk);
      if (recent_bytes_ <= kRecentBytes) dataset->raw_->recent[*row] = std::move(chunk);
    }
  }
  // What was committed is not to be changed.
  stage.datasets_.clear();
  stage.groups_.clear();
}

}  // namespace chunkmark::versioned
