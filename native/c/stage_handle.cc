// chunkmark_stage, and its datasets as chunkmark_arrays.
#include <chrono>
#include <cstring>

#include "native/c/file_handle.h"
#include "storage/hdf5/compression_text.h"
#include "storage/versioned/datatypes.h"

namespace chunkmark::c {

namespace {

// Looked up in its stage by each call: the stage may have let go of it.
class StagedArray final : public chunkmark_array {
 public:
  // The file is in use.
  StagedArray(std::shared_ptr<StageState> stage, std::string path) : stage_(std::move(stage)), path_(std::move(path)) {
    const versioned::StagedDataset& dataset = staged();
    describe(dataset.shape(), dataset.dtype(), numpy_descr(dataset.type()));
  }

  json::object info() override {
    const OpenFile::Use use(*stage_->file);
    const versioned::StagedDataset& dataset = staged();
    return {{"path", path_},
            {"version", stage_->name},
            {"shape", json::value_from(dataset.shape())},
            {"dtype", numpy_descr(dataset.type())},
            {"chunks", json::value_from(dataset.chunk())}};
  }
  void read(const array::Region& region, const array::Dest& dest) override {
    const OpenFile::Use use(*stage_->file);
    staged().read(region, dest);
  }
  void write(const array::Region& region, const array::Source& source) override {
    const OpenFile::Use use(*stage_->file);
    staged().write(region, source);
  }
  void read_strings(const array::Region& region, const Found& found) override {
    const OpenFile::Use use(*stage_->file);
    for (const std::string& text : staged().read_strings(region)) found(text);
  }
  void write_strings(const array::Region& region, const std::vector<std::string>& strings) override {
    const OpenFile::Use use(*stage_->file);
    staged().write_strings(region, strings);
  }
  void resize(const array::Shape& shape) override {
    const OpenFile::Use use(*stage_->file);
    versioned::StagedDataset& dataset = staged();
    dataset.resize(shape);
    shape_ = dataset.shape();
  }
  void write_elements(std::size_t count, const std::uint64_t* positions, const std::byte* data) override {
    const OpenFile::Use use(*stage_->file);
    versioned::StagedDataset& dataset = staged();
    if (dataset.type().is_variable_string()) invalid(name() + ": variable-length strings have calls of their own");
    const std::size_t rank = dataset.shape().size(), bytes = dataset.element_bytes();
    for (std::size_t i = 0; i < count; ++i) {  // all are looked at before any is changed
      for (std::size_t axis = 0; axis < rank; ++axis) {
        if (positions[i * rank + axis] >= dataset.shape()[axis]) {
          const array::Shape position(positions + i * rank, positions + (i + 1) * rank);
          invalid(name() + ": expected positions within " + array::to_string(dataset.shape()) + ", found " +
                  array::to_string(position));
        }
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(dataset.element(std::span(positions + i * rank, rank)), data + i * bytes, bytes);
    }
  }

 private:
  std::string name() const override { return "version " + stage_->name + ": " + path_; }
  versioned::StagedDataset& staged() { return stage_->open().dataset(path_); }

  std::shared_ptr<StageState> stage_;
  std::string path_;
};

versioned::EdgeCompression edge_compression(const std::string& name) {
  if (name == "none") return versioned::EdgeCompression::kNone;
  if (name == "trim") return versioned::EdgeCompression::kTrim;
  if (name == "deflate") return versioned::EdgeCompression::kDeflate;
  invalid("edge_compression: expected none, trim or deflate, found " + name);
}

std::unique_ptr<chunkmark_array> create_dataset(const std::shared_ptr<StageState>& state, const char* path,
                                                const char* text) {
  const Options options(text, "options of a dataset", {"shape", "dtype", "chunks", "compression", "edge_compression"});
  versioned::DatasetOptions made;
  const std::string dtype = options.text_or("dtype", "");
  const bool strings = dtype == "|O" || dtype == "str";
  made.type = strings ? versioned::string_type_message() : versioned::numpy_type_message(dtype);
  options.at("shape");
  made.shape = options.extents("shape");
  const std::uint32_t element_bytes = hdf5::parse_datatype(made.type, path).size;
  made.chunk = options.extents("chunks");
  if (made.chunk.empty()) made.chunk = versioned::default_chunk(made.shape, element_bytes);
  if (!strings) {
    made.filters = hdf5::parse_compression(options.text_or("compression", "none"), element_bytes,
                                           array::element_count(made.chunk) * element_bytes);
  }
  const std::string edges = options.text_or("edge_compression", "none");
  if (edges != "none" && (strings || !made.filters.empty())) {
    invalid("edge_compression: for datasets of fixed-size elements without compression");
  }
  made.edges = edge_compression(edges);
  const OpenFile::Use use(*state->file);
  state->open().create_dataset(clean_path(path), made);
  return std::make_unique<StagedArray>(state, clean_path(path));
}

json::object commit(StageState& state, const char* text) {
  const Options options(text, "options of a commit", {"message", "durability", "make_current", "time"});
  const std::string level = options.text_or("durability", "power_loss");
  const auto durability = bytes::parse_durability(level);
  if (!durability) invalid("durability: expected none, process_crash or power_loss, found " + level);
  const OpenFile::Use use(*state.file, true);
  versioned::Stage& stage = state.open();
  const std::string message = options.text_or("message", "");
  if (!message.empty()) stage.attributes("")["message"] = versioned::AttributeValue::text(message);
  versioned::CommitOptions how;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  how.time = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  if (const json::value* time = options.find("time"); time != nullptr && time->is_int64()) how.time = time->get_int64();
  how.durability = *durability;
  how.make_current = options.flag_or("make_current", true);
  const versioned::CommitSummary summary = state.file->writing(0).writer.commit(stage, how);
  state.stage.reset();
  state.file->changed();
  return {{"chunks_written", summary.chunks_written},
          {"chunks_found", summary.chunks_found},
          {"datasets_written", summary.datasets_written},
          {"datasets_unchanged", summary.datasets_unchanged}};
}

}  // namespace

versioned::Stage& StageState::open() {
  file->check_open();
  if (!stage) invalid("version " + name + ": it was committed; stage another one");
  return *stage;
}

}  // namespace chunkmark::c

using namespace chunkmark;
using c::guarded;
using c::OpenFile;

extern "C" {

chunkmark_status chunkmark_file_stage(chunkmark_file* file, const char* name, const char* text,
                                      chunkmark_stage** stage) {
  *stage = nullptr;
  return guarded([&] {
    const c::Options options(text, "options of a stage", {"parent", "wait_seconds"});
    const OpenFile::Use use(*file->file, true);
    versioned::Writer& writer = file->file->writing(options.number_or("wait_seconds", 0)).writer;
    auto state = std::make_shared<c::StageState>(c::StageState{file->file, std::nullopt, name});
    const json::value* parent = options.find("parent");
    if (parent == nullptr || parent->is_null()) {
      state->stage.emplace(writer.stage(name));
    } else {
      const std::string of = options.text_or("parent", "");
      state->stage.emplace(writer.stage(name, of.empty() ? "__first_version__" : of));
    }
    *stage = new chunkmark_stage{std::move(state)};
  });
}

void chunkmark_stage_free(chunkmark_stage* stage) {
  delete stage;
}

chunkmark_status chunkmark_stage_datasets(chunkmark_stage* stage, char** json) {
  *json = nullptr;
  return guarded([&] {
    const OpenFile::Use use(*stage->state->file);
    *json = c::given_json(json::value_from(stage->state->open().datasets()));
  });
}

chunkmark_status chunkmark_stage_dataset(chunkmark_stage* stage, const char* path, chunkmark_array** array) {
  *array = nullptr;
  return guarded([&] {
    const OpenFile::Use use(*stage->state->file);
    *array = std::make_unique<c::StagedArray>(stage->state, c::clean_path(path)).release();
  });
}

chunkmark_status chunkmark_stage_create_dataset(chunkmark_stage* stage, const char* path, const char* options,
                                                chunkmark_array** array) {
  *array = nullptr;
  return guarded([&] { *array = c::create_dataset(stage->state, path, options).release(); });
}

chunkmark_status chunkmark_stage_remove(chunkmark_stage* stage, const char* path) {
  return guarded([&] {
    const OpenFile::Use use(*stage->state->file);
    stage->state->open().remove(c::clean_path(path));
  });
}

chunkmark_status chunkmark_stage_commit(chunkmark_stage* stage, const char* options, char** summary) {
  if (summary != nullptr) *summary = nullptr;
  return guarded([&] {
    const json::object told = c::commit(*stage->state, options);
    if (summary != nullptr) *summary = c::given_json(told);
  });
}

}  // extern "C"
