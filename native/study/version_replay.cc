#include "native/study/version_replay.h"

#include <hdf5.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/json_members.h"
#include "native/os/file.h"
#include "native/os/files.h"
#include "native/os/journaled_file.h"
#include "native/os/thread_executor.h"
#include "storage/hdf5_library/handle.h"
#include "storage/hdf5_library/library_engine.h"
#include "study/version_digest.h"
#include "study/version_runner.h"
#include "study/version_transactions.h"

namespace chunkmark::native_study {
namespace {

using hdf5_library::Handle;
using study::bytes_of;
using study::Change;
using study::chunk_of;
using study::HistoryArray;
using study::timed;
using study::Transaction;
using study::Transactions;
using study::VersionCase;
using study::VersionDigest;
using study::VersionHistory;

// A file on this machine's disk, and the HDF5 library where our engine does not know its layout.
class LocalPlace final : public study::VersionPlace {
 public:
  explicit LocalPlace(std::string path) : path_(std::move(path)) {}

  bytes::Journal& create(ByteView content) override {
    os::write_file(path_, as_text(content));
    file_ = std::make_unique<os::JournaledFile>(path_);
    library_ = std::make_unique<hdf5_library::LibraryEngine>(file_->journal());
    return file_->journal();
  }
  versioned::CommitEngine* fallback() override { return library_.get(); }
  void close() override {
    library_.reset();
    file_.reset();
  }
  Executor* executor() override { return &executor_; }
  std::unique_ptr<bytes::RandomAccess> open() override { return std::make_unique<os::File>(path_); }

 private:
  std::string path_;
  os::ThreadExecutor executor_{os::machine_lanes()};
  std::unique_ptr<os::JournaledFile> file_;
  std::unique_ptr<hdf5_library::LibraryEngine> library_;
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
    study::TransactionClock clock;
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
  if (task.version_case.engine == "hdf5") return PlainReplay(task, mark).run();
  LocalPlace place(task.file);
  return run_version_case(task.version_case, task.trace, place, mark);
}

}  // namespace chunkmark::native_study
