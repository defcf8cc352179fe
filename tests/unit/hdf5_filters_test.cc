// bitshuffle and blosc2 against bytes that others made: an encoder written here bit by bit, and the library's own
// frames.
#include <zlib.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#ifdef CHUNKMARK_HAS_ZFP
#include <zfp.h>
#endif

#include "storage/array/box.h"
#include "storage/hdf5/filters.h"
#include "storage/hdf5/trimmed_chunk.h"
#include "unit/catch.h"
#include "unit/hdf5_encoders.h"

namespace chunkmark::hdf5 {
namespace {

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::kIo;
}

TEST_CASE("bitshuffle gives back what an encoder that goes bit by bit was given") {
  struct Row {
    std::size_t elements, element_bytes;
    std::uint32_t block_elements;  // 0: the default
  };
  const Row rows[] = {{8, 1, 8},     {7, 4, 8},     {1, 2, 0},    {64, 8, 16},     {65, 8, 16},
                      {1000, 3, 24}, {700, 4, 0},   {4096, 8, 0}, {5000, 2, 0},    {2051, 5, 0},
                      {24, 16, 8},   {300, 300, 0}, {9000, 1, 0}, {16, 4, 1 << 20}};
  for (const std::uint32_t compressor : {0u, 2u, 3u}) {
    for (const Row& row : rows) {
      CAPTURE(compressor, row.elements, row.element_bytes, row.block_elements);
      const Bytes data = noise(row.elements * row.element_bytes);
      const std::size_t usual = std::max<std::size_t>(8192 / row.element_bytes / 8 * 8, 128);
      const std::size_t block = row.block_elements == 0 ? usual : row.block_elements;
      const Bytes stored = bitshuffled(data, row.element_bytes, block, compressor);
      const Filter filter{
          32008, true, "", {0, 4, static_cast<std::uint32_t>(row.element_bytes), row.block_elements, compressor}};
      Bytes out(data.size() + 5);  // a later filter's checksum may need more than the chunk
      REQUIRE(decode_bitshuffle(filter, stored, out, "t") == data.size());
      out.resize(data.size());
      REQUIRE(out == data);
    }
  }
}

// What zlib makes of a trimmed chunk.
Bytes inflated(const Bytes& stored, std::size_t size) {
  Bytes out(size);
  uLongf count = size;
  REQUIRE(::uncompress(reinterpret_cast<Bytef*>(out.data()), &count, reinterpret_cast<const Bytef*>(stored.data()),
                       stored.size()) == Z_OK);
  REQUIRE(count == size);
  return out;
}

TEST_CASE("trimmed chunks are read by zlib, whatever part of them is valid") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 400; ++i) {
    const std::size_t rank = 1 + random() % 3;
    const std::size_t element = i % 50 == 0 ? 32768 : 1 + random() % 12;
    array::Shape shape, valid;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      shape.push_back(1 + random() % (element > 12 ? 4 : rank == 1 ? 60000 : rank == 2 ? 300 : 40));
      valid.push_back(random() % 8 == 0 ? shape.back() : 1 + random() % shape.back());
    }
    Bytes fill(element);
    if (random() % 2 == 0) {
      for (std::byte& byte : fill) byte = static_cast<std::byte>(random());
    }
    Bytes chunk(array::element_count(shape) * element);
    for (std::size_t at = 0; at < chunk.size(); ++at) chunk[at] = fill[at % element];
    Bytes values = noise(array::element_count(valid) * element);
    for (std::size_t zeros = random() % 4; zeros > 0; --zeros) {
      const std::size_t at = random() % values.size(), count = random() % (values.size() - at) % 3000;
      std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(at), count, std::byte{0});
    }
    const array::DType type = array::opaque(static_cast<std::uint32_t>(element));
    array::copy_box(array::Source::dense(values.data(), type, valid),
                    array::Dest::dense(chunk.data(), type, shape).part({array::Shape(rank, 0), valid}));
    Bytes stored;
    encode_trimmed(chunk, element, shape, valid, stored);
    CAPTURE(i, element, shape, valid);
    REQUIRE(inflated(stored, chunk.size()) == chunk);
  }
}

TEST_CASE("trimmed chunks take little more than what is valid") {
  const array::Shape shape{1024, 1024}, valid{400, 30};
  constexpr std::size_t kElement = 8, kValid = 400 * 30 * kElement;
  const Bytes values = noise(kValid);
  Bytes chunk(array::element_count(shape) * kElement), stored;
  array::copy_box(array::Source::dense(values.data(), array::opaque(kElement), valid),
                  array::Dest::dense(chunk.data(), array::opaque(kElement), shape).part({{0, 0}, valid}));
  encode_trimmed(chunk, kElement, shape, valid, stored);
  CHECK(stored.size() < kValid + chunk.size() / 100);

  Bytes zeros(chunk.size());
  std::copy(chunk.begin(), chunk.begin() + 8, zeros.begin() + 4096);
  encode_trimmed(zeros, kElement, shape, shape, stored);
  CHECK(stored.size() < zeros.size() / 100);
}

