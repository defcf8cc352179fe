// zarr_bench: our writes and reads of one large chunk beside the least that could be done: a plain pwrite or pread loop
// over the same bytes, and each codec's own one-shot call with the result written or read in one go.
//
//   zarr_bench FOLDER [ROUNDS] [THREADS] [BYTES]
//
// One process, the cases interleaved within a round, medians with the least and the most; no durability on either side;
// the page cache warm. FOLDER decides what is measured: /dev/shm is memory, elsewhere the disk's page cache. Prints
// Markdown.
#include <blosc.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>
#include <vector>

#include "native/os/thread_executor.h"
#include "native/store/local_store.h"
#include "storage/codec/registry.h"
#include "storage/zarr/array.h"

namespace {

using namespace chunkmark;
using Bytes = std::vector<std::byte>;
constexpr array::DType kFloat32{array::Kind::kFloat, 4};

// Memory as the one-shot ways get it: new for every call.
struct Buffer {
  explicit Buffer(std::size_t n) : data(static_cast<char*>(std::malloc(n))), bytes(n) {}
  ~Buffer() { std::free(data); }
  char* data;
  std::size_t bytes;
};

void must(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

void write_file(const std::string& path, const char* data, std::size_t bytes) {
  const std::string temporary = path + ".tmp";
  const int fd = ::open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0666);
  must(fd >= 0, "open");
  for (std::size_t at = 0; at < bytes;) {
    const ssize_t n = ::pwrite(fd, data + at, bytes - at, static_cast<off_t>(at));
    must(n > 0, "pwrite");
    at += static_cast<std::size_t>(n);
  }
  ::close(fd);
  must(::rename(temporary.c_str(), path.c_str()) == 0, "rename");
}

// Reads into `data` (of `bytes`), or into a new buffer of the file's size when `data` is null.
void read_file(const std::string& path, char* data, std::size_t bytes, const std::function<void(Buffer&)>& use) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  must(fd >= 0, "open");
  const std::size_t size = data != nullptr ? bytes : static_cast<std::size_t>(::lseek(fd, 0, SEEK_END));
  Buffer own(data != nullptr ? 0 : size);
  char* to = data != nullptr ? data : own.data;
  for (std::size_t at = 0; at < size;) {
    const ssize_t n = ::pread(fd, to + at, size - at, static_cast<off_t>(at));
    must(n > 0, "pread");
    at += static_cast<std::size_t>(n);
  }
  ::close(fd);
  if (data == nullptr) use(own);
}

struct OneShot {
  std::function<std::size_t(const char* from, std::size_t bytes, Buffer& to)> compress;
  std::function<std::size_t(std::size_t bytes)> bound;
  std::function<void(const Buffer& from, char* to, std::size_t bytes)> decompress;
};

OneShot blosc_one_shot(int threads) {
  return {[=](const char* from, std::size_t bytes, Buffer& to) {
            return static_cast<std::size_t>(
                blosc_compress_ctx(5, BLOSC_SHUFFLE, 4, bytes, from, to.data, to.bytes, "lz4", 0, threads));
          },
          [](std::size_t bytes) { return bytes + BLOSC_MAX_OVERHEAD; },
          [=](const Buffer& from, char* to, std::size_t bytes) {
            must(blosc_decompress_ctx(from.data, to, bytes, threads) > 0, "blosc");
          }};
}

OneShot zstd_one_shot() {
  return {
      [](const char* from, std::size_t bytes, Buffer& to) { return ZSTD_compress(to.data, to.bytes, from, bytes, 3); },
      [](std::size_t bytes) { return ZSTD_compressBound(bytes); },
      [](const Buffer& from, char* to, std::size_t bytes) {
        must(ZSTD_decompress(to, bytes, from.data, from.bytes) == bytes, "zstd");
      }};
}

// libdeflate's, since they take 0.4 of zlib's time writing, 0.7 reading.
OneShot gzip_one_shot() {
  return {
      [](const char* from, std::size_t bytes, Buffer& to) {
        libdeflate_compressor* compressor = libdeflate_alloc_compressor(5);
        const std::size_t size = libdeflate_gzip_compress(compressor, from, bytes, to.data, to.bytes);
        libdeflate_free_compressor(compressor);
        must(size > 0, "libdeflate_gzip_compress");
        return size;
      },
      [](std::size_t bytes) { return libdeflate_gzip_compress_bound(nullptr, bytes); },
      [](const Buffer& from, char* to, std::size_t bytes) {
        libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
        must(libdeflate_gzip_decompress(decompressor, from.data, from.bytes, to, bytes, nullptr) == LIBDEFLATE_SUCCESS,
             "libdeflate_gzip_decompress");
        libdeflate_free_decompressor(decompressor);
      }};
}

