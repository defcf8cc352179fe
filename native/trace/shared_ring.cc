#include "native/trace/shared_ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace chunkmark::trace {
namespace {

void* map_shared(void* at, std::size_t bytes, int file, std::uint64_t offset) {
  void* mapped = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | (at == nullptr ? 0 : MAP_FIXED), file,
                      static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) {
    throw Error(ErrorCode::kIo, std::string("tracer: cannot map shared memory: ") + std::strerror(errno));
  }
  return mapped;
}

}  // namespace

SharedRing::SharedRing() {
  file_ = memfd_create("chunkmark-ring", MFD_CLOEXEC);
  if (file_ < 0 || ftruncate(file_, static_cast<off_t>(kSharedBytes)) != 0) {
    throw Error(ErrorCode::kIo, std::string("tracer: cannot make shared memory: ") + std::strerror(errno));
  }
  control_ = static_cast<Control*>(map_shared(nullptr, sizeof(Control), file_, 0));
  control_->magic = kRingMagic;
  control_->slot_bytes = sizeof(Slot);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&control_->launcher_lives, &attributes);
  pthread_mutexattr_destroy(&attributes);
  pthread_mutex_lock(&control_->launcher_lives);
  control_->active.store(1);
}

SharedRing::~SharedRing() {
  control_->active.store(0);
  pthread_mutex_unlock(&control_->launcher_lives);
  for (const View& view : views_) {
    if (view.slot != nullptr) munmap(view.slot, sizeof(Slot));
    if (view.ring != nullptr) munmap(view.ring, 2 * kRingBytes);
  }
  munmap(control_, sizeof(Control));
  close(file_);
}

std::string SharedRing::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file_);
}

Slot* SharedRing::ready_slot(std::uint32_t i) {
  View& view = views_[i];
  if (view.slot == nullptr) {
    view.slot = static_cast<Slot*>(map_shared(nullptr, sizeof(Slot), file_, slot_offset(i)));
  }
  return view.slot->state.load(std::memory_order_acquire) == kSlotReady ? view.slot : nullptr;
}

std::byte* SharedRing::ring(std::uint32_t i) {
  View& view = views_[i];
  if (view.ring == nullptr) {
    void* twice = mmap(nullptr, 2 * kRingBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (twice == MAP_FAILED) {
      throw Error(ErrorCode::kIo, std::string("tracer: cannot map a ring: ") + std::strerror(errno));
    }
    view.ring = static_cast<std::byte*>(twice);
    const std::uint64_t offset = slot_offset(i) + offsetof(Slot, ring);
    map_shared(view.ring, kRingBytes, file_, offset);
    map_shared(view.ring + kRingBytes, kRingBytes, file_, offset);
  }
  return view.ring;
}

void SharedRing::release(std::uint32_t i) {
  // A hole reads as zero, which is an unused slot: state, counters, tables and ring at once.
  if (fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(slot_offset(i)), sizeof(Slot)) !=
      0) {
    throw Error(ErrorCode::kIo, std::string("tracer: cannot give a ring back: ") + std::strerror(errno));
  }
}

}  // namespace chunkmark::trace
