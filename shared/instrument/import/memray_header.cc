#include "instrument/import/memray_header.h"

namespace chunkmark::imports {
namespace {

constexpr std::int32_t kMinVersion = 10, kMaxVersion = 13;

void skip_list(StreamReader& reader, const char* what) {
  while (!reader.c_string(what).empty()) {
  }
}

}  // namespace

MemrayHeader read_memray_header(StreamReader& reader) {
  for (const char letter : kMemrayMagic) {
    if (reader.byte("the word memray") != static_cast<std::uint8_t>(letter)) {
      reader.fail("the word memray, with which a capture begins", "another byte");
    }
  }
  MemrayHeader header;
  header.version = reader.number<std::int32_t>("the header's version");
  if (header.version < kMinVersion || header.version > kMaxVersion) {
    throw Error(ErrorCode::kUnsupported, reader.name() + ": a memray capture of another version: expected " +
                                             std::to_string(kMinVersion) + " to " + std::to_string(kMaxVersion) +
                                             ", found " + std::to_string(header.version));
  }
  if (header.version >= 12) header.python_version = reader.number<std::uint32_t>("the version of Python");
  header.native_traces = reader.byte("whether there are native traces") != 0;
  const std::uint8_t format = reader.byte("the kind of capture");
  if (format > 1) reader.fail("a kind of capture of 0 or 1", std::to_string(format));
  header.aggregated = format == 1;
  header.records = reader.number<std::uint64_t>("the number of records");
  reader.number<std::uint64_t>("the number of frames");
  header.start_ms = reader.number<std::int64_t>("the start time");
  header.end_ms = reader.number<std::int64_t>("the end time");
  header.command_line = reader.c_string("the command line");
  header.pid = reader.number<std::int32_t>("the process number");
  header.main_tid = reader.number<std::uint64_t>("the main thread");
  header.skipped_frames = reader.number<std::uint64_t>("the number of skipped frames");
  reader.byte("Python's allocator");
  if (header.version >= 11) reader.byte("whether Python's allocators are traced");
  if (header.version >= 12) reader.byte("whether objects are traced");
  if (header.version >= 13) {
    reader.c_string("the place of libraries");
    skip_list(reader, "the places of packages");
    skip_list(reader, "the places of modules");
  }
  return header;
}

}  // namespace chunkmark::imports
