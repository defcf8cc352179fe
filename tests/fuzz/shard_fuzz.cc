// A shard: decoding refuses or fills the memory, and so does an update, whose shard is then read. The first byte
// chooses the chain.
#include "bytes/buffer_sink.h"
#include "bytes/memory_file.h"
#include "chunk.h"
#include "storage/codec/chain_document.h"
#include "storage/codec/sharding.h"

using namespace chunkmark;

namespace {

constexpr const char* kInner[] = {
    R"([{"name":"bytes","configuration":{"endian":"little"}}])",
    R"([{"name":"transpose","configuration":{"order":[1,0]}},{"name":"bytes","configuration":{"endian":"big"}},)"
    R"({"name":"zstd","configuration":{"level":1}}])",
    R"([{"name":"numcodecs.delta","configuration":{"dtype":"<i2"}},{"name":"bytes","configuration":{"endian":"little"}},)"
    R"({"name":"numcodecs.lz4","configuration":{}},{"name":"crc32c"}])",
    R"([{"name":"sharding_indexed","configuration":{"chunk_shape":[1,2],"codecs":[{"name":"bytes","configuration":)"
    R"({"endian":"little"}}],"index_codecs":[{"name":"bytes","configuration":{"endian":"big"}}],"index_location":"start"}}])"};

constexpr array::DType kInt16{array::Kind::kInt, 2};
const array::Shape kShape{6, 8};

codec::Chain chain_of(std::uint8_t choice) {
  const std::string index = R"({"name":"bytes","configuration":{"endian":"little"}})";
  const std::string text =
      std::string(R"([{"name":"sharding_indexed","configuration":{"chunk_shape":[3,4],"codecs":)") +
      kInner[choice & 3] + R"(,"index_codecs":[)" + index + ((choice & 4) != 0 ? R"(,{"name":"crc32c"})" : "") +
      R"(],"index_location":")" + ((choice & 8) != 0 ? "start" : "end") + R"("}})" +
      ((choice & 16) != 0 ? R"(,{"name":"zstd","configuration":{"level":1}})" : "") + "]";
  return codec::parse_chain(parse_json(text, "chain"), {kInt16, {}, "bytes", false}, "chain");
}

void decode(const codec::Chain& chain, const bytes::RandomAccess& object, const array::Region& region) {
  std::vector<std::byte> memory(array::element_count(region.shape) * kInt16.item_bytes);
  InlineExecutor executor;
  chain.decode(object, {array::Dest::dense(memory.data(), kInt16, region.shape), region, {kShape, false, {}}},
               executor);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const codec::Chain chain = chain_of(data[0]);
  const fuzz::Object object(fuzz::bytes(data + 1, size - 1));
  for (const array::Region& region : {array::whole(kShape), array::Region{{2, 3}, {2, 3}}}) {
    try {
      decode(chain, object, region);
    } catch (const Error& error) {
      if (!fuzz::is_refusal(error)) throw;
    }
  }
  if (!chain.updates_parts()) return 0;
  bytes::BufferSink sink("updated");
  const array::Region part{{2, 3}, {2, 3}};
  const std::vector<std::byte> memory(6 * kInt16.item_bytes);
  try {
    InlineExecutor executor;
    chain.sharding->update(&object,
                           {array::Source::dense(memory.data(), kInt16, part.shape), part, {kShape, false, {}}}, kShape,
                           sink, executor);
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
    return 0;
  }
  decode(chain, bytes::MemoryFile("updated", sink.take()), part);  // all of it has been written anew
  return 0;
}