struct Times {
  std::vector<double> seconds;
  std::vector<double> processor;  // of all threads: what stays the same on a machine that others use as well
};

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void time_call(Times& times, const std::function<void()>& call) {
  const std::clock_t processor_begin = std::clock();
  const auto begin = std::chrono::steady_clock::now();
  call();
  times.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  times.processor.push_back(static_cast<double>(std::clock() - processor_begin) / CLOCKS_PER_SEC);
}

void print_row(const std::string& name, Times ours, Times plain) {
  const double a = median(ours.seconds);
  const double b = median(plain.seconds);
  std::printf("| %s | %.1f (%.1f-%.1f) | %.1f (%.1f-%.1f) | %.2f | %.2f |\n", name.c_str(), a * 1e3,
              ours.seconds.front() * 1e3, ours.seconds.back() * 1e3, b * 1e3, plain.seconds.front() * 1e3,
              plain.seconds.back() * 1e3, a / b, median(ours.processor) / median(plain.processor));
  std::fflush(stdout);
}

struct Bench {
  std::filesystem::path folder;
  int rounds;
  std::size_t bytes;
  Bytes data;
  os::ThreadExecutor executor;

  void run(const std::string& codec, const OneShot* one_shot) {
    const std::uint64_t elements = bytes / 4;
    store::LocalStore store(folder, bytes::Durability::kNone);
    zarr::ArrayMetadata metadata;
    metadata.dtype = kFloat32;
    metadata.shape = metadata.chunk_shape = {elements};
    metadata.chain.codecs = codec::default_codecs(codec, kFloat32);
    zarr::Array array = zarr::Array::create(store, codec, metadata, executor);
    const std::string plain_path = (folder / ("plain-" + codec)).string();
    const char* from = reinterpret_cast<const char*>(data.data());
    Bytes back(bytes);
    char* to = reinterpret_cast<char*>(back.data());

    const auto plain_write = [&] {
      if (one_shot == nullptr) return write_file(plain_path, from, bytes);
      Buffer buffer(one_shot->bound(bytes));
      write_file(plain_path, buffer.data, one_shot->compress(from, bytes, buffer));
    };
    const auto plain_read = [&] {
      read_file(plain_path, one_shot == nullptr ? to : nullptr, bytes,
                [&](Buffer& stored) { one_shot->decompress(stored, to, bytes); });
    };
    Times our_write, our_read, their_write, their_read;
    for (int round = 0; round < rounds + 1; ++round) {
      Times warm_up;
      const bool counts = round > 0;
      const auto slot = [&](Times& times) -> Times& { return counts ? times : warm_up; };
      const auto ours_then = [&] {
        time_call(slot(our_write), [&] { array.write(array::Source::dense(data.data(), kFloat32, {elements})); });
        time_call(slot(our_read), [&] { array.read_into(array::Dest::dense(back.data(), kFloat32, {elements})); });
        must(back == data, "our content");
      };
      const auto theirs_then = [&] {
        time_call(slot(their_write), plain_write);
        time_call(slot(their_read), plain_read);
        must(back == data, "plain content");
      };
      // Whoever is second finds warmer memory: take turns.
      if (round % 2 == 0) {
        ours_then();
        theirs_then();
      } else {
        theirs_then();
        ours_then();
      }
    }
    print_row(codec + " write", our_write, their_write);
    print_row(codec + " read", our_read, their_read);
    std::filesystem::remove(plain_path);
    std::filesystem::remove_all(folder / codec);
  }
};

Bytes random_floats(std::size_t bytes) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  Bytes data(bytes);
  for (std::size_t i = 0; i + 4 <= bytes; i += 4) store_le(&data[i], uniform(random));
  return data;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: zarr_bench FOLDER [ROUNDS] [THREADS] [BYTES] [CODEC...]\n");
    return 2;
  }
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  const int threads = argc > 3 ? std::atoi(argv[3]) : 2;
  const std::size_t bytes = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 100000000;
  std::vector<std::string> codecs(argv + std::min(argc, 5), argv + argc);
  if (codecs.empty()) codecs = {"none", "blosc", "zstd", "gzip"};
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / ("zarr-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  Bench bench{folder, rounds, bytes, random_floats(bytes), os::ThreadExecutor(static_cast<unsigned>(threads))};
  std::printf("%zu bytes of random float32 in one chunk, %d rounds, %d threads, in %s; ms: median (least-most)\n\n",
              bytes, rounds, threads, argv[1]);
  std::printf("| case | chunkmark | plain or one-shot | ratio | ratio of processor time |\n|---|---|---|---|---|\n");
  const OneShot blosc = blosc_one_shot(threads);
  const OneShot zstd = zstd_one_shot();
  const OneShot gzip = gzip_one_shot();
  for (const std::string& codec : codecs) {
    const OneShot* one_shot = codec == "blosc" ? &blosc : codec == "zstd" ? &zstd : codec == "gzip" ? &gzip : nullptr;
    bench.run(codec, one_shot);
  }
  std::filesystem::remove_all(folder);
  return 0;
}