#ifdef CHUNKMARK_HAS_ZFP
TEST_CASE("zfp gives back what its library wrote, and damage stays inside") {
  std::vector<double> values(30 * 50);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i) / 20);
  zfp_stream* stream = zfp_stream_open(nullptr);
  zfp_field* field = zfp_field_2d(values.data(), zfp_type_double, 50, 30);
  zfp_stream_set_reversible(stream);
  std::vector<std::uint64_t> words(zfp_stream_maximum_size(stream, field) / 8 + 8);
  const auto written = [&](auto write) {
    bitstream* bits = stream_open(words.data(), words.size() * 8);
    zfp_stream_set_bit_stream(stream, bits);
    zfp_stream_rewind(stream);
    write();
    zfp_stream_flush(stream);
    const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
    Bytes made(bytes, bytes + stream_size(bits));
    stream_close(bits);
    return made;
  };
  const Bytes header = written([&] { zfp_write_header(stream, field, ZFP_HEADER_FULL); });
  const Bytes stored = written([&] { zfp_compress(stream, field); });
  zfp_field_free(field);
  zfp_stream_close(stream);

  Filter filter{32013, true, "", std::vector<std::uint32_t>(1 + header.size() / 4)};
  std::memcpy(filter.values.data() + 1, header.data(), header.size());
  const ByteView expected = std::as_bytes(std::span(values));
  for (const std::size_t offset : {0, 4}) {  // aligned as elements are, and not
    Bytes out(expected.size() + offset);
    REQUIRE(decode_zfp(filter, stored, MutableByteView(out).subspan(offset), "t") == expected.size());
    CHECK(std::memcmp(out.data() + offset, expected.data(), expected.size()) == 0);
  }
  const auto code = [](const Filter& by, ByteView in, std::size_t room) {
    return code_of([&] {
      Bytes out(room);
      decode_zfp(by, in, out, "t");
    });
  };
  CHECK(code(filter, stored, expected.size() - 1) == ErrorCode::kCorrupt);
  CHECK(code({32013, true, "", {0}}, stored, expected.size()) == ErrorCode::kCorrupt);
  CHECK(code({32013, true, "", {0, 1, 2, 3}}, stored, expected.size()) == ErrorCode::kCorrupt);
  for (std::size_t bit = 0; bit < 8 * header.size(); ++bit) {
    Filter other = filter;
    other.values[1 + bit / 32] ^= 1u << bit % 32;
    for (const ByteView in : {ByteView(stored), ByteView(stored).first(3)}) {
      Bytes out(expected.size());
      try {
        decode_zfp(other, in, out, "t");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kCorrupt);
      }
    }
  }
}
#endif

TEST_CASE("bitshuffle refuses what does not fit its chunk") {
  const Bytes data = noise(800);
  Bytes stored = bitshuffled(data, 4, 64, 2);
  const auto decode = [](std::vector<std::uint32_t> values, ByteView in, std::size_t room) {
    return code_of([&] {
      Bytes out(room);
      decode_bitshuffle({32008, true, "", std::move(values)}, in, out, "t");
    });
  };
  CHECK(decode({0, 4, 4, 64, 2}, stored, 799) == ErrorCode::kCorrupt);
  CHECK(decode({0, 4, 0, 64, 2}, stored, 800) == ErrorCode::kCorrupt);
  CHECK(decode({0, 4}, stored, 800) == ErrorCode::kCorrupt);
  CHECK(decode({0, 4, 3, 64, 2}, stored, 800) == ErrorCode::kCorrupt);
  CHECK(decode({0, 4, 4, 64, 1}, stored, 800) == ErrorCode::kUnsupported);
  CHECK(decode({0, 4, 4, 12, 0}, data, 800) == ErrorCode::kCorrupt);
  for (std::size_t size = 0; size < stored.size(); ++size) {
    CAPTURE(size);
    CHECK(decode({0, 4, 4, 64, 2}, ByteView(stored).first(size), 800) == ErrorCode::kCorrupt);
  }
  store_le<std::uint32_t>(stored.data() + 12, 0xffffffff);  // a block of 4 GiB
  CHECK(decode({0, 4, 4, 64, 2}, stored, 800) == ErrorCode::kCorrupt);
}

struct Frame {
  std::string name;
  Bytes bytes;
};

