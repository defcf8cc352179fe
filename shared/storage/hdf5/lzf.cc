// LZF, the filter that h5py brings (32000): one liblzf block a chunk.
//
// A control byte below 32 is followed by that many plus one literal bytes. Otherwise its upper three bits are
// a length (7: the next byte adds to it) and its lower five, with the next byte, a distance back.
#include <cstring>

#include "storage/hdf5/filters.h"

namespace chunkmark::hdf5 {

std::size_t decode_lzf(const Filter&, ByteView in, MutableByteView out, std::string_view what) {
  std::size_t at = 0, written = 0;
  const auto next = [&]() -> unsigned {
    if (at == in.size()) corrupt(what, "lzf: its " + std::to_string(in.size()) + " bytes end within a run");
    return std::to_integer<unsigned>(in[at++]);
  };
  while (at < in.size()) {
    const unsigned control = next();
    if (control < 32) {
      const std::size_t count = control + 1;
      if (count > in.size() - at) corrupt(what, "lzf: its " + std::to_string(in.size()) + " bytes end within a run");
      if (count > out.size() - written)
        corrupt(what, "lzf: decodes to more than the " + std::to_string(out.size()) + " bytes expected");
      std::memcpy(out.data() + written, in.data() + at, count);
      at += count;
      written += count;
      continue;
    }
    std::size_t count = (control >> 5) + 2;
    if (count == 9) count += next();
    const std::size_t distance = ((control & 31) << 8 | next()) + 1;
    if (distance > written)
      corrupt(what, "lzf: a match " + std::to_string(distance) + " bytes back, after " + std::to_string(written));
    if (count > out.size() - written)
      corrupt(what, "lzf: decodes to more than the " + std::to_string(out.size()) + " bytes expected");
    // Byte by byte: a match may overlap what it produces.
    for (std::size_t i = 0; i < count; ++i, ++written) out[written] = out[written - distance];
  }
  return written;
}

}  // namespace chunkmark::hdf5
