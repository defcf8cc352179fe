// What the `h5` commands print of files without versions.
//
// Each returns the program's status. Errors: chunkmark::Error.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "storage/versioned/dump.h"

namespace chunkmark::cli {

// What a dataset of a dump is, in a line.
void print_dataset(std::string_view path, const json::object& facts);

int dump_plain(versioned::Session& session, const versioned::DumpOptions& dump, bool as_json);
// What differs between the datasets and attributes of two files, by path: shapes, types, hashes. 1 where anything does.
int diff_plain(const std::string& before, const std::string& after, bool anywhere, bool as_json);
int verify_plain(const std::string& file, versioned::Session& session, bool as_json);

}  // namespace chunkmark::cli
