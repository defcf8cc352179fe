// Transfers between the process and the kernel: what was really moved, as the call returned it.
// Between two files (sendfile, copy_file_range, splice) the bytes never reach the process; they count as written.

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/transfer.h"

using chunkmark::trace::in;
using chunkmark::trace::out;

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
CHUNKMARK_HOOK ssize_t splice(int from, off64_t* from_at, int to, off64_t* to_at, size_t bytes, unsigned flags) {
  return out(NEXT(splice)(from, from_at, to, to_at, bytes, flags));
}

CHUNKMARK_HOOK int sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
  const int sent = NEXT(sendmmsg)(socket, messages, count, flags);
  for (int i = 0; i < sent; ++i) out(messages[i].msg_len);
  return sent;
}
CHUNKMARK_HOOK int recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  const int received = NEXT(recvmmsg)(socket, messages, count, flags, timeout);
  for (int i = 0; i < received; ++i) in(messages[i].msg_len);
  return received;
}

// The forms that a program calls where the compiler knows the buffer's size. NOLINTBEGIN(bugprone-reserved-identifier)
CHUNKMARK_HOOK ssize_t __read_chk(int file, void* to, size_t bytes, size_t room) {
  return in(NEXT(__read_chk)(file, to, bytes, room));
}
CHUNKMARK_HOOK ssize_t __pread_chk(int file, void* to, size_t bytes, off_t at, size_t room) {
  return in(NEXT(__pread_chk)(file, to, bytes, at, room));
}
CHUNKMARK_HOOK ssize_t __pread64_chk(int file, void* to, size_t bytes, off64_t at, size_t room) {
  return in(NEXT(__pread64_chk)(file, to, bytes, at, room));
}
CHUNKMARK_HOOK ssize_t __recv_chk(int socket, void* to, size_t bytes, size_t room, int flags) {
  return in(NEXT(__recv_chk)(socket, to, bytes, room, flags));
}
CHUNKMARK_HOOK ssize_t __recvfrom_chk(int socket, void* to, size_t bytes, size_t room, int flags, sockaddr* from,
                                      socklen_t* length) {
  return in(NEXT(__recvfrom_chk)(socket, to, bytes, room, flags, from, length));
}
// NOLINTEND(bugprone-reserved-identifier)