std::vector<Frame> library_frames() {
  std::vector<Frame> frames;
  for (const auto& entry : std::filesystem::directory_iterator(CHUNKMARK_GOLDEN "/blosc2")) {
    if (entry.path().extension() != ".frame") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const ByteView bytes = as_byte_view(text);
    frames.push_back({entry.path().stem().string(), {bytes.begin(), bytes.end()}});
  }
  return frames;
}

// As tests/golden/blosc2/README.md says.
Bytes expected_of(const std::string& name) {
  if (name == "rounded") {
    Bytes bytes(2100);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i / 7 % 251);
    return bytes;
  }
  Bytes bytes(800);
  for (std::size_t i = 0; i < bytes.size() / 4; ++i) {
    const std::size_t value = name.ends_with("zeros")  ? 0
                              : name == "sevens"       ? 7
                              : name == "sevens_plain" ? 0x07070707
                                                       : i / 3;
    store_le(bytes.data() + 4 * i, static_cast<std::uint32_t>(value));
  }
  return bytes;
}

TEST_CASE("blosc2 reads the frames of its own library") {
  const std::vector<Frame> frames = library_frames();
  REQUIRE(frames.size() == 17);
  for (const Frame& frame : frames) {
    CAPTURE(frame.name);
    const Bytes expected = expected_of(frame.name);
    Bytes out(expected.size() + 4);  // a later filter's checksum may need more than the chunk
    REQUIRE(decode_blosc2({}, frame.bytes, out, "t") == expected.size());
    out.resize(expected.size());
    CHECK(out == expected);
  }
}

TEST_CASE("a blosc2 frame that is cut or says more than its chunk has is refused") {
  for (const Frame& frame : library_frames()) {
    CAPTURE(frame.name);
    Bytes out(expected_of(frame.name).size()), small(out.size() - 1);
    CHECK(code_of([&] { decode_blosc2({}, frame.bytes, small, "t"); }) == ErrorCode::kCorrupt);
    for (std::size_t size = 0; size < frame.bytes.size(); ++size) {
      const ByteView cut = ByteView(frame.bytes).first(size);
      if (code_of([&] { decode_blosc2({}, cut, out, "t"); }) != ErrorCode::kCorrupt) FAIL("cut at " << size);
    }
  }
}

TEST_CASE("a blosc2 frame with any bit flipped decodes to its size or is refused") {
  for (Frame& frame : library_frames()) {
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < frame.bytes.size() * 8; ++bit) {
      const std::byte flip{static_cast<unsigned char>(1u << bit % 8)};
      frame.bytes[bit / 8] ^= flip;
      Bytes out(expected_of(frame.name).size());
      std::size_t size = 0;
      bool expected = true;
      try {
        size = decode_blosc2({}, frame.bytes, out, "t");
      } catch (const Error& error) {
        ++refused;
        expected = error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported;
      }
      if (!expected || size > out.size()) FAIL(frame.name << ": bit " << bit << " made " << size << " bytes");
      frame.bytes[bit / 8] ^= flip;
    }
    CHECK(refused > 100);
  }
}

TEST_CASE("what of blosc2 lies outside the chunk is named and refused") {
  struct Row {
    const char* frame;
    std::size_t at;  // byte of the frame
    unsigned value;
    const char* message;
  };
  // The header of a plain frame has 97 bytes; the chunk's header follows.
  const Row rows[] = {
      {"zstd", 26, 1, "contiguous"},               // a folder of files
      {"zstd", 97 + 31, 0x08, "lazy"},             // data in another file
      {"zstd", 97 + 31, 0x01, "dictionary"},       //
      {"zstd", 97 + 16, 35, "filter 35"},          // bytedelta
      {"zstd", 97 + 2, 0xc5, "compressor 6"},      // a plug-in's
      {"zstd", 97, 6, "format version 6"},         //
      {"zeros", 61, 8, "expected one chunk"},      // 100 chunks
      {"array", 113, 1, "version 1"},              // of b2nd
      {"zstd", 97 + 12, 0xff, "chunk's header"},   // longer than the frame
      {"blocks", 53, 0xff, "in blocks of"},        //
      {"blocks", 97 + 32, 0x10, "block 0 starts"}  // within the header
  };
  for (const Row& row : rows) {
    CAPTURE(row.message);
    for (Frame& frame : library_frames()) {
      if (frame.name != row.frame) continue;
      frame.bytes[row.at] = static_cast<std::byte>(row.value);
      Bytes out(800);
      std::string message;
      try {
        decode_blosc2({}, frame.bytes, out, "t");
      } catch (const Error& error) {
        message = error.what();
      }
      CAPTURE(message);
      CHECK(message.find(row.message) != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace chunkmark::hdf5
