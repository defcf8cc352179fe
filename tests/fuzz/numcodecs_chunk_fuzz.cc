// A chunk of one of numcodecs' codecs, of two in a row, or of strings: decoding refuses or fills the memory. The first
// byte chooses the codecs.
#include "chunk.h"
#include "storage/codec/element_filter.h"
#include "storage/codec/vlen.h"

using namespace chunkmark;

namespace {

constexpr const char* kCodecs[] = {R"({"id":"zlib"})",
                                   R"({"id":"bz2"})",
                                   R"({"id":"lz4"})",
                                   R"({"id":"lzma"})",
                                   R"({"id":"lzma","format":2})",
                                   R"({"id":"lzma","format":3,"filters":[{"id":3,"dist":4},{"id":33,"preset":1}]})",
                                   R"({"id":"shuffle","elementsize":4})",
                                   R"({"id":"shuffle","elementsize":7})",
                                   R"({"id":"adler32"})",
                                   R"({"id":"crc32","location":"end"})",
                                   R"({"id":"delta","dtype":"<f4","astype":"<i2"})",
                                   R"({"id":"fixedscaleoffset","dtype":">f4","astype":"<f2","offset":1,"scale":0})",
                                   R"({"id":"astype","decode_dtype":"<i4","encode_dtype":"<f8"})",
                                   R"({"id":"quantize","dtype":"<f4","digits":2})",
                                   R"({"id":"bitround","keepbits":3})"};

std::shared_ptr<const codec::Codec> made(std::size_t i) {
  const json::value parsed = parse_json(kCodecs[i % std::size(kCodecs)], "codec");
  const json::object& settings = parsed.get_object();
  const std::string_view id = settings.at("id").get_string();
  constexpr codec::Dialect kDialect = codec::Dialect::kNumcodecs;
  if (codec::is_filter_id(id)) return codec::make_filter(id, settings, kDialect, {fuzz::kFloat32, false}, "codec");
  return codec::make_codec(id, settings, kDialect, fuzz::kFloat32, "codec");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  codec::Chain chain;
  chain.codecs.push_back(made(data[0] & 15));
  if ((data[0] >> 4) < 8) chain.codecs.push_back(made(data[0] >> 4));
  try {
    InlineExecutor executor;
    const std::vector<std::byte> content =
        chain.decoded_copy(fuzz::Object(fuzz::bytes(data + 1, size - 1)), 1 << 20, executor);
    codec::parse_vlen(content, data[1], "input");
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
  fuzz::decode_chunk(std::move(chain), data + 1, size - 1);
  return 0;
}
