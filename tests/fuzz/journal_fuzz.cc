// A journal beside a file may hold anything: what is parsed lies within its bytes and within the file that it names.
#include "bytes/journal.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chunkmark;
  const auto content = bytes::parse_journal(fuzz::bytes(data, size));
  if (!content) return 0;
  std::uint64_t total = 0;
  for (const auto& record : content->records) {
    total += record.bytes.size();
    if (record.offset + record.bytes.size() > content->size_before) __builtin_trap();
  }
  if (total > size) __builtin_trap();
  return 0;
}
