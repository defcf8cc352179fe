#include "native/trace/symbol_cache.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "bytes/zstd.h"

namespace chunkmark::trace {
namespace {

constexpr std::string_view kMagic = "CMKSYM2\n";
constexpr std::uint64_t kMaxBytes = 256u << 20;  // of one file's content; more is no cache of ours
constexpr std::size_t kMaxNameBytes = 4096;

// Python with NumPy and Zarr needs 1 MB; each build of a program under development leaves a file of its own.
constexpr std::uint64_t kMaxFolderBytes = 256u << 20;

}  // namespace

std::filesystem::path symbol_cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return std::filesystem::path(cache) / "chunkmark" / "symbols";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/tmp") / ".cache" / "chunkmark" / "symbols";
}

void remove_oldest(const std::filesystem::path& folder, std::uint64_t most_bytes) {
  struct Entry {
    std::filesystem::file_time_type used;
    std::uint64_t bytes;
    std::filesystem::path path;
  };
  std::error_code ignored;  // another process may remove the same files
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder, ignored)) {
    Entry entry{file.last_write_time(ignored), file.file_size(ignored), file.path()};
    if (ignored) continue;
    total += entry.bytes;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= most_bytes) break;
    std::filesystem::remove(entry.path, ignored);
    total -= entry.bytes;
  }
}

SymbolCache::SymbolCache(const std::string& key) : path_(symbol_cache_folder() / key) {
  try {
    load();
  } catch (const std::exception&) {
    symbols_.clear();
  }
}

SymbolCache::~SymbolCache() {
  save();
}

void SymbolCache::save() noexcept {
  if (!changed_) return;
  changed_ = false;
  try {
    write();
  } catch (const std::exception&) {
    return;  // read-only home, full disk: the next run looks them up again
  }
}

const std::vector<capture::Symbol>* SymbolCache::find(std::uint64_t offset) const {
  const auto at = symbols_.find(offset);
  return at != symbols_.end() ? &at->second : nullptr;
}

void SymbolCache::add(std::uint64_t offset, const std::vector<capture::Symbol>& symbols) {
  symbols_[offset] = symbols;
  changed_ = true;
}

// magic | content bytes u64 | zstd frame of: n, n x (offset delta, m, m x (function s, file s, line))
void SymbolCache::load() {
  std::ifstream file(path_, std::ios::binary);
  if (!file) return;
  std::error_code ignored;  // a cache that may only be read
  std::filesystem::last_write_time(path_, std::filesystem::file_time_type::clock::now(), ignored);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t head = kMagic.size() + 8;
  if (text.size() < head || !text.starts_with(kMagic)) return;
  const ByteView bytes = as_byte_view(text);
  const auto content_bytes = load_le<std::uint64_t>(bytes.data() + kMagic.size());
  if (content_bytes > kMaxBytes) return;
  const std::string name = path_.string();
  const std::vector<std::byte> content = bytes::zstd_decompress(bytes.subspan(head), content_bytes, name);
  ByteReader reader(content, name);
  std::uint64_t offset = 0;
  for (std::size_t n = reader.count(2); n > 0; --n) {
    offset += reader.varint();
    std::vector<capture::Symbol>& symbols = symbols_[offset];
    for (std::size_t m = reader.count(3); m > 0; --m) {
      capture::Symbol symbol;
      symbol.function = reader.string();
      symbol.file = reader.string();
      symbol.line = static_cast<std::uint32_t>(reader.varint());
      symbols.push_back(std::move(symbol));
    }
  }
}

void SymbolCache::write() const {
  ByteWriter content;
  content.varint(symbols_.size());
  std::uint64_t last = 0;
  for (const auto& [offset, symbols] : symbols_) {
    content.varint(offset - last);
    last = offset;
    content.varint(symbols.size());
    for (const capture::Symbol& symbol : symbols) {
      content.string(std::string_view(symbol.function).substr(0, kMaxNameBytes));
      content.string(std::string_view(symbol.file).substr(0, kMaxNameBytes));
      content.varint(symbol.line);
    }
  }
  const std::vector<std::byte> frame = bytes::zstd_compress(content.view(), 3);
  std::byte length[8];
  store_le(length, static_cast<std::uint64_t>(content.size()));
  std::filesystem::create_directories(path_.parent_path());
  static std::atomic<unsigned> writers{0};  // threads may write one module's file, found at two paths
  const std::filesystem::path temporary =
      path_.string() + "." + std::to_string(getpid()) + "-" + std::to_string(writers.fetch_add(1));
  std::ofstream file(temporary, std::ios::binary);
  file << kMagic << as_text(length) << as_text(frame);
  file.close();
  if (file) {
    std::filesystem::rename(temporary, path_);
    remove_oldest(path_.parent_path(), kMaxFolderBytes);
  } else {
    std::filesystem::remove(temporary);
  }
}

}  // namespace chunkmark::trace
