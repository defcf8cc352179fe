#include "study/copy_task.h"

#include "base/error.h"
#include "base/json_members.h"

namespace chunkmark::study {
namespace {

constexpr std::int64_t kMaxThreads = 64;

}  // namespace

json::object to_json(const CopyTask& task) {
  json::object object = to_json(task.copy_case);
  object["store"] = task.store;
  object["threads"] = task.threads;
  object["durability"] = task.durability;
  return object;
}

CopyTask copy_task_from_json(const json::value& value) {
  CopyTask task;
  task.copy_case = copy_case_from_json(value);
  try {
    const json::object& object = value.get_object();
    task.store = text_member(object, "store", "case");
    task.threads = static_cast<unsigned>(integer_member_or(object, "threads", task.threads, 1, kMaxThreads, "case"));
    if (object.contains("durability")) task.durability = text_member(object, "durability", "case");
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());
  }
  return task;
}

}  // namespace chunkmark::study
