#include "native/study/version_replay.h"

#include <hdf5.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/json_members.h"
#include "native/os/file.h"
#include "native/os/files.h"
#include "native/os/journaled_file.h"
#include "storage/hdf5/compression_text.h"
#include "storage/hdf5_library/handle.h"
#include "storage/hdf5_library/library_engine.h"
#include "storage/versioned/datatypes.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/writer.h"
#include "study/version_digest.h"

namespace chunkmark::native_study {
namespace {

using hdf5_library::Handle;
using study::Change;
using study::HistoryArray;
using study::Transaction;
using study::VersionCase;
using study::VersionDigest;
using study::VersionHistory;

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

json::object timed(std::uint64_t repeat, const std::function<void()>& call) {
  std::vector<double> times;
  for (std::uint64_t i = 0; i < repeat; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    times.push_back(1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  return {{"median", times[times.size() / 2]}, {"min", times.front()}, {"max", times.back()}, {"repeat", repeat}};
}

// The changes that are replayed. What an engine moves and holds is to be told apart from what making them does: under
// the tracer they are made before.
class Transactions {
 public:
  explicit Transactions(const VersionCase& task)
      : history_(task.workload, task.mode, task.seed), count_(task.transactions) {}

  const VersionHistory& history() const { return history_; }
  void make_all() {
    for (std::uint64_t i = 0; i < count_; ++i) made_.push_back(history_.next());
  }
  const Transaction& next() {
    if (at_ == made_.size()) {
      now_ = history_.next();
      return now_;
    }
    return made_[at_++];
  }

 private:
  VersionHistory history_;
  std::uint64_t count_;
  std::vector<Transaction> made_;
  std::size_t at_ = 0;
  Transaction now_;
};

array::Shape chunk_of(const VersionCase& task, const HistoryArray& array) {
  return array::Shape(array.shape.size(), task.chunk_size);
}

// Versions in one file, by our writer.
class ChunkmarkReplay {
 public:
  ChunkmarkReplay(const VersionTask& task, const study::SetMark& mark)
      : task_(task.version_case),
        path_(task.file),
        is_traced_(task.trace),
        mark_(mark),
        durability_(bytes::parse_durability(task_.durability).value()) {}

  json::object run() {
    Transactions transactions(task_);
    clock_.time([&] { begin(transactions.history()); });
    if (is_traced_) transactions.make_all();
    mark_("begin");
    for (std::uint64_t i = 0; i < task_.transactions; ++i) {
      const Transaction& transaction = transactions.next();
      clock_.time([&] { commit(transaction); });
    }
    mark_("end");
    writer_.reset();
    engine_.reset();
    library_.reset();
    file_.reset();
    json::object told;
    clock_.tell(told);
    told["file_bytes"] = std::filesystem::file_size(path_);
    if (!is_traced_) read(told);
    return told;
  }

 private:
  void begin(const VersionHistory& history) {
    os::write_file(path_, as_text(versioned::new_versioned_file(0)));
    file_ = std::make_unique<os::JournaledFile>(path_);
    library_ = std::make_unique<hdf5_library::LibraryEngine>(file_->journal());
    engine_ = std::make_unique<versioned::PatchEngine>(file_->journal(), library_.get());
    writer_ = std::make_unique<versioned::Writer>(file_->journal(), *engine_);
    versioned::Stage stage = writer_->stage("r0");
    for (const HistoryArray& array : history.arrays()) {
      versioned::DatasetOptions options;
      options.type = versioned::numpy_type_message(array.is_float ? "<f8" : "<i8");
      options.shape = array.shape;
      options.chunk = chunk_of(task_, array);
      options.filters = hdf5::parse_compression(task_.compression, 8, 8 * array::element_count(options.chunk));
      if (options.filters.empty()) {
        options.edges = task_.edges == "trim"      ? versioned::EdgeCompression::kTrim
                        : task_.edges == "deflate" ? versioned::EdgeCompression::kDeflate
                                                   : versioned::EdgeCompression::kNone;
      }
      stage.create_dataset(array.path, options).write_bytes(bytes_of(array.elements));
    }
    writer_->commit(stage, {.time = 0, .durability = durability_});
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
    writer_->commit(stage, {.time = ++time_, .durability = durability_});
  }

  // What the article timed as reading: no element is read.
  static void open_version(versioned::VersionedFile& file, const std::string& name) {
    const versioned::Version version = file.open(name);
    for (const char* path : {"key0", "key1", "val"}) version.dataset(path);
  }

  static void read_version(versioned::VersionedFile& file, const std::string& name, VersionDigest* digest) {
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
      const os::File file(path_);
      versioned::VersionedFile versions(file);
      read_version(versions, name_of(i), nullptr);
    };
    const os::File file(path_);
    versioned::VersionedFile versions(file);
    const auto all = [&](const std::function<void(const std::string&)>& look) {
      const auto begin = std::chrono::steady_clock::now();
      for (std::uint64_t i = 0; i <= task_.transactions; ++i) look(name_of(i));
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    told["open_all_seconds"] = all([&](const std::string& name) { open_version(versions, name); });
    told["read_all_seconds"] = all([&](const std::string& name) { read_version(versions, name, nullptr); });
    json::array digests;
    for (std::uint64_t i = 0; i <= task_.transactions; ++i) {
      VersionDigest digest;
      read_version(versions, name_of(i), &digest);
      digests.emplace_back(digest.hex());
    }
    told["sha256"] = std::move(digests);
    told["open_latest_ms"] = timed(task_.reads, [&] {
      const os::File opened(path_);
      versioned::VersionedFile file_of_versions(opened);
      open_version(file_of_versions, name_of(task_.transactions));
    });
    told["read_latest_ms"] = timed(task_.reads, [&] { read_one(task_.transactions); });
    told["read_first_ms"] = timed(task_.reads, [&] { read_one(0); });
    told["read_middle_ms"] = timed(task_.reads, [&] { read_one(task_.transactions / 2); });
  }

  const VersionCase& task_;
  const std::string& path_;
  bool is_traced_;
  const study::SetMark& mark_;
  bytes::Durability durability_;
  Clock clock_;
  std::int64_t time_ = 0;
  std::unique_ptr<os::JournaledFile> file_;
  std::unique_ptr<hdf5_library::LibraryEngine> library_;
  std::unique_ptr<versioned::PatchEngine> engine_;
  std::unique_ptr<versioned::Writer> writer_;
};

void must(bool good, const char* what) {
  if (!good) throw Error(ErrorCode::kIo, std::string("hdf5: ") + what + " failed");
}

// Plain datasets, which the same changes are made to, by the HDF5 library as h5py calls it.
class PlainReplay {
 public:
  PlainReplay(const VersionTask& task, const study::SetMark& mark)
      : task_(task.version_case), path_(task.file), is_traced_(task.trace), mark_(mark) {}

  json::object run() {
    Transactions transactions(task_);
    Clock clock;
    clock.time([&] { begin(transactions.history()); });
    if (is_traced_) transactions.make_all();
    mark_("begin");
    for (std::uint64_t i = 0; i < task_.transactions; ++i) {
      const Transaction& transaction = transactions.next();
      clock.time([&] {
        for (const Change& change : transaction.changes) apply(change);
        must(H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0, "H5Fflush");
      });
    }
    mark_("end");
    for (Handle& dataset : datasets_) dataset = {};
    file_ = {};
    json::object told;
    clock.tell(told);
    told["file_bytes"] = std::filesystem::file_size(path_);
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    told["versions"] = {{"hdf5", std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release)}};
    if (is_traced_) return told;
    VersionDigest digest;
    read(&digest);
    told["sha256"] = json::array{json::value(digest.hex())};
    told["read_latest_ms"] = timed(task_.reads, [&] { read(nullptr); });
    return told;
  }

 private:
  static std::vector<hsize_t> sizes(const array::Shape& shape) { return {shape.begin(), shape.end()}; }

  void begin(const VersionHistory& history) {
    file_ = Handle(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
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

  void read(VersionDigest* digest) const {
    const Handle file(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
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

  const VersionCase& task_;
  const std::string& path_;
  bool is_traced_;
  const study::SetMark& mark_;
  Handle file_;
  std::array<Handle, 3> datasets_;
};

}  // namespace

json::object to_json(const VersionTask& task) {
  json::object members = to_json(task.version_case);
  members["file"] = task.file;
  members["trace"] = task.trace;
  return members;
}

VersionTask version_task_from_json(const json::object& object) {
  VersionTask task{study::version_case_from_json(object), text_member(object, "file", "task"), false};
  task.trace = member(object, "trace", "task").is_bool() && member(object, "trace", "task").get_bool();
  return task;
}

json::object replay(const VersionTask& task, const study::SetMark& mark) {
  return task.version_case.engine == "hdf5" ? PlainReplay(task, mark).run() : ChunkmarkReplay(task, mark).run();
}

}  // namespace chunkmark::native_study
