#include "storage/codec/blosc_codec.h"

namespace chunkmark::codec {

int blosc_shuffle(const BloscSettings& settings, std::size_t typesize) {
  if (settings.shuffle >= 0) return settings.shuffle;
  return typesize == 1 ? 2 : 1;
}

json::object BloscCodec::configuration(Dialect dialect) const {
  json::object settings{{"cname", settings_.compressor}, {"clevel", settings_.level}};
  if (dialect == Dialect::kNumcodecs) {
    settings["shuffle"] = settings_.shuffle;
  } else {
    constexpr const char* kNames[] = {"noshuffle", "shuffle", "bitshuffle"};
    settings["shuffle"] = kNames[blosc_shuffle(settings_, settings_.typesize)];
    settings["typesize"] = settings_.typesize;
  }
  settings["blocksize"] = settings_.block_bytes;
  return settings;
}

}  // namespace chunkmark::codec
