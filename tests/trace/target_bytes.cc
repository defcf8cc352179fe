// The target's cases that move bytes: to and from the kernel, and by each function that copies.

#include <fcntl.h>
#include <strings.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <string>
#include <vector>

#include "trace/target.h"

// Old and careless calls too, since programs make them.
// NOLINTBEGIN(bugprone-unsafe-functions,bugprone-suspicious-realloc-usage,clang-analyzer-*)

extern "C" {
// The C library's checked forms. NOLINTBEGIN(bugprone-reserved-identifier)
void* __memcpy_chk(void*, const void*, size_t, size_t);
void* __memmove_chk(void*, const void*, size_t, size_t);
void* __mempcpy_chk(void*, const void*, size_t, size_t);
wchar_t* __wmemcpy_chk(wchar_t*, const wchar_t*, size_t, size_t);
ssize_t __read_chk(int, void*, size_t, size_t);
ssize_t __pread_chk(int, void*, size_t, off_t, size_t);
ssize_t __recv_chk(int, void*, size_t, size_t, int);
size_t __fread_chk(void*, size_t, size_t, size_t, FILE*);
char* __fgets_chk(char*, size_t, int, FILE*);
int __fprintf_chk(FILE*, int, const char*, ...);
int __dprintf_chk(int, int, const char*, ...);
// NOLINTEND(bugprone-reserved-identifier)
}

void transfers() {
  std::vector<char> bytes(3 * kMegabyte, 'x');
  char path[] = "/tmp/chunkmark-target-XXXXXX";
  const int file = mkstemp(path);
  mark("begin");
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (put <= 0) std::exit(3);
    done += static_cast<std::size_t>(put);
  }
  iovec parts[2] = {{bytes.data(), kMegabyte}, {bytes.data() + kMegabyte, kMegabyte}};
  if (preadv(file, parts, 2, 0) != 2 * static_cast<ssize_t>(kMegabyte)) std::exit(3);
  mark("end");
  close(file);
  unlink(path);
}

// In: 10 lines of 10 and 4 blocks of 1000 bytes. Out: what printed them.
void stdio() {
  std::FILE* file = fdopen(temporary(), "w+");
  require(file != nullptr);
  char block[1000], line[100];
  std::memset(block, 'x', sizeof block);
  mark("begin");
  std::fprintf(file, "%s\n", "123456789");
  __fprintf_chk(file, 1, "%s\n", "123456789");
  std::fputs("123456789\n", file);
  fputs_unlocked("123456789\n", file);
  std::fflush(file);
  dprintf(fileno(file), "%s\n", "123456789");
  __dprintf_chk(fileno(file), 1, "%s\n", "123456789");
  for (int i = 0; i < 4; ++i) require(std::fwrite("123456789\n", 10, 1, file) == 1);
  for (int i = 0; i < 2; ++i) require(std::fwrite(block, 1, sizeof block, file) == sizeof block);
  for (int i = 0; i < 2; ++i) require(fwrite_unlocked(block, 1, sizeof block, file) == sizeof block);
  std::rewind(file);
  char* grown = nullptr;
  std::size_t room = 0;
  for (int i = 0; i < 3; ++i) require(std::fgets(line, sizeof line, file) != nullptr);
  for (int i = 0; i < 2; ++i) require(__fgets_chk(line, sizeof line, sizeof line, file) != nullptr);
  for (int i = 0; i < 3; ++i) require(getline(&grown, &room, file) == 10);
  for (int i = 0; i < 2; ++i) require(getdelim(&grown, &room, '\n', file) == 10);
  for (int i = 0; i < 2; ++i) require(std::fread(block, 10, 100, file) == 100);
  require(__fread_chk(block, sizeof block, 1, sizeof block, file) == sizeof block);
  require(fread_unlocked(block, 1, sizeof block, file) == sizeof block);
  mark("end");
  std::free(grown);
  std::fclose(file);
}

