// "adler32" and "crc32", as numcodecs has them: the sum of the content in 4 bytes, little endian, before it or
// (location "end") behind it.
//
// The content is summed first, then moved: twice through the array, and twice through the stored bytes. Scratch:
// kRawScratchBytes.
#pragma once

#include "storage/codec/codec.h"

namespace chunkmark::codec {

// `name` is one of the two. Errors: kCorrupt, naming `document`.
std::shared_ptr<const Codec> make_checksum32(std::string_view name, const json::object& settings,
                                             const std::string& document);

}  // namespace chunkmark::codec
