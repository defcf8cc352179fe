#include "native/cli/version_replay.h"

#include <hdf5.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/json_members.h"
#include "native/cli/compression_text.h"
#include "native/os/file.h"
#include "native/os/files.h"
#include "native/os/journaled_file.h"
#include "storage/hdf5_library/handle.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/datatypes.h"
#include "storage/versioned/sha256.h"
#include "storage/versioned/writer.h"

namespace chunkmark::cli {
namespace {

using hdf5_library::Handle;
using study::Change;
using study::HistoryArray;
using study::Transaction;
using study::VersionHistory;

// "(5000,)", "(30, 30)": as Python writes a shape, which the digests have before the bytes.
std::string python_text(const array::Shape& shape) {
  std::string text;
  for (const std::uint64_t extent : shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "(" + text + (shape.size() == 1 ? ",)" : ")");
}

class Digest {
 public:
  void add(const array::Shape& shape, ByteView bytes) {
    sum_.update(as_byte_view(python_text(shape)));
    sum_.update(bytes);
  }
  std::string hex() { return versioned::to_hex(sum_.digest()); }

 private:
  versioned::Sha256 sum_;
};

ByteView bytes_of(const std::vector<std::uint64_t>& elements) {
  return std::as_bytes(std::span(elements));
}

// Elapsed and processor time of each transaction.
class Clock {
 public:
  void time(const std::function<void()>& call) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    call();
    seconds_.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    processor_.push_back(static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC);
  }
  void tell(json::object& told) const {
    told["seconds"] = json::value_from(seconds_);
    told["processor"] = json::value_from(processor_);
  }

 private:
  std::vector<double> seconds_, processor_;
};

json::object timed(unsigned repeat, const std::function<void()>& call) {
  std::vector<double> times;
  for (unsigned i = 0; i < repeat; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    times.push_back(1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return {{"median", times[times.size() / 2]}, {"min", times.front()}, {"max", times.back()}, {"repeat", repeat}};
}

array::Shape chunk_of(const VersionTask& task, const HistoryArray& array) {
  return array::Shape(array.shape.size(), task.chunk_size);
}

// Versions in one file, by our writer.
class ChunkmarkReplay {
 public:
  explicit ChunkmarkReplay(const VersionTask& task) : task_(task) {}

  json::object run() {
    VersionHistory history(task_.workload, task_.mode, task_.seed);
    json::object told;
    {
      clock_.time([&] { begin(history); });
      for (std::uint64_t i = 0; i < task_.transactions; ++i) {
        const Transaction transaction = history.next();
        clock_.time([&] { commit(transaction); });
      }
      engine_.reset();
      writer_.reset();
      file_.reset();
    }
    clock_.tell(told);
    told["file_bytes"] = std::filesystem::file_size(task_.file);
    read(told);
    return told;
  }

 private:
  void begin(const VersionHistory& history) {
    os::write_file(task_.file, as_text(hdf5_library::new_versioned_file(0)));
    file_ = std::make_unique<os::JournaledFile>(task_.file);
    engine_ = std::make_unique<hdf5_library::LibraryEngine>(file_->journal());
    writer_ = std::make_unique<versioned::Writer>(file_->journal(), *engine_);
    versioned::Stage stage = writer_->stage("r0");
    for (const HistoryArray& array : history.arrays()) {
      versioned::DatasetOptions options;
      options.type = versioned::numpy_type_message(array.is_float ? "<f8" : "<i8");
      options.shape = array.shape;
      options.chunk = chunk_of(task_, array);
      options.filters = parse_compression(task_.compression, 8, 8 * array::element_count(options.chunk));
      if (options.filters.empty()) {
        options.edges = task_.edges == "trim"      ? versioned::EdgeCompression::kTrim
                        : task_.edges == "deflate" ? versioned::EdgeCompression::kDeflate
                                                   : versioned::EdgeCompression::kNone;
      }
      stage.create_dataset(array.path, options).write_bytes(bytes_of(array.elements));
    }
    writer_->commit(stage, {.time = 0, .durability = task_.durability});
  }

  void commit(const Transaction& transaction) {
    static constexpr std::array kPaths{"key0", "key1", "val"};
    versioned::Stage stage = writer_->stage(transaction.name);
    for (const Change& change : transaction.changes) {
      versioned::StagedDataset& dataset = stage.dataset(kPaths[change.dataset]);
      switch (change.kind) {
        case Change::Kind::kResize:
          dataset.resize(change.shape);
          break;
        case Change::Kind::kWrite:
          dataset.write({change.start, change.shape},
                        array::Source::dense(bytes_of(change.elements).data(), dataset.dtype(), change.shape));
          break;
        case Change::Kind::kSet: {
          const std::size_t rank = dataset.shape().size();
          for (std::size_t i = 0; i < change.elements.size(); ++i) {
            std::memcpy(dataset.element(std::span(change.positions).subspan(i * rank, rank)), &change.elements[i], 8);
          }
          break;
        }
      }
    }
    writer_->commit(stage, {.time = ++time_, .durability = task_.durability});
  }

  static void read_version(versioned::VersionedFile& file, const std::string& name, Digest* digest) {
    const versioned::Version version = file.open(name);
    for (const char* path : {"key0", "key1", "val"}) {
      const versioned::VersionDataset dataset = version.dataset(path);
      std::vector<std::uint64_t> elements(dataset.count());
      dataset.read_bytes(std::as_writable_bytes(std::span(elements)));
      if (digest != nullptr) digest->add(dataset.shape(), bytes_of(elements));
    }
  }

  void read(json::object& told) const {
    const auto name_of = [](std::uint64_t i) { return "r" + std::to_string(i); };
    const auto read_one = [&](std::uint64_t i) {
      const os::File file(task_.file);
      versioned::VersionedFile versions(file);
      read_version(versions, name_of(i), nullptr);
    };
    const os::File file(task_.file);
    versioned::VersionedFile versions(file);
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i <= task_.transactions; ++i) read_version(versions, name_of(i), nullptr);
    told["read_all_seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    json::array digests;
    for (std::uint64_t i = 0; i <= task_.transactions; ++i) {
      Digest digest;
      read_version(versions, name_of(i), &digest);
      digests.emplace_back(digest.hex());
    }
    told["sha256"] = std::move(digests);
    told["read_latest_ms"] = timed(task_.reads, [&] { read_one(task_.transactions); });
    told["read_first_ms"] = timed(task_.reads, [&] { read_one(0); });
    told["read_middle_ms"] = timed(task_.reads, [&] { read_one(task_.transactions / 2); });
  }

  const VersionTask& task_;
  Clock clock_;
  std::int64_t time_ = 0;
  std::unique_ptr<os::JournaledFile> file_;
  std::unique_ptr<hdf5_library::LibraryEngine> engine_;
  std::unique_ptr<versioned::Writer> writer_;
};

void must(bool good, const char* what) {
  if (!good) throw Error(ErrorCode::kIo, std::string("hdf5: ") + what + " failed");
}

// Plain datasets, which the same changes are made to, by the HDF5 library as h5py calls it.
class PlainReplay {
 public:
  explicit PlainReplay(const VersionTask& task) : task_(task) {
    if (task.compression != "none" && task.compression != "gzip") {
      throw Error(ErrorCode::kUnsupported,
                  "hdf5: expected compression none or gzip, which the library has itself, found " + task.compression);
    }
  }

  json::object run() {
    VersionHistory history(task_.workload, task_.mode, task_.seed);
    Clock clock;
    clock.time([&] { begin(history); });
    for (std::uint64_t i = 0; i < task_.transactions; ++i) {
      const Transaction transaction = history.next();
      clock.time([&] {
        for (const Change& change : transaction.changes) apply(change);
        must(H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0, "H5Fflush");
      });
    }
    for (Handle& dataset : datasets_) dataset = {};
    file_ = {};
    json::object told;
    clock.tell(told);
    told["file_bytes"] = std::filesystem::file_size(task_.file);
    Digest digest;
    read(&digest);
    told["sha256"] = json::array{json::value(digest.hex())};
    told["read_latest_ms"] = timed(task_.reads, [&] { read(nullptr); });
    return told;
  }

 private:
  static std::vector<hsize_t> sizes(const array::Shape& shape) { return {shape.begin(), shape.end()}; }

  void begin(const VersionHistory& history) {
    file_ = Handle(H5Fcreate(task_.file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    must(file_ >= 0, "H5Fcreate");
    for (std::size_t i = 0; i < datasets_.size(); ++i) {
      const HistoryArray& array = history.arrays()[i];
      const int rank = static_cast<int>(array.shape.size());
      const std::vector<hsize_t> unlimited(array.shape.size(), H5S_UNLIMITED);
      const Handle space(H5Screate_simple(rank, sizes(array.shape).data(), unlimited.data()), H5Sclose);
      const Handle plist(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
      must(H5Pset_chunk(plist, rank, sizes(chunk_of(task_, array)).data()) >= 0, "H5Pset_chunk");
      if (task_.compression == "gzip")
        must(H5Pset_shuffle(plist) >= 0 && H5Pset_deflate(plist, 4) >= 0, "H5Pset_deflate");
      datasets_[i] =
          Handle(H5Dcreate2(file_, array.path.c_str(), type(i), space, H5P_DEFAULT, plist, H5P_DEFAULT), H5Dclose);
      must(datasets_[i] >= 0, "H5Dcreate2");
      must(H5Dwrite(datasets_[i], type(i), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.elements.data()) >= 0, "H5Dwrite");
    }
    must(H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0, "H5Fflush");
  }

  void apply(const Change& change) {
    const Handle& dataset = datasets_[change.dataset];
    if (change.kind == Change::Kind::kResize) {
      must(H5Dset_extent(dataset, sizes(change.shape).data()) >= 0, "H5Dset_extent");
      return;
    }
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const hsize_t count = change.elements.size();
    const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
    if (change.kind == Change::Kind::kWrite) {
      must(H5Sselect_hyperslab(space, H5S_SELECT_SET, sizes(change.start).data(), nullptr, sizes(change.shape).data(),
                               nullptr) >= 0,
           "H5Sselect_hyperslab");
    } else {
      must(H5Sselect_elements(space, H5S_SELECT_SET, change.elements.size(), sizes(change.positions).data()) >= 0,
           "H5Sselect_elements");
    }
    must(H5Dwrite(dataset, type(change.dataset), memory, space, H5P_DEFAULT, change.elements.data()) >= 0, "H5Dwrite");
  }

  void read(Digest* digest) const {
    const Handle file(H5Fopen(task_.file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    must(file >= 0, "H5Fopen");
    static constexpr std::array kPaths{"key0", "key1", "val"};
    for (std::size_t i = 0; i < kPaths.size(); ++i) {
      const Handle dataset(H5Dopen2(file, kPaths[i], H5P_DEFAULT), H5Dclose);
      const Handle space(H5Dget_space(dataset), H5Sclose);
      std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
      H5Sget_simple_extent_dims(space, extents.data(), nullptr);
      const array::Shape shape(extents.begin(), extents.end());
      std::vector<std::uint64_t> elements(array::element_count(shape));
      must(H5Dread(dataset, type(i), H5S_ALL, H5S_ALL, H5P_DEFAULT, elements.data()) >= 0, "H5Dread");
      if (digest != nullptr) digest->add(shape, bytes_of(elements));
    }
  }

  static hid_t type(std::size_t dataset) { return dataset == 2 ? H5T_IEEE_F64LE : H5T_STD_I64LE; }

  const VersionTask& task_;
  Handle file_;
  std::array<Handle, 3> datasets_;
};

}  // namespace

json::object to_json(const VersionTask& task) {
  return {{"engine", task.engine},
          {"workload", task.workload},
          {"mode", task.mode == study::HistoryMode::kPublished ? "published" : "described"},
          {"seed", task.seed},
          {"transactions", task.transactions},
          {"chunk_size", task.chunk_size},
          {"compression", task.compression},
          {"edges", task.edges},
          {"file", task.file},
          {"durability", bytes::durability_name(task.durability)},
          {"reads", task.reads}};
}

VersionTask version_task_from_json(const json::object& object) {
  VersionTask task;
  task.engine = text_member(object, "engine", "task");
  task.workload = text_member(object, "workload", "task");
  task.mode = text_member(object, "mode", "task") == "published" ? study::HistoryMode::kPublished
                                                                 : study::HistoryMode::kDescribed;
  task.seed = unsigned_member(object, "seed", "task");
  task.transactions = unsigned_member(object, "transactions", "task");
  task.chunk_size = unsigned_member(object, "chunk_size", "task");
  task.compression = text_member(object, "compression", "task");
  task.edges = text_member(object, "edges", "task");
  task.file = text_member(object, "file", "task");
  task.reads = static_cast<unsigned>(unsigned_member(object, "reads", "task"));
  const auto durability = bytes::parse_durability(text_member(object, "durability", "task"));
  if (!durability) throw Error(ErrorCode::kInvalidArgument, "task: expected a durability that is known");
  task.durability = *durability;
  return task;
}

json::object replay(const VersionTask& task) {
  return task.engine == "hdf5" ? PlainReplay(task).run() : ChunkmarkReplay(task).run();
}

std::vector<std::string> expected_digests(const VersionTask& task) {
  VersionHistory history(task.workload, task.mode, task.seed);
  std::vector<std::string> digests;
  for (std::uint64_t i = 0; i <= task.transactions; ++i) {
    if (i > 0) history.next();
    Digest digest;
    for (const HistoryArray& array : history.arrays()) digest.add(array.shape, bytes_of(array.elements));
    digests.push_back(digest.hex());
  }
  return digests;
}

}  // namespace chunkmark::cli
