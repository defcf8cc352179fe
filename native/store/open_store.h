// Stores by URL: what a person types, a run's settings name and a task is given.
//
//   /path, path, file:///path   a folder of this machine, as it stands (no %-escapes)
//   memory:                     a new, empty store of this process, gone with it
//   s3://bucket/prefix          a bucket of an object store (native/s3/settings.h: which one, and as whom)
//   http://host/path, https://  what an HTTP server has there, for reading
//
// A new kind of store is a pair of files and one line of kSchemes in open_store.cc.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "bytes/durability.h"
#include "storage/store/store.h"

namespace chunkmark::store {

// Errors: kInvalidArgument for no URL that is known here, naming those that are; whatever the store throws.
std::unique_ptr<Store> open_store(const std::string& url, bytes::Durability durability);

// The folder that the URL names, for those who need a path: a process of another library. Empty for a store that is no
// folder. Errors: kInvalidArgument as above.
std::optional<std::filesystem::path> folder_of_store(const std::string& url);

}  // namespace chunkmark::store