// Streams that are no files: nothing goes to the kernel.
void memory_streams() {
  char text[100] = "123456789\n", line[100];
  char* grown = nullptr;
  std::size_t room = 0;
  mark("begin");
  std::FILE* growing = open_memstream(&grown, &room);
  require(std::fputs(text, growing) >= 0 && std::fprintf(growing, "%s", text) == 10);
  require(std::fwrite(text, 1, 10, growing) == 10);
  std::FILE* fixed = fmemopen(text, sizeof text, "r");
  require(std::fgets(line, sizeof line, fixed) != nullptr && std::fread(line, 1, 10, fixed) == 10);
  std::FILE* cookie = fopencookie(nullptr, "w", {});
  errno = 0;
  require(std::fputs(text, cookie) >= 0 && errno == 0);
  mark("end");
  for (std::FILE* stream : {growing, fixed, cookie}) std::fclose(stream);
  std::free(grown);
}

// 1000 bytes by each call.
void sockets() {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  char bytes[1000] = {};
  iovec part = {bytes, sizeof bytes};
  mmsghdr message = {};
  message.msg_hdr.msg_iov = &part;
  message.msg_hdr.msg_iovlen = 1;
  mark("begin");
  require(send(ends[0], bytes, 1000, 0) == 1000);
  require(recv(ends[1], bytes, 1000, 0) == 1000);
  require(sendto(ends[0], bytes, 1000, 0, nullptr, 0) == 1000);
  require(recvfrom(ends[1], bytes, 1000, 0, nullptr, nullptr) == 1000);
  require(sendmsg(ends[0], &message.msg_hdr, 0) == 1000);
  require(recvmsg(ends[1], &message.msg_hdr, 0) == 1000);
  require(sendmmsg(ends[0], &message, 1, 0) == 1);
  require(recvmmsg(ends[1], &message, 1, 0, nullptr) == 1);
  require(write(ends[0], bytes, 1000) == 1000);
  require(read(ends[1], bytes, 1000) == 1000);
  require(writev(ends[0], &part, 1) == 1000);
  require(readv(ends[1], &part, 1) == 1000);
  require(write(ends[0], bytes, 1000) == 1000);
  require(__recv_chk(ends[1], bytes, 1000, 1000, 0) == 1000);
  mark("end");
}

// 1000 bytes by each call: 4 in, 3 out of this process, 3 from file to file.
void files() {
  const int file = temporary(), other = temporary();
  char bytes[1000] = {};
  iovec part = {bytes, sizeof bytes};
  int ends[2];
  require(pipe(ends) == 0);
  mark("begin");
  require(write(file, bytes, 1000) == 1000);
  require(pwritev(file, &part, 1, 0) == 1000);
  require(pwritev2(file, &part, 1, 0, 0) == 1000);
  require(preadv2(file, &part, 1, 0, 0) == 1000);
  require(pread64(file, bytes, 1000, 0) == 1000);
  require(__pread_chk(file, bytes, 1000, 0, 1000) == 1000);
  lseek(file, 0, SEEK_SET);
  require(__read_chk(file, bytes, 1000, 1000) == 1000);
  off64_t from = 0, to = 0;
  require(sendfile(other, file, &from, 1000) == 1000);
  from = 0;
  require(copy_file_range(file, &from, other, &to, 1000, 0) == 1000);
  from = 0;
  require(splice(file, &from, ends[1], nullptr, 1000, 0) == 1000);
  mark("end");
}

// 10000 bytes by each of ten functions.
void copy_functions() {
  constexpr std::size_t kBytes = 10000, kCharacters = kBytes / sizeof(wchar_t);
  static char from[kBytes], to[kBytes];
  auto* wide_from = reinterpret_cast<wchar_t*>(from);
  auto* wide_to = reinterpret_cast<wchar_t*>(to);
  mark("begin");
  std::memcpy(to, from, kBytes);
  std::memmove(to, from, kBytes);
  require(mempcpy(to, from, kBytes) == to + kBytes);
  __memcpy_chk(to, from, kBytes, kBytes);
  __memmove_chk(to, from, kBytes, kBytes);
  require(__mempcpy_chk(to, from, kBytes, kBytes) == to + kBytes);
  bcopy(from, to, kBytes);  // NOLINT(clang-analyzer-security.insecureAPI.bcopy)
  std::wmemcpy(wide_to, wide_from, kCharacters);
  std::wmemmove(wide_to, wide_from, kCharacters);
  __wmemcpy_chk(wide_to, wide_from, kCharacters, kCharacters);
  std::memmove(to, to, kBytes);  // onto itself: nothing moves
  std::memmove(to, to, 100);
  mark("end");
}
// NOLINTEND(bugprone-unsafe-functions,bugprone-suspicious-realloc-usage,clang-analyzer-*)
