// The codecs from bytes to bytes that Chunkmark has, by the names that metadata documents use. Filters:
// element_filter.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/codec/codec.h"

namespace chunkmark::codec {

// The codec `name` with its settings as a metadata document has them; in v3 also "numcodecs.NAME". Errors: kUnsupported
// for a name or a setting that Chunkmark does not have; kCorrupt for settings that make no sense, naming `document`.
std::shared_ptr<const Codec> make_codec(std::string_view name, const json::object& settings, Dialect dialect,
                                        array::DType dtype, const std::string& document);

// "numcodecs.NAME", by which v3 documents call numcodecs' codecs, and its NAME.
bool is_numcodecs(std::string_view v3_name);
std::string_view numcodecs_id(std::string_view v3_name);

// What a document calls it: v3 has names of its own for some, the others are "numcodecs.NAME" there.
std::string document_name(const Codec& codec, Dialect dialect);

// What the command line calls "none", "blosc" (lz4, level 5, byte shuffle), "zstd" (level 3), "gzip" (level 5) and
// "lz4": the defaults of the libraries that people use, for Chain::codecs. Errors: kUnsupported.
std::vector<std::shared_ptr<const Codec>> default_codecs(std::string_view name, array::DType dtype);

}  // namespace chunkmark::codec
