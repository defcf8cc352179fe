// Transfers between the process and the kernel: what was really moved, as the call returned it.
//
// The C library's own stdio calls the kernel without passing any hook, so fread and fwrite are hooked themselves.

#include <stdarg.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/recorder.h"

using chunkmark::trace::EventKind;
using chunkmark::trace::record_event;
using chunkmark::trace::Recording;

namespace {

inline ssize_t moved(EventKind kind, ssize_t bytes) {
  if (bytes > 0) {
    if (const Recording on; on) record_event(kind, 0, static_cast<uint64_t>(bytes), true);
  }
  return bytes;
}
inline ssize_t in(ssize_t bytes) {
  return moved(EventKind::kTransferIn, bytes);
}
inline ssize_t out(ssize_t bytes) {
  return moved(EventKind::kTransferOut, bytes);
}

}  // namespace

CHUNKMARK_HOOK ssize_t read(int file, void* to, size_t bytes) {
  return in(NEXT(read)(file, to, bytes));
}
CHUNKMARK_HOOK ssize_t write(int file, const void* from, size_t bytes) {
  return out(NEXT(write)(file, from, bytes));
}
CHUNKMARK_HOOK ssize_t pread(int file, void* to, size_t bytes, off_t at) {
  return in(NEXT(pread)(file, to, bytes, at));
}
CHUNKMARK_HOOK ssize_t pread64(int file, void* to, size_t bytes, off64_t at) {
  return in(NEXT(pread64)(file, to, bytes, at));
}
CHUNKMARK_HOOK ssize_t pwrite(int file, const void* from, size_t bytes, off_t at) {
  return out(NEXT(pwrite)(file, from, bytes, at));
}
CHUNKMARK_HOOK ssize_t pwrite64(int file, const void* from, size_t bytes, off64_t at) {
  return out(NEXT(pwrite64)(file, from, bytes, at));
}
CHUNKMARK_HOOK ssize_t readv(int file, const iovec* parts, int count) {
  return in(NEXT(readv)(file, parts, count));
}
CHUNKMARK_HOOK ssize_t writev(int file, const iovec* parts, int count) {
  return out(NEXT(writev)(file, parts, count));
}
CHUNKMARK_HOOK ssize_t preadv(int file, const iovec* parts, int count, off_t at) {
  return in(NEXT(preadv)(file, parts, count, at));
}
CHUNKMARK_HOOK ssize_t preadv64(int file, const iovec* parts, int count, off64_t at) {
  return in(NEXT(preadv64)(file, parts, count, at));
}
CHUNKMARK_HOOK ssize_t pwritev(int file, const iovec* parts, int count, off_t at) {
  return out(NEXT(pwritev)(file, parts, count, at));
}
CHUNKMARK_HOOK ssize_t pwritev64(int file, const iovec* parts, int count, off64_t at) {
  return out(NEXT(pwritev64)(file, parts, count, at));
}
CHUNKMARK_HOOK ssize_t preadv2(int file, const iovec* parts, int count, off_t at, int flags) {
  return in(NEXT(preadv2)(file, parts, count, at, flags));
}
CHUNKMARK_HOOK ssize_t preadv64v2(int file, const iovec* parts, int count, off64_t at, int flags) {
  return in(NEXT(preadv64v2)(file, parts, count, at, flags));
}
CHUNKMARK_HOOK ssize_t pwritev2(int file, const iovec* parts, int count, off_t at, int flags) {
  return out(NEXT(pwritev2)(file, parts, count, at, flags));
}
CHUNKMARK_HOOK ssize_t pwritev64v2(int file, const iovec* parts, int count, off64_t at, int flags) {
  return out(NEXT(pwritev64v2)(file, parts, count, at, flags));
}
CHUNKMARK_HOOK ssize_t recv(int socket, void* to, size_t bytes, int flags) {
  return in(NEXT(recv)(socket, to, bytes, flags));
}
CHUNKMARK_HOOK ssize_t recvfrom(int socket, void* to, size_t bytes, int flags, sockaddr* from, socklen_t* length) {
  return in(NEXT(recvfrom)(socket, to, bytes, flags, from, length));
}
CHUNKMARK_HOOK ssize_t recvmsg(int socket, msghdr* message, int flags) {
  return in(NEXT(recvmsg)(socket, message, flags));
}
CHUNKMARK_HOOK ssize_t send(int socket, const void* from, size_t bytes, int flags) {
  return out(NEXT(send)(socket, from, bytes, flags));
}
CHUNKMARK_HOOK ssize_t sendto(int socket, const void* from, size_t bytes, int flags, const sockaddr* to,
                              socklen_t length) {
  return out(NEXT(sendto)(socket, from, bytes, flags, to, length));
}
CHUNKMARK_HOOK ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  return out(NEXT(sendmsg)(socket, message, flags));
}
CHUNKMARK_HOOK ssize_t sendfile(int to, int from, off_t* at, size_t bytes) noexcept {
  return out(NEXT(sendfile)(to, from, at, bytes));
}
CHUNKMARK_HOOK ssize_t sendfile64(int to, int from, off64_t* at, size_t bytes) noexcept {
  return out(NEXT(sendfile64)(to, from, at, bytes));
}
CHUNKMARK_HOOK ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t bytes,
                                       unsigned flags) {
  return out(NEXT(copy_file_range)(from, from_at, to, to_at, bytes, flags));
}

CHUNKMARK_HOOK size_t fread(void* to, size_t size, size_t count, FILE* file) {
  const size_t got = NEXT(fread)(to, size, count, file);
  in(static_cast<ssize_t>(got * size));
  return got;
}
CHUNKMARK_HOOK size_t fread_unlocked(void* to, size_t size, size_t count, FILE* file) {
  const size_t got = NEXT(fread_unlocked)(to, size, count, file);
  in(static_cast<ssize_t>(got * size));
  return got;
}
CHUNKMARK_HOOK size_t fwrite(const void* from, size_t size, size_t count, FILE* file) {
  const size_t put = NEXT(fwrite)(from, size, count, file);
  out(static_cast<ssize_t>(put * size));
  return put;
}
CHUNKMARK_HOOK size_t fwrite_unlocked(const void* from, size_t size, size_t count, FILE* file) {
  const size_t put = NEXT(fwrite_unlocked)(from, size, count, file);
  out(static_cast<ssize_t>(put * size));
  return put;
}
