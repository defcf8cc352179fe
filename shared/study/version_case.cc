#include "study/version_case.h"

#include "base/error.h"
#include "base/json_members.h"

namespace chunkmark::study {

std::string VersionCase::name() const {
  const std::string text = workload + "-" + std::to_string(transactions) + "-" + std::to_string(chunk_size) + "-" +
                           compression + "-" + engine;
  return durability == "none" ? text : text + "-" + durability;
}

std::string mode_name(HistoryMode mode) {
  return mode == HistoryMode::kPublished ? "published" : "described";
}

json::object to_json(const VersionCase& version_case) {
  return {{"engine", version_case.engine},
          {"workload", version_case.workload},
          {"mode", mode_name(version_case.mode)},
          {"seed", version_case.seed},
          {"transactions", version_case.transactions},
          {"chunk_size", version_case.chunk_size},
          {"compression", version_case.compression},
          {"edges", version_case.edges},
          {"durability", version_case.durability},
          {"reads", version_case.reads}};
}

VersionCase version_case_from_json(const json::object& object) {
  constexpr char kName[] = "task";
  VersionCase version_case;
  version_case.engine = text_member(object, "engine", kName);
  version_case.workload = text_member(object, "workload", kName);
  const std::string mode = text_member(object, "mode", kName);
  if (mode != "published" && mode != "described") {
    throw Error(ErrorCode::kInvalidArgument, "task: expected \"mode\" to be published or described, found " + mode);
  }
  version_case.mode = mode == "published" ? HistoryMode::kPublished : HistoryMode::kDescribed;
  version_case.seed = unsigned_member(object, "seed", kName);
  version_case.transactions = unsigned_member(object, "transactions", kName);
  version_case.chunk_size = unsigned_member(object, "chunk_size", kName);
  version_case.compression = text_member(object, "compression", kName);
  version_case.edges = text_member(object, "edges", kName);
  version_case.durability = text_member(object, "durability", kName);
  version_case.reads = unsigned_member(object, "reads", kName);
  return version_case;
}

}  // namespace chunkmark::study
