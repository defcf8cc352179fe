#include "native/os/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "native/os/file.h"

namespace chunkmark::os {

namespace {

constexpr off_t kDoor = off_t{1} << 62, kRoom = kDoor + 1;
// An apply takes milliseconds; who is not done by then is stopped, or a debugger holds it.
constexpr Milliseconds kPatience{30000};
constexpr Milliseconds kFirstPause{1}, kLongestPause{50};

int set_lock(int fd, short kind, off_t byte) {
  struct flock lock = {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  int status = -1;
  do {
    status = ::fcntl(fd, F_OFD_SETLK, &lock);
  } while (status != 0 && errno == EINTR);
  return status;
}

// Calls `take` until it returns true; false if it did not in time.
template <typename Take>
bool keep_trying(Milliseconds patience, Take take) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (Milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    if (take()) return true;
    if (std::chrono::steady_clock::now() + pause > deadline) return false;
    std::this_thread::sleep_for(pause);
  }
}

void take_byte(int fd, short kind, off_t byte, const std::string& name) {
  const bool taken = keep_trying(kPatience, [&] {
    if (set_lock(fd, kind, byte) == 0) return true;
    if (errno != EAGAIN && errno != EACCES) throw_errno(name, "lock");
    return false;
  });
  if (!taken) {
    throw Error(ErrorCode::kUnavailable,
                name + ": locked by another process for " + std::to_string(kPatience.count() / 1000) + " seconds");
  }
}

}  // namespace

WriterLock::WriterLock(int fd, const std::string& name, Milliseconds wait) : fd_(fd) {
  const bool taken = keep_trying(wait, [&] {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) throw_errno(name, "flock");
    return false;
  });
  if (!taken) {
    throw Error(ErrorCode::kConflict, name +
                                          ": expected to be its only writer, found it locked by another one, or open "
                                          "in a program that uses the HDF5 library (waited " +
                                          std::to_string(wait.count()) + " ms)");
  }
}

WriterLock::~WriterLock() {
  ::flock(fd_, LOCK_UN);
}

void lock_reading(int fd, const std::string& name) {
  take_byte(fd, F_RDLCK, kDoor, name);
  try {
    take_byte(fd, F_RDLCK, kRoom, name);
  } catch (...) {
    set_lock(fd, F_UNLCK, kDoor);
    throw;
  }
  set_lock(fd, F_UNLCK, kDoor);
}

void unlock_reading(int fd) {
  set_lock(fd, F_UNLCK, kRoom);
}

ReadersOut::ReadersOut(int fd, const std::string& name) : fd_(fd) {
  take_byte(fd, F_WRLCK, kDoor, name);
  try {
    take_byte(fd, F_WRLCK, kRoom, name);
  } catch (...) {
    set_lock(fd, F_UNLCK, kDoor);
    throw;
  }
}

ReadersOut::~ReadersOut() {
  set_lock(fd_, F_UNLCK, kRoom);
  set_lock(fd_, F_UNLCK, kDoor);
}

}  // namespace chunkmark::os
