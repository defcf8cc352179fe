// Files of a folder: regular files that really lie within it, whatever "..", links and pipes would lead to.
#pragma once

#include <filesystem>

#include "native/server/http.h"

namespace chunkmark::server {

// The file at `inside` of a folder (for "" and folders: their index.html), with an ETag that another file has not. A
// bundle whose name holds its hash is immutable. Not found: 404, which names what the request asks for.
Response file_in(const std::filesystem::path& folder, const std::string& inside, const Request& request);

Response not_found(const Request& request);

// By the end of a name.
std::string type_of_file(std::string_view name);

}  // namespace chunkmark::server
