// Commits versions to a file as a script says: stage_script FILE SCRIPT.json DATA
//
// SCRIPT: {"commits": [{"name", "parent", "time", "steps": [..]}]}; a step is {"do", "path", ..}:
//   create {type (hex of a datatype message), shape, chunks, fill (hex), filters [[id, optional, [values]]], edges}
//   write {start, shape, at | strings}; set {index, at}; resize {shape}; delete; group; attribute {name, text |
//   integer}. With "dropped" true the version is staged and given up; with "current" false it does not become current.
// `at` is an offset in DATA, where the elements are dense. With "new" true the file is made first. Prints one line of
// JSON per commit, once it is durable.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "native/os/files.h"
#include "native/os/journaled_file.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/writer.h"

namespace chunkmark::versioned {
namespace {

std::string read_text(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorCode::kNotFound, path);
  return {std::istreambuf_iterator<char>(file), {}};
}

hdf5::Bytes from_hex(const json::value& hex) {
  hdf5::Bytes bytes;
  const std::string text(hex.as_string());
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

array::Shape shape_of(const json::value& value) {
  array::Shape shape;
  for (const json::value& extent : value.as_array()) shape.push_back(extent.to_number<std::uint64_t>());
  return shape;
}

DatasetOptions options_of(const json::object& step) {
  DatasetOptions options;
  options.type = from_hex(step.at("type"));
  options.shape = shape_of(step.at("shape"));
  options.chunk = shape_of(step.at("chunks"));
  options.fill = from_hex(step.at("fill"));
  for (const json::value& entry : step.at("filters").as_array()) {
    const json::array& parts = entry.as_array();
    hdf5::Filter filter{parts.at(0).to_number<std::uint16_t>(), parts.at(1).as_bool(), "", {}};
    for (const json::value& value : parts.at(2).as_array()) filter.values.push_back(value.to_number<std::uint32_t>());
    options.filters.push_back(filter);
  }
  const std::string edges(step.at("edges").as_string());
  options.edges = edges == "trim"      ? EdgeCompression::kTrim
                  : edges == "deflate" ? EdgeCompression::kDeflate
                                       : EdgeCompression::kNone;
  return options;
}

void run_step(Stage& stage, const json::object& step, const std::string& data) {
  const std::string what(step.at("do").as_string()), path(step.at("path").as_string());
  if (what == "create") {
    stage.create_dataset(path, options_of(step));
  } else if (what == "write") {
    const array::Region region{shape_of(step.at("start")), shape_of(step.at("shape"))};
    StagedDataset& dataset = stage.dataset(path);
    if (const json::value* strings = step.if_contains("strings")) {
      std::vector<std::string> values;
      for (const json::value& value : strings->as_array()) values.emplace_back(value.as_string());
      return dataset.write_strings(region, values);
    }
    const auto* from = reinterpret_cast<const std::byte*>(data.data()) + step.at("at").to_number<std::size_t>();
    dataset.write(region, array::Source::dense(from, dataset.dtype(), region.shape));
  } else if (what == "set") {
    StagedDataset& dataset = stage.dataset(path);
    std::memcpy(dataset.element(shape_of(step.at("index"))), data.data() + step.at("at").to_number<std::size_t>(),
                dataset.element_bytes());
  } else if (what == "resize") {
    stage.dataset(path).resize(shape_of(step.at("shape")));
  } else if (what == "delete") {
    stage.remove(path);
  } else if (what == "group") {
    stage.create_group(path);
  } else if (what == "attribute") {
    const json::value* text = step.if_contains("text");
    stage.attributes(path)[std::string(step.at("name").as_string())] =
        text ? AttributeValue::text(std::string(text->as_string()))
             : AttributeValue::integer(step.at("integer").to_number<std::int64_t>());
  } else {
    throw Error(ErrorCode::kInvalidArgument, "step " + what);
  }
}

void run(const char* path, const char* script_path, const char* data_path) {
  const json::value parsed = json::parse(read_text(script_path));
  const json::object& script = parsed.as_object();
  const std::string data = read_text(data_path);
  if (script.at("new").as_bool()) {
    const std::vector<std::byte> image = versioned::new_versioned_file(0);
    os::write_file(path, as_text(image));
  }
  os::JournaledFile file(path);
  hdf5_library::LibraryEngine library(file.journal());
  PatchEngine engine(file.journal(), &library);
  Writer writer(file.journal(), engine);
  for (const json::value& entry : script.at("commits").as_array()) {
    const json::object& commit = entry.as_object();
    Stage stage =
        writer.stage(std::string(commit.at("name").as_string()), std::string(commit.at("parent").as_string()));
    for (const json::value& step : commit.at("steps").as_array()) run_step(stage, step.as_object(), data);
    const auto is = [&](const char* fact, bool otherwise) {
      const json::value* found = commit.if_contains(fact);
      return found ? found->as_bool() : otherwise;
    };
    if (is("dropped", false)) continue;
    const CommitSummary summary =
        writer.commit(stage, {.time = commit.at("time").to_number<std::int64_t>(),
                              .durability = script.at("durable").as_bool() ? bytes::Durability::kPowerLoss
                                                                           : bytes::Durability::kProcessCrash,
                              .make_current = is("current", true)});
    std::printf("{\"name\": \"%s\", \"chunks\": %llu, \"found\": %llu}\n", stage.name().c_str(),
                static_cast<unsigned long long>(summary.chunks_written),
                static_cast<unsigned long long>(summary.chunks_found));
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace chunkmark::versioned

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    chunkmark::versioned::run(argv[1], argv[2], argv[3]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stage_script: %s\n", error.what());
    return 1;
  }
}
