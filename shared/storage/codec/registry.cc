#include "storage/codec/registry.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/blosc_codec.h"
#include "storage/codec/checksum.h"
#include "storage/codec/gzip_codec.h"
#include "storage/codec/zstd_codec.h"

namespace chunkmark::codec {
namespace {

using Made = std::shared_ptr<const Codec>;

bool bool_member_or(const json::object& settings, std::string_view key, bool otherwise, const std::string& document) {
  const json::value* value = settings.if_contains(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (!value->is_bool()) refuse_corrupt(document, "true or false as \"" + std::string(key) + "\"", excerpt(*value));
  return value->get_bool();
}

Made make_blosc(const json::object& settings, Dialect dialect, array::DType dtype, const std::string& document) {
  BloscSettings blosc;
  blosc.compressor = text_member(settings, "cname", document);
  constexpr std::string_view kCompressors[] = {"blosclz", "lz4", "lz4hc", "zlib", "zstd"};
  if (std::find(std::begin(kCompressors), std::end(kCompressors), blosc.compressor) == std::end(kCompressors)) {
    refuse_unsupported(document, "blosc compressor", blosc.compressor);
  }
  blosc.level = static_cast<int>(integer_member_or(settings, "clevel", 5, 0, 9, document));
  blosc.block_bytes = static_cast<unsigned>(integer_member_or(settings, "blocksize", 0, 0, 0x7fffffff, document));
  blosc.typesize = dtype.item_bytes;
  if (dialect == Dialect::kNumcodecs) {
    blosc.shuffle = static_cast<int>(integer_member_or(settings, "shuffle", 1, -1, 2, document));
    return std::make_shared<BloscCodec>(blosc);
  }
  const std::string shuffle = text_member(settings, "shuffle", document);
  constexpr std::string_view kShuffles[] = {"noshuffle", "shuffle", "bitshuffle"};
  const auto* found = std::find(std::begin(kShuffles), std::end(kShuffles), shuffle);
  if (found == std::end(kShuffles)) refuse_unsupported(document, "blosc shuffle", shuffle);
  blosc.shuffle = static_cast<int>(found - std::begin(kShuffles));
  blosc.typesize = static_cast<unsigned>(integer_member_or(settings, "typesize", dtype.item_bytes, 1, 255, document));
  return std::make_shared<BloscCodec>(blosc);
}

Made make_zstd(const json::object& settings, Dialect, array::DType, const std::string& document) {
  ZstdSettings zstd;
  zstd.level = static_cast<int>(integer_member_or(settings, "level", 0, -131072, 22, document));
  zstd.checksum = bool_member_or(settings, "checksum", false, document);
  return std::make_shared<ZstdCodec>(zstd);
}

Made make_gzip(const json::object& settings, Dialect, array::DType, const std::string& document) {
  return std::make_shared<GzipCodec>(
      GzipSettings{static_cast<int>(integer_member_or(settings, "level", 5, 0, 9, document))});
}

struct Entry {
  std::string_view name;
  Made (*make)(const json::object&, Dialect, array::DType, const std::string&);
};

Made make_checksum(const json::object&, Dialect, array::DType, const std::string&) {
  return std::make_shared<ChecksumCodec>();
}

constexpr std::array kCodecs = {Entry{"blosc", make_blosc}, Entry{"zstd", make_zstd}, Entry{"gzip", make_gzip},
                                Entry{kChecksumName, make_checksum}};

}  // namespace

Made make_codec(std::string_view name, const json::object& settings, Dialect dialect, array::DType dtype,
                const std::string& document) {
  for (const Entry& entry : kCodecs) {
    if (entry.name == name) return entry.make(settings, dialect, dtype, document);
  }
  refuse_unsupported(document, "codec", name);
}

std::vector<Made> default_codecs(std::string_view name, array::DType dtype) {
  if (name == "none") return {};
  json::object settings;
  if (name == "blosc") settings = {{"cname", "lz4"}, {"clevel", 5}, {"shuffle", 1}};
  return {make_codec(name, settings, Dialect::kNumcodecs, dtype, "--codec")};
}

}  // namespace chunkmark::codec
