#include "storage/codec/blosc_format.h"

#include <blosc.h>

#include "base/json_members.h"

namespace chunkmark::codec {

BloscHeader load_blosc_header(const std::byte* from) {
  BloscHeader header;
  header.version = load_le<std::uint8_t>(from);
  header.codec_version = load_le<std::uint8_t>(from + 1);
  header.flags = load_le<std::uint8_t>(from + 2);
  header.typesize = load_le<std::uint8_t>(from + 3);
  header.content_bytes = load_le<std::uint32_t>(from + 4);
  header.block_bytes = load_le<std::uint32_t>(from + 8);
  header.chunk_bytes = load_le<std::uint32_t>(from + 12);
  return header;
}

void store_blosc_header(const BloscHeader& header, std::byte* to) {
  store_le(to, header.version);
  store_le(to + 1, header.codec_version);
  store_le(to + 2, header.flags);
  store_le(to + 3, header.typesize);
  store_le(to + 4, header.content_bytes);
  store_le(to + 8, header.block_bytes);
  store_le(to + 12, header.chunk_bytes);
}

void check_blosc_header(const BloscHeader& header, std::uint64_t object_bytes, std::uint64_t content_bytes,
                        const std::string& object) {
  constexpr std::uint8_t kVersion = 2;
  if (header.version != kVersion) {
    refuse_corrupt(object, "blosc format version 2", std::to_string(header.version));
  }
  if (header.chunk_bytes > object_bytes) {
    refuse_corrupt(object, "the " + std::to_string(header.chunk_bytes) + " bytes of its blosc header",
                   std::to_string(object_bytes));
  }
  if (header.content_bytes != content_bytes) {
    refuse_corrupt(object, std::to_string(content_bytes) + " bytes of content",
                   std::to_string(header.content_bytes) + " in its blosc header");
  }
  if (header.typesize == 0) refuse_corrupt(object, "a blosc element size of at least 1", "0");
  if (header.memcpyed()) {
    if (header.chunk_bytes != content_bytes + kBloscHeaderBytes) {
      refuse_corrupt(object, std::to_string(content_bytes + kBloscHeaderBytes) + " bytes of uncompressed blosc",
                     std::to_string(header.chunk_bytes));
    }
    return;
  }
  if (header.block_bytes == 0 || header.block_bytes > header.content_bytes) {
    refuse_corrupt(object, "a blosc block size from 1 to " + std::to_string(header.content_bytes),
                   std::to_string(header.block_bytes));
  }
  const std::uint64_t table_end = kBloscHeaderBytes + kBloscStartBytes * header.blocks();
  if (header.chunk_bytes < table_end) {
    refuse_corrupt(
        object,
        "at least " + std::to_string(table_end) + " bytes for " + std::to_string(header.blocks()) + " blosc blocks",
        std::to_string(header.chunk_bytes));
  }
  constexpr const char* kCompressors[] = {"blosclz", "lz4", "snappy", "zlib", "zstd", "5", "6", "7"};
  const char* compressor = kCompressors[header.flags >> 5];
  if (!has_blosc_compressor(compressor)) refuse_unsupported(object, "blosc compressor", compressor);
}

bool has_blosc_compressor(const std::string& name) {
  return ::blosc_compname_to_compcode(name.c_str()) >= 0;
}

}  // namespace chunkmark::codec
