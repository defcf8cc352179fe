// Filter 32013, zfp: the filter's values hold what wrote them and then, as a zfp stream, the header with the chunk's
// type, shape and mode; the chunk is the stream without a header. Source: H5Z-ZFP 1.1.1, and zfp 1.0's zfp.h.
#include "storage/hdf5/filters.h"

#ifdef CHUNKMARK_HAS_ZFP
#include <zfp.h>

#include <cstring>
#include <memory>
#endif

namespace chunkmark::hdf5 {

#ifdef CHUNKMARK_HAS_ZFP

namespace {

template <auto close>
struct Close {
  template <typename T>
  void operator()(T* opened) const {
    close(opened);
  }
};
using BitStream = std::unique_ptr<bitstream, Close<stream_close>>;

// zfp's streams are read by words of 8 bytes, without a bound.
constexpr std::size_t kWordBytes = 8;

std::vector<std::uint64_t> words_of(ByteView bytes, std::size_t at_least) {
  std::vector<std::uint64_t> words(std::max(bytes.size(), at_least) / kWordBytes + 2);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

// The bytes of the field's elements, or more than `most`.
std::uint64_t field_bytes(const zfp_field& field, std::uint64_t most) {
  std::uint64_t bytes = zfp_type_size(field.type);
  for (const std::size_t dimension : {field.nx, field.ny, field.nz, field.nw}) {
    if (dimension == 0) continue;  // none
    if (dimension > most / bytes) return most + 1;
    bytes *= dimension;
  }
  return bytes;
}

}  // namespace

std::size_t decode_zfp(const Filter& filter, ByteView in, MutableByteView out, std::string_view what) {
  if (filter.values.size() < 2)
    corrupt(what, "zfp: " + std::to_string(filter.values.size()) + " filter values, expected its header");
  std::vector<std::uint64_t> header =
      words_of(std::as_bytes(std::span(filter.values).subspan(1)), ZFP_HEADER_MAX_BITS / 8);
  const BitStream header_bits(stream_open(header.data(), header.size() * kWordBytes));
  const std::unique_ptr<zfp_stream, Close<zfp_stream_close>> stream(zfp_stream_open(header_bits.get()));
  const std::unique_ptr<zfp_field, Close<zfp_field_free>> field(zfp_field_alloc());
  if (zfp_read_header(stream.get(), field.get(), ZFP_HEADER_FULL) == 0)
    corrupt(what, "zfp: the filter's values are no header that zfp " ZFP_VERSION_STRING " reads");
  const std::uint64_t bytes = field_bytes(*field, out.size());
  if (bytes > out.size())
    corrupt(what, "zfp: its header says more elements than the chunk's " + std::to_string(out.size()) + " bytes");
  // What it can read at most, zeros behind what is there: damaged bytes end in wrong elements, not outside.
  const std::size_t most = zfp_stream_maximum_size(stream.get(), field.get());
  if (most == 0 || most / 8 > out.size() + 4096) corrupt(what, "zfp: its header asks for an impossible stream");
  if (in.size() > most)
    corrupt(what, "zfp: " + std::to_string(in.size()) + " bytes, expected at most " + std::to_string(most));
  std::vector<std::uint64_t> words = words_of(in, most);
  const BitStream bits(stream_open(words.data(), words.size() * kWordBytes));
  zfp_stream_set_bit_stream(stream.get(), bits.get());
  std::vector<double> aligned;
  void* elements = out.data();
  if (reinterpret_cast<std::uintptr_t>(elements) % sizeof(double) != 0) {
    aligned.resize(bytes / sizeof(double) + 1);
    elements = aligned.data();
  }
  zfp_field_set_pointer(field.get(), elements);
  if (zfp_decompress(stream.get(), field.get()) == 0) corrupt(what, "zfp: the chunk cannot be decoded");
  if (!aligned.empty()) std::memcpy(out.data(), aligned.data(), bytes);
  return bytes;
}

#else

std::size_t decode_zfp(const Filter&, ByteView, MutableByteView, std::string_view what) {
  unsupported(what, "filter 32013 (zfp): this program was built without it");
}

#endif

}  // namespace chunkmark::hdf5
