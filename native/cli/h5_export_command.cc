// chunkmark h5 export: datasets of a version as files that other programs read: .npy, or .json for variable-length
// strings.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/json.h"
#include "native/cli/h5_command.h"
#include "native/cli/h5_file.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "native/os/file.h"
#include "native/os/files.h"
#include "storage/hdf5/tree.h"
#include "storage/versioned/session.h"
#include "storage/versioned/value_json.h"

namespace chunkmark::cli {

namespace {

struct Options {
  std::string file, what, out;
  bool json = false, anywhere = false;
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
using Slab = std::function<void(ByteView)>;
void each_slab(const versioned::VersionDataset& dataset, array::Region region, std::size_t axis,
               std::vector<std::byte>& slab, const Slab& found) {
  if (array::element_count(region.shape) == 0) return;
  std::uint64_t row = dataset.element_bytes();
  for (std::size_t i = axis + 1; i < region.shape.size(); ++i) row *= region.shape[i];
  if (row > kSlabBytes && axis + 1 < region.shape.size()) {
    array::Region one = region;
    one.shape[axis] = 1;
    for (std::uint64_t i = 0; i < region.shape[axis]; ++i, ++one.start[axis]) {
      each_slab(dataset, one, axis + 1, slab, found);
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
    found(slab);
  }
}

void each_slab(const versioned::VersionDataset& dataset, const Slab& found) {
  std::vector<std::byte> slab;
  if (dataset.count() == 0) return;  // also where there is no shape
  if (!dataset.shape().empty()) return each_slab(dataset, array::whole(dataset.shape()), 0, slab, found);
  slab.resize(dataset.element_bytes());
  dataset.read_bytes(slab);
  found(slab);
}

void write_npy(const versioned::VersionDataset& dataset, os::File& out) {
  const std::vector<std::byte> header = npy_header(dataset);
  out.write_at(0, header);
  std::uint64_t at = header.size();
  each_slab(dataset, [&](ByteView slab) {
    out.write_at(at, slab);
    at += slab.size();
  });
}

// Elements that .npy does not hold: strings of any length, sequences, references.
bool is_json(const hdf5::Datatype& type) {
  return type.has_references() || type.type_class == hdf5::TypeClass::kReference;
}

// Collects text and writes it in pieces.
class JsonFile {
 public:
  explicit JsonFile(os::File& out) : out_(out) {}
  void write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() > kSlabBytes) flush();
  }
  void element(const json::value& value) {
    write((first_ ? "\n" : ",\n") + json::serialize(value));
    first_ = false;
  }
  void flush() {
    out_.write_at(at_, as_byte_view(buffer_));
    at_ += buffer_.size();
    buffer_.clear();
  }

