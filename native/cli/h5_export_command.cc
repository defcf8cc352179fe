// chunkmark h5 export: datasets of a version as files that other programs read: .npy, or .json for variable-length
// strings.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/json.h"
#include "native/cli/h5_command.h"
#include "native/cli/h5_file.h"
#include "native/cli/text.h"
#include "native/os/file.h"
#include "native/os/files.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::cli {

namespace {

struct Options {
  std::string file, what, out;
  bool json = false;
};

// Written in slabs of whole rows: memory does not grow with the dataset.
constexpr std::uint64_t kSlabBytes = 16 << 20;

std::string python_dtype(const json::value& descr) {
  if (descr.is_string()) return "'" + std::string(descr.get_string()) + "'";
  std::string text = "[";
  for (const json::value& field : descr.get_array()) {
    const json::array& parts = field.get_array();
    text += "('" + std::string(parts[0].get_string()) + "', " + python_dtype(parts[1]);
    if (parts.size() > 2) {
      text += ", (";
      for (const json::value& extent : parts[2].get_array()) text += json::serialize(extent) + ",";
      text += ")";
    }
    text += "), ";
  }
  return text + "]";
}

// NumPy's .npy, version 2: magic, length of the header, a Python dictionary padded to 64 bytes, the elements.
std::vector<std::byte> npy_header(const versioned::VersionDataset& dataset) {
  std::string shape;
  for (const std::uint64_t extent : dataset.shape()) shape += std::to_string(extent) + ",";
  std::string header = "{'descr': " + python_dtype(numpy_descr(dataset.type())) +
                       ", 'fortran_order': False, 'shape': (" + shape + "), }";
  while ((12 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::vector<std::byte> bytes(12 + header.size());
  std::memcpy(bytes.data(), "\x93NUMPY\x02\x00", 8);
  store_le(bytes.data() + 8, static_cast<std::uint32_t>(header.size()));
  std::memcpy(bytes.data() + 12, header.data(), header.size());
  return bytes;
}

// Pieces of at most about a slab: along the first axis, or below it where one index of it is already too large.
void write_rows(const versioned::VersionDataset& dataset, array::Region region, std::size_t axis,
                std::vector<std::byte>& slab, os::File& out, std::uint64_t& at) {
  if (array::element_count(region.shape) == 0) return;
  std::uint64_t row = dataset.element_bytes();
  for (std::size_t i = axis + 1; i < region.shape.size(); ++i) row *= region.shape[i];
  if (row > kSlabBytes && axis + 1 < region.shape.size()) {
    array::Region one = region;
    one.shape[axis] = 1;
    for (std::uint64_t i = 0; i < region.shape[axis]; ++i, ++one.start[axis]) {
      write_rows(dataset, one, axis + 1, slab, out, at);
    }
    return;
  }
  // Whole chunks where they fit: none is decoded twice.
  const std::uint64_t rows = std::max<std::uint64_t>(1, kSlabBytes / row);
  const std::uint64_t chunk = dataset.chunk().empty() ? 1 : dataset.chunk()[axis];
  const std::uint64_t step = chunk <= rows ? rows / chunk * chunk : rows;
  const std::uint64_t end = region.start[axis] + region.shape[axis];
  for (std::uint64_t start = region.start[axis]; start < end; start += step) {
    region.start[axis] = start;
    region.shape[axis] = std::min(step, end - start);
    slab.resize(array::element_count(region.shape) * dataset.element_bytes());
    dataset.read(region, array::Dest::dense(slab.data(), dataset.dtype(), region.shape));
    out.write_at(at, slab);
    at += slab.size();
  }
}

void write_npy(const versioned::VersionDataset& dataset, os::File& out) {
  const std::vector<std::byte> header = npy_header(dataset);
  out.write_at(0, header);
  std::uint64_t at = header.size();
  std::vector<std::byte> slab;
  if (dataset.shape().empty()) {
    slab.resize(dataset.element_bytes());
    dataset.read_bytes(slab);
    out.write_at(at, slab);
    return;
  }
  write_rows(dataset, array::whole(dataset.shape()), 0, slab, out, at);
}

void write_texts(const versioned::VersionDataset& dataset, os::File& out) {
  std::uint64_t at = 0;
  std::string buffer = "{\"shape\": " + json::serialize(json::value_from(dataset.shape())) + ", \"data\": [";
  bool first = true;
  dataset.read_strings(array::whole(dataset.shape()), [&](std::string_view text) {
    buffer += (first ? "\n" : ",\n") + json::serialize(json::value(versioned::json_text(text)));
    first = false;
    if (buffer.size() > kSlabBytes) {
      out.write_at(at, as_byte_view(buffer));
      at += buffer.size();
      buffer.clear();
    }
  });
  buffer += "\n]}\n";
  out.write_at(at, as_byte_view(buffer));
}

// A name that promises the other format would be believed by whoever opens the file.
void check_name(const versioned::VersionDataset& dataset, const std::filesystem::path& out) {
  const bool texts = dataset.type().is_variable_string();
  if (out.extension() != (texts ? ".npy" : ".json")) return;
  throw Error(ErrorCode::kInvalidArgument,
              out.string() + ": " + dataset.path() +
                  (texts ? " has variable-length strings, which .npy does not hold"
                         : " has elements of fixed size, which are written as .npy") +
                  "; expected a name such as " +
                  std::filesystem::path(out).replace_extension(texts ? ".json" : ".npy").string());
}

void export_dataset(const versioned::VersionDataset& dataset, const std::filesystem::path& path) {
  check_name(dataset, path);
  os::NewFile whole(path);
  {
    os::File out(whole.temporary().string(), os::File::Mode::kCreate);
    if (dataset.type().is_variable_string()) {
      write_texts(dataset, out);
    } else if (dataset.type().has_references()) {
      hdf5::unsupported(dataset.path(), "elements with variable-length parts cannot be exported");
    } else {
      write_npy(dataset, out);
    }
  }
  whole.commit();
}

bool is_safe(const std::filesystem::path& path) {
  for (const std::filesystem::path& part : path) {
    if (part == "..") return false;
  }
  return path.is_relative();
}

int run_export(const Options& options) {
  H5File file(options.file);
  const VersionAndPath what = parse_version_and_path(options.what);
  const versioned::Version version = open_version(file.versions(), what.version);
  json::array written;
  const auto one = [&](const std::string& path, const std::filesystem::path& out) {
    os::refuse_overwriting(options.file, out);
    export_dataset(open_dataset(version, path), out);
    written.push_back(json::string(out.string()));
  };
  if (!what.path.empty()) {
    one(what.path, options.out);
  } else {
    for (const std::string& path : version.datasets()) {
      // Names come from the file: none may lead out of the folder.
      if (!is_safe(path)) throw Error(ErrorCode::kCorrupt, path + ": not a name that a file can have");
      const bool texts = version.dataset(path).type().is_variable_string();
      one(path, std::filesystem::path(options.out) / (path + (texts ? ".json" : ".npy")));
    }
  }
  if (options.json) {
    const json::object document{{"version", version.info().name}, {"files", std::move(written)}};
    std::fputs(pretty_json(document).c_str(), stdout);
  } else {
    for (const json::value& name : written) std::printf("%s\n", name.get_string().c_str());
  }
  return 0;
}

}  // namespace

void add_h5_export(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      h5.add_subcommand("export",
                        "Writes a dataset as NumPy's .npy, or as .json where its elements are variable-length\n"
                        "strings; or every dataset of a version into a folder.\n\n"
                        "  chunkmark h5 export prices.h5 r3:group/x -o x.npy\n"
                        "  chunkmark h5 export prices.h5 r3:names -o names.json\n"
                        "  chunkmark h5 export prices.h5 r3 -o r3/");
  command->add_option("file", options->file, "A versioned HDF5 file, or its URL in a bucket")->required();
  command->add_option("what", options->what, "VERSION, VERSION:PATH or :PATH")->required();
  command->add_option("-o,--out", options->out, "The file, or the folder for a whole version")->required();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_export(*options); }; });
}

}  // namespace chunkmark::cli
