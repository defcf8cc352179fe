#include "storage/codec/registry.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/blosc_codec.h"
#include "storage/codec/blosc_format.h"
#include "storage/codec/buffer_codec.h"
#include "storage/codec/checksum.h"
#include "storage/codec/checksum32.h"
#include "storage/codec/gzip_codec.h"
#include "storage/codec/stream_codec.h"
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
  if (!has_blosc_compressor(blosc.compressor)) refuse_unsupported(document, "blosc compressor", blosc.compressor);
  blosc.level = static_cast<int>(integer_member_or(settings, "clevel", 5, 0, 9, document));
  blosc.block_bytes = static_cast<unsigned>(integer_member_or(settings, "blocksize", 0, 0, 0x7fffffff, document));
  blosc.typesize = dtype.item_bytes <= 255 ? dtype.item_bytes : 1;  // as the library has it
  if (dialect == Dialect::kNumcodecs) {
    blosc.shuffle = static_cast<int>(integer_member_or(settings, "shuffle", 1, -1, 2, document));
    return std::make_shared<BloscCodec>(blosc);
  }
  const std::string shuffle = text_member(settings, "shuffle", document);
  constexpr std::string_view kShuffles[] = {"noshuffle", "shuffle", "bitshuffle"};
  const auto* found = std::find(std::begin(kShuffles), std::end(kShuffles), shuffle);
  if (found == std::end(kShuffles)) refuse_unsupported(document, "blosc shuffle", shuffle);
  blosc.shuffle = static_cast<int>(found - std::begin(kShuffles));
  blosc.typesize = static_cast<unsigned>(integer_member_or(settings, "typesize", blosc.typesize, 1, 255, document));
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

Made make_checksum(const json::object& settings, Dialect, array::DType, const std::string& document) {
  if (settings.contains("location") && text_member(settings, "location", document) != "end") {
    refuse_unsupported(document, "crc32c location", text_member(settings, "location", document));
  }
  return std::make_shared<ChecksumCodec>();
}

// Those whose settings are all that they are made of.
template <Made (*make)(const json::object&, const std::string&)>
Made make_of(const json::object& settings, Dialect, array::DType, const std::string& document) {
  return make(settings, document);
}

Made make_byte_shuffle(const json::object& settings, Dialect dialect, array::DType dtype, const std::string& document) {
  return make_shuffle(settings, dialect == Dialect::kV3 ? dtype.item_bytes : 4, document);
}

template <bool is_crc>
Made make_sum(const json::object& settings, Dialect, array::DType, const std::string& document) {
  return make_checksum32(is_crc ? "crc32" : "adler32", settings, document);
}

struct Entry {
  std::string_view name;
  Made (*make)(const json::object&, Dialect, array::DType, const std::string&);
  bool in_v3 = false;  // by this name
};

constexpr std::array kCodecs = {
    Entry{"blosc", make_blosc, true},          Entry{"zstd", make_zstd, true},    Entry{"gzip", make_gzip, true},
    Entry{kChecksumName, make_checksum, true}, Entry{"zlib", make_of<make_zlib>}, Entry{"bz2", make_of<make_bz2>},
    Entry{"lzma", make_of<make_lzma>},         Entry{"lz4", make_of<make_lz4>},   Entry{"shuffle", make_byte_shuffle},
    Entry{"adler32", make_sum<false>},         Entry{"crc32", make_sum<true>}};

constexpr std::string_view kNumcodecsPrefix = "numcodecs.";

}  // namespace

Made make_codec(std::string_view name, const json::object& settings, Dialect dialect, array::DType dtype,
                const std::string& document) {
  std::string_view id = name;
  if (dialect == Dialect::kV3 && is_numcodecs(name)) id = numcodecs_id(name);
  for (const Entry& entry : kCodecs) {
    if (entry.name != id) continue;
    if (dialect == Dialect::kV3 && id == name && !entry.in_v3) break;
    // Of those that v3 has by both names, the settings are in the words of the name.
    return entry.make(settings, entry.in_v3 && id != name ? Dialect::kNumcodecs : dialect, dtype, document);
  }
  refuse_unsupported(document, "codec", name);
}

bool is_numcodecs(std::string_view v3_name) {
  return v3_name.starts_with(kNumcodecsPrefix);
}

std::string_view numcodecs_id(std::string_view v3_name) {
  return v3_name.substr(kNumcodecsPrefix.size());
}

std::string document_name(const Codec& codec, Dialect dialect) {
  std::string name(codec.name());
  if (dialect == Dialect::kNumcodecs) return name;
  const auto* found = std::find_if(kCodecs.begin(), kCodecs.end(), [&](const Entry& e) { return e.name == name; });
  return found != kCodecs.end() && found->in_v3 ? name : std::string(kNumcodecsPrefix) + name;
}

std::vector<Made> default_codecs(std::string_view name, array::DType dtype) {
  if (name == "none") return {};
  json::object settings;
  if (name == "blosc") settings = {{"cname", "lz4"}, {"clevel", 5}, {"shuffle", 1}};
  return {make_codec(name, settings, Dialect::kNumcodecs, dtype, "codec")};
}

}  // namespace chunkmark::codec
