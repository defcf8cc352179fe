// OpeningAhead: opens the objects of a far store before they are asked for, so that requests wait for the network
// beside each other however few threads decode.
//
// Threads of its own, which do nothing but ask and wait for the answer's head: the body stays with the connection until
// somebody decodes it. At most kMostAhead objects are ahead, and no more than hold kAheadOfReadersBytes (but
// kLeastAhead: a body that nobody takes for long costs a connection). Memory: what an open object holds, a few hundred
// bytes or a small object of kWholeBytes, kMostAhead times: 1 MB; beside it the kernel's socket buffers. An object that
// cannot be opened is the error of whoever asks for it. Thread-safe; the destructor waits for requests that are
// underway.
#pragma once

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/store/store.h"

namespace chunkmark::s3 {

constexpr std::uint64_t kMostAhead = 64;
constexpr std::uint64_t kLeastAhead = 4;
constexpr std::uint64_t kAheadOfReadersBytes = std::uint64_t{128} << 20;

class OpeningAhead final : public store::Openings {
 public:
  // `object_bytes`: about what each of the `n` has, at most.
  OpeningAhead(store::Store& store, std::uint64_t n, std::uint64_t object_bytes, store::KeyOf key_of,
               std::uint64_t most = kMostAhead);
  ~OpeningAhead() override;
  std::unique_ptr<bytes::RandomAccess> open(std::uint64_t i) override;

 private:
  struct Opened {
    bool is_done = false;
    std::unique_ptr<bytes::RandomAccess> object;
    std::exception_ptr failure;
  };

  void serve();

  store::Store& store_;
  const std::uint64_t n_, ahead_;
  store::KeyOf key_of_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::map<std::uint64_t, Opened> opened_;  // or being opened, and not asked for yet
  std::uint64_t next_ = 0;                  // to be opened
  std::uint64_t asked_ = 0;                 // one more than the highest that was asked for
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace chunkmark::s3
