// NEXT(read)(file, buffer, count): the function behind the hook, which is the next one of its name in the loader's
// order (the C library's, or that of another preloaded library).
//
// The table below is all that hooks call of what they stand before. It is filled at once, at the first call of any
// hook, which comes from the loader or an initialiser while no other thread is there; from the modules' own tables,
// since dlsym takes the loader's lock and allocates when it fails, and a hook may be called by an allocator that holds
// a lock of its own. Besides these, hooks call: strlen, strcmp, strncmp, strchr, strstr, memcpy, memset and fileno; the
// wide hooks wcrtomb; clock_gettime off x86-64; _dl_find_object; PyGILState_GetThisThreadState. None of them
// allocates or waits for anybody.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wchar.h>

// What a program calls where the compiler knows the buffer's size. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
ssize_t __read_chk(int, void*, size_t, size_t);
ssize_t __pread_chk(int, void*, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void*, size_t, off64_t, size_t);
ssize_t __recv_chk(int, void*, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void*, size_t, size_t, int, sockaddr*, socklen_t*);
size_t __fread_chk(void*, size_t, size_t, size_t, FILE*);
size_t __fread_unlocked_chk(void*, size_t, size_t, size_t, FILE*);
char* __fgets_chk(char*, size_t, int, FILE*);
char* __fgets_unlocked_chk(char*, size_t, int, FILE*);
wchar_t* __fgetws_chk(wchar_t*, size_t, int, FILE*);
wchar_t* __fgetws_unlocked_chk(wchar_t*, size_t, int, FILE*);
ssize_t __getdelim(char**, size_t*, int, FILE*);
int __vfprintf_chk(FILE*, int, const char*, va_list);
int __vdprintf_chk(int, int, const char*, va_list);
int __vfwprintf_chk(FILE*, int, const wchar_t*, va_list);
}
// NOLINTEND(bugprone-reserved-identifier)

// clang-format off
#define CHUNKMARK_NEXT_FUNCTIONS(X)                                                                          \
  /* hooks_memory */                                                                                         \
  X(malloc) X(calloc) X(realloc) X(free) X(posix_memalign) X(aligned_alloc) X(memalign) X(valloc) X(pvalloc) \
  /* hooks_copy */                                                                                           \
  X(memcpy) X(memmove)                                                                                       \
  /* hooks_mapping */                                                                                        \
  X(mmap) X(mmap64) X(munmap) X(mremap) X(mprotect) X(madvise) X(syscall)                                    \
  /* hooks_transfer */                                                                                       \
  X(read) X(write) X(pread) X(pread64) X(pwrite) X(pwrite64) X(readv) X(writev) X(preadv) X(preadv64)        \
  X(pwritev) X(pwritev64) X(preadv2) X(preadv64v2) X(pwritev2) X(pwritev64v2)                                \
  X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) X(send) X(sendto) X(sendmsg) X(sendmmsg)                        \
  X(sendfile) X(sendfile64) X(copy_file_range) X(splice)                                                     \
  X(__read_chk) X(__pread_chk) X(__pread64_chk) X(__recv_chk) X(__recvfrom_chk)                              \
  /* hooks_stdio */                                                                                          \
  X(fread) X(fread_unlocked) X(__fread_chk) X(__fread_unlocked_chk) X(fwrite) X(fwrite_unlocked)             \
  X(fputs) X(fputs_unlocked) X(puts) X(fgets) X(fgets_unlocked) X(__fgets_chk) X(__fgets_unlocked_chk)       \
  X(getline) X(getdelim) X(__getdelim) X(vfprintf) X(vdprintf) X(__vfprintf_chk) X(__vdprintf_chk)           \
  /* hooks_characters */                                                                                      \
  X(fputc) X(putc) X(fputc_unlocked) X(putc_unlocked) X(putchar) X(putchar_unlocked) X(fgetc) X(getc)         \
  X(fgetc_unlocked) X(getc_unlocked) X(getchar) X(getchar_unlocked) X(fputwc) X(putwc) X(fputwc_unlocked)     \
  X(putwc_unlocked) X(putwchar) X(putwchar_unlocked) X(fgetwc) X(getwc) X(fgetwc_unlocked)                    \
  X(getwc_unlocked) X(getwchar) X(getwchar_unlocked) X(fputws) X(fputws_unlocked) X(fgetws)                   \
  X(fgetws_unlocked) X(__fgetws_chk) X(__fgetws_unlocked_chk) X(vfwprintf) X(__vfwprintf_chk)                 \
  /* hooks_exec */                                                                                           \
  X(execve) X(execvpe) X(fexecve) X(execveat) X(posix_spawn) X(posix_spawnp)                                 \
  /* hooks_exit */                                                                                           \
  X(_exit)                                                                                                   \
  /* hooks_process */                                                                                        \
  X(pthread_setcanceltype) X(prctl) X(dlclose)
// clang-format on

namespace chunkmark::trace {

// NOLINTBEGIN(bugprone-reserved-identifier,bugprone-macro-parentheses): the C library's names, as members
struct NextFunctions {
#define CHUNKMARK_NEXT_MEMBER(function) decltype(&::function) function;
  CHUNKMARK_NEXT_FUNCTIONS(CHUNKMARK_NEXT_MEMBER)
#undef CHUNKMARK_NEXT_MEMBER
  bool found;
};
// NOLINTEND(bugprone-reserved-identifier,bugprone-macro-parentheses)
extern NextFunctions g_next;

void find_next_functions();

inline const NextFunctions& next_functions() {
  if (__builtin_expect(!__atomic_load_n(&g_next.found, __ATOMIC_ACQUIRE), 0)) find_next_functions();
  return g_next;
}

}  // namespace chunkmark::trace

#define NEXT(function) (chunkmark::trace::next_functions().function)

// A function that stands before one of the same name.
#define CHUNKMARK_HOOK extern "C" __attribute__((visibility("default")))
