#include "study/version_runner.h"

#include <array>
#include <chrono>
#include <cstring>
#include <functional>

#include "storage/hdf5/compression_text.h"
#include "storage/versioned/datatypes.h"
#include "storage/versioned/new_file.h"
#include "storage/versioned/patch_engine.h"
#include "storage/versioned/versioned_file.h"
#include "storage/versioned/writer.h"
#include "study/version_digest.h"
#include "study/version_transactions.h"

namespace chunkmark::study {
namespace {

// Versions in one file, by our writer.
class Replay {
 public:
  Replay(const VersionCase& version_case, bool is_traced, VersionPlace& place, const SetMark& mark)
      : task_(version_case),
        is_traced_(is_traced),
        place_(place),
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
    place_.close();
    json::object told;
    clock_.tell(told);
    told["file_bytes"] = place_.open()->size();
    if (!is_traced_) read(told);
    return told;
  }

 private:
  void begin(const VersionHistory& history) {
    bytes::Journal& file = place_.create(versioned::new_versioned_file(0));
    engine_ = std::make_unique<versioned::PatchEngine>(file, place_.fallback());
    writer_ = std::make_unique<versioned::Writer>(file, *engine_, place_.executor());
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
      const auto file = place_.open();
      versioned::VersionedFile versions(*file);
      read_version(versions, name_of(i), nullptr);
    };
    const auto file = place_.open();
    versioned::VersionedFile versions(*file);
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
      const auto opened = place_.open();
      versioned::VersionedFile file_of_versions(*opened);
      open_version(file_of_versions, name_of(task_.transactions));
    });
    told["read_latest_ms"] = timed(task_.reads, [&] { read_one(task_.transactions); });
    told["read_first_ms"] = timed(task_.reads, [&] { read_one(0); });
    told["read_middle_ms"] = timed(task_.reads, [&] { read_one(task_.transactions / 2); });
  }

  const VersionCase& task_;
  bool is_traced_;
  VersionPlace& place_;
  const SetMark& mark_;
  bytes::Durability durability_;
  TransactionClock clock_;
  std::int64_t time_ = 0;
  std::unique_ptr<versioned::PatchEngine> engine_;
  std::unique_ptr<versioned::Writer> writer_;
};

}  // namespace

json::object run_version_case(const VersionCase& version_case, bool is_traced, VersionPlace& place,
                              const SetMark& mark) {
  return Replay(version_case, is_traced, place, mark).run();
}

}  // namespace chunkmark::study
