// Objects from one store to another: what a site takes of runs, and a run's files on their way into a bucket.
#pragma once

#include <string>
#include <vector>

#include "storage/store/store.h"

namespace chunkmark::cli {

// Every object below `prefix`, sorted, by its key without the prefix.
std::vector<std::string> keys_below(store::Store& store, const std::string& prefix);

// Into the sink, which is committed. Holds a piece of 1 MiB. Errors: kNotFound; those of both sides.
void copy_object(store::Store& from, const std::string& key, bytes::Sink& to);

}  // namespace chunkmark::cli
