#include "native/cli/run_record.h"

#include "base/error.h"
#include "base/json_members.h"

namespace chunkmark::cli {

void check_run_schema(const json::value& record, const std::string& name) {
  const json::object* object = record.if_object();
  const json::value* schema = object != nullptr ? object->if_contains("schema") : nullptr;
  if (schema == nullptr || (schema->is_string() && schema->get_string() == kRunSchema)) return;
  throw Error(ErrorCode::kUnsupported,
              name + ": expected a run record of the schema " + kRunSchema + ", found " +
                  (schema->is_string() ? std::string(schema->get_string()) : excerpt(*schema)));
}

}  // namespace chunkmark::cli
