#include "base/error.h"
#include "bytes/journal.h"
#include "requests/methods.h"
#include "requests/params.h"
#include "storage/hdf5/compression_text.h"
#include "storage/versioned/datatypes.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/writer.h"

namespace chunkmark::requests {

namespace {

// A file of the host that is the journal: empty between commits. One without is for files that nobody else sees before
// they are written out (memory).
class HostJournal final : public bytes::JournalPlace {
 public:
  explicit HostJournal(bytes::RandomAccess* file) : file_(file) {}

  std::unique_ptr<bytes::RandomAccess> open() override {
    return file_ != nullptr && file_->size() > 0 ? std::make_unique<Lent>(*file_) : nullptr;
  }
  std::unique_ptr<bytes::RandomAccess> create() override { return std::make_unique<Lent>(*file_); }
  void remove() override {
    if (file_ == nullptr) return;
    file_->truncate(0);
    file_->sync();
  }
  void without_readers(const std::function<void()>& apply) override { apply(); }

 private:
  class Lent final : public bytes::RandomAccess {
   public:
    explicit Lent(bytes::RandomAccess& file) : file_(file) {}
    const std::string& name() const override { return file_.name(); }
    std::uint64_t size() const override { return file_.size(); }
    using RandomAccess::read_at;
    void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override {
      file_.read_at(offset, runs);
    }
    using RandomAccess::write_at;
    void write_at(std::uint64_t offset, std::span<const ByteView> runs) override { file_.write_at(offset, runs); }
    void truncate(std::uint64_t size) override { file_.truncate(size); }
    void sync() override { file_.sync(); }

   private:
    bytes::RandomAccess& file_;
  };

  bytes::RandomAccess* file_;
};

HostJournal journal_of(Files& files, const json::object& params) {
  const auto number = optional_number(params, "journal");
  return HostJournal(number ? &files.at(*number).bytes() : nullptr);
}

const json::array& list_of(const json::object& params, std::string_view key) {
  static const json::array none;
  const json::value* value = params.if_contains(key);
  if (value == nullptr || value->is_null()) return none;
  if (const json::array* list = value->if_array()) return *list;
  throw Error(ErrorCode::kInvalidArgument, std::string(key) + ": expected a list");
}

versioned::StagedDataset& dataset_of(versioned::Stage& stage, const std::string& path, const json::object& what) {
  if (stage.has_dataset(path)) {
    versioned::StagedDataset& dataset = stage.dataset(path);
    if (what.contains("shape")) {
      const array::Shape shape = shape_of(what, "shape");
      if (shape != dataset.shape()) dataset.resize(shape);
    }
    return dataset;
  }
  versioned::DatasetOptions made;
  const std::string dtype = text_of(what, "dtype");
  made.type = dtype == "string" ? versioned::string_type_message() : versioned::numpy_type_message(dtype);
  made.shape = shape_of(what, "shape");
  if (what.contains("chunks") && !what.at("chunks").is_null()) made.chunk = shape_of(what, "chunks");
  if (made.chunk.empty() && made.shape.size() != 1) made.chunk = made.shape;
  for (std::uint64_t& extent : made.chunk) extent = std::max<std::uint64_t>(extent, 1);
  const std::string compression = text_or(what, "compression", "none");
  const std::size_t element = hdf5::parse_datatype(made.type, path).size;
  if (compression != "none")
    made.filters = hdf5::parse_compression(compression, element, array::element_count(made.chunk) * element);
  return stage.create_dataset(path, made);
}

void set(versioned::Stage& stage, const json::object& what, ByteView data) {
  std::string path = text_of(what, "path");
  if (path.starts_with('/')) path.erase(0, 1);
  versioned::StagedDataset& dataset = dataset_of(stage, path, what);
  const array::Region region = region_of(what, dataset.shape());
  if (dataset.type().is_variable_string()) {
    std::vector<std::string> strings;
    for (const json::value& text : list_of(what, "strings")) strings.emplace_back(text.as_string());
    return dataset.write_strings(region, strings);
  }
  const std::size_t at = number_of(what, "at"), bytes = bytes_of(region.shape, dataset.element_bytes(), path);
  if (at > data.size() || bytes > data.size() - at)
    throw Error(ErrorCode::kInvalidArgument, path + ": expected " + std::to_string(bytes) + " bytes from " +
                                                 std::to_string(at) + " on, found " + std::to_string(data.size()));
  dataset.write(region, array::Source::dense(data.data() + at, dataset.dtype(), region.shape));
}

json::value commit(Files& files, const json::object& params, ByteView data) {
  OpenFile& file = files.at(number_of(params, "file"));
  file.forget();
  HostJournal place = journal_of(files, params);
  bytes::Journal::recover(file.bytes(), place);
  bytes::Journal journal(file.bytes(), place);
  versioned::PatchEngine engine(journal);
  versioned::Writer writer(journal, engine);
  const std::string version = text_of(params, "version"), parent = text_or(params, "parent", "");
  versioned::Stage stage = parent.empty() ? writer.stage(version) : writer.stage(version, parent);
  for (const json::value& path : list_of(params, "delete")) {
    const std::string text(path.as_string());
    stage.remove(text.starts_with('/') ? text.substr(1) : text);
  }
  for (const json::value& what : list_of(params, "set")) set(stage, what.as_object(), data);
  const std::string message = text_or(params, "message", "");
  if (!message.empty()) stage.attributes("")["message"] = versioned::AttributeValue::text(message);
  versioned::CommitOptions options;
  options.time = static_cast<std::int64_t>(number_of(params, "time"));
  const bool is_journaled = optional_number(params, "journal").has_value();
  options.durability = is_journaled ? bytes::Durability::kPowerLoss : bytes::Durability::kNone;
  const versioned::CommitSummary summary = writer.commit(stage, options);
  return {{"version", version},
          {"parent", stage.parent()},
          {"chunks_written", summary.chunks_written},
          {"chunks_found", summary.chunks_found},
          {"datasets_written", summary.datasets_written},
          {"datasets_unchanged", summary.datasets_unchanged}};
}

}  // namespace

void add_commit_methods(api::MethodTable& methods, Files& files) {
  methods["hdf5.create"] = [&files](const json::object& params, ByteView) -> json::value {
    const std::vector<std::byte> image =
        versioned::new_versioned_file(static_cast<std::int64_t>(number_of(params, "time")));
    const MutableByteView result = files.result().make(image.size());
    std::copy(image.begin(), image.end(), result.begin());
    return json::object();
  };
  methods["hdf5.recover"] = [&files](const json::object& params, ByteView) -> json::value {
    OpenFile& file = files.at(number_of(params, "file"));
    HostJournal place = journal_of(files, params);
    const bytes::Journal::Recovery done = bytes::Journal::recover(file.bytes(), place);
    if (done == bytes::Journal::Recovery::kReplayed) file.forget();
    return {{"replayed", done == bytes::Journal::Recovery::kReplayed}};
  };
  methods["hdf5.commit"] = [&files](const json::object& params, ByteView data) { return commit(files, params, data); };
}

}  // namespace chunkmark::requests