 private:
  os::File& out_;
  std::uint64_t at_ = 0;
  std::string buffer_;
  bool first_ = true;
};

void write_json(const versioned::VersionDataset& dataset, versioned::Session& session, os::File& out) {
  JsonFile json(out);
  json.write("{\"shape\": " + json::serialize(json::value_from(dataset.shape())) + ", \"data\": [");
  if (dataset.type().is_variable_string()) {
    dataset.read_strings(array::whole(dataset.shape()),
                         [&](std::string_view text) { json.element(versioned::json_text(text)); });
  } else {
    each_slab(dataset, [&](ByteView slab) {
      for (std::size_t at = 0; at < slab.size(); at += dataset.element_bytes()) {
        json.element(
            versioned::element_json(dataset.type(), slab.subspan(at, dataset.element_bytes()), session.heap()));
      }
    });
  }
  json.write("\n]}\n");
  json.flush();
}

// A name that promises the other format would be believed by whoever opens the file.
void check_name(const versioned::VersionDataset& dataset, const std::filesystem::path& out) {
  const bool texts = is_json(dataset.type());
  if (out.extension() != (texts ? ".npy" : ".json")) return;
  throw Error(ErrorCode::kInvalidArgument,
              out.string() + ": " + dataset.path() +
                  (texts ? " has variable-length elements or references, which .npy does not hold"
                         : " has elements of fixed size, which are written as .npy") +
                  "; expected a name such as " +
                  std::filesystem::path(out).replace_extension(texts ? ".json" : ".npy").string());
}

void export_dataset(const versioned::VersionDataset& dataset, versioned::Session& session,
                    const std::filesystem::path& path) {
  check_name(dataset, path);
  os::NewFile whole(path);
  {
    os::File out(whole.temporary().string(), os::File::Mode::kCreate);
    is_json(dataset.type()) ? write_json(dataset, session, out) : write_npy(dataset, out);
  }
  whole.commit();
}

bool is_safe(const std::filesystem::path& path) {
  for (const std::filesystem::path& part : path) {
    if (part == "..") return false;
  }
  return path.is_relative();
}

// Of a file without versions: the dataset at a path, or, of the root or a group, all below it.
void export_plain(versioned::Session& session, const Options& options,
                  const std::function<void(const versioned::VersionDataset&, const std::filesystem::path&)>& one,
                  const std::function<void(const versioned::VersionDataset&)>& into_folder) {
  std::string path = options.what;
  while (path.starts_with(':') || path.starts_with('/')) path.erase(0, 1);
  const auto address = hdf5::Group::find_path(session.container(), path);
  if (!address) throw Error(ErrorCode::kNotFound, options.file + ": nothing at /" + path);
  if (hdf5::Dataset::is_dataset(hdf5::ObjectHeader::read(session.container(), *address))) {
    return one(versioned::VersionDataset(session, *address, path), options.out);
  }
  while (path.ends_with('/')) path.pop_back();
  hdf5::walk_tree(session.container(), path, *address, [&](const hdf5::TreeEntry& entry) {
    if (!entry.problem.empty()) throw Error(ErrorCode::kCorrupt, entry.path + ": " + entry.problem);
    if (entry.kind != hdf5::TreeEntry::Kind::kDataset) return;
    into_folder(versioned::VersionDataset(session, entry.address, entry.path));
  });
}

int run_export(const Options& options) {
  H5File file(options.file, true, H5File::Contents::kAny, options.anywhere);
  json::array written, left_out;
  const auto one = [&](const versioned::VersionDataset& dataset, const std::filesystem::path& out) {
    os::refuse_overwriting(options.file, out);
    export_dataset(dataset, file.session(), out);
    written.push_back(json::string(out.string()));
  };
  const auto into_folder = [&](const versioned::VersionDataset& dataset) {
    // Names come from the file: none may lead out of the folder.
    if (!is_safe(dataset.path())) {
      throw Error(ErrorCode::kCorrupt, dataset.path() + ": not a name that a file can have");
    }
    const std::string name = dataset.path() + (is_json(dataset.type()) ? ".json" : ".npy");
    try {
      one(dataset, std::filesystem::path(options.out) / name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported && error.code() != ErrorCode::kCorrupt) throw;
      left_out.push_back(json::string(error.what()));
    }
  };
  json::object document;
  if (!file.has_versions()) {
    export_plain(file.session(), options, one, into_folder);
  } else {
    const VersionAndPath what = parse_version_and_path(options.what);
    const versioned::Version version = open_version(file.versions(), what.version);
    document["version"] = version.info().name;
    if (!what.path.empty()) {
      one(open_dataset(version, what.path), options.out);
    } else {
      for (const std::string& path : version.datasets()) into_folder(version.dataset(path));
    }
  }
  if (options.json) {
    document["files"] = std::move(written);
    document["left_out"] = left_out;
    std::fputs(pretty_json(document).c_str(), stdout);
  } else {
    for (const json::value& name : written) std::printf("%s\n", name.get_string().c_str());
    for (const json::value& why : left_out) std::fprintf(stderr, "chunkmark: left out: %s\n", why.get_string().c_str());
  }
  return left_out.empty() ? 0 : 1;
}

}  // namespace

void add_h5_export(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      h5.add_subcommand("export",
                        "Writes a dataset as NumPy's .npy, or as .json where its elements are of variable length "
                        "or references; or every dataset of a version, or of a file without, into a folder.\n\n"
                        "  chunkmark h5 export prices.h5 r3:group/x -o x.npy\n"
                        "  chunkmark h5 export prices.h5 r3:names -o names.json\n"
                        "  chunkmark h5 export prices.h5 r3 -o r3/\n"
                        "  chunkmark h5 export plain.h5 /group/x -o x.npy\n"
                        "  chunkmark h5 export plain.h5 -o all/\n\n"
                        "Into a folder, what cannot be read is named and left out; the exit status is 1 then.");
  command->add_option("file", options->file, "An HDF5 file, or its URL: s3://, http:// or https://")->required();
  command->add_flag("--anywhere", options->anywhere, kAnywhere);
  command->add_option("what", options->what,
                      "VERSION, VERSION:PATH or :PATH (default: the current version); without versions: the PATH of a "
                      "dataset or group (default: all)");
  command->add_option("-o,--out", options->out, "The file, or the folder for a whole version")->required();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &run] { run = [options] { return run_export(*options); }; });
}

}  // namespace chunkmark::cli
