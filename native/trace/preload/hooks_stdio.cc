// The C library's stdio: its own calls of the kernel pass no hook, so what a program hands to it or is handed by it
// counts instead, each byte once, when the program calls. (What is buffered and thrown away by a seek is not seen.)
//
// Streams over memory, or over the program's own functions, hand nothing to the kernel and are not counted.
//
// fscanf is not counted: it does not say how much it took. Single and wide characters: hooks_characters.cc.

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/stream.h"
#include "native/trace/preload/transfer.h"

// The names are the C library's. NOLINTBEGIN(bugprone-reserved-identifier)

using chunkmark::trace::is_file;

static ssize_t in(FILE* file, ssize_t bytes) {
  return is_file(file) ? chunkmark::trace::in(bytes) : bytes;
}
static ssize_t out(FILE* file, ssize_t bytes) {
  return is_file(file) ? chunkmark::trace::out(bytes) : bytes;
}

CHUNKMARK_HOOK size_t fread(void* to, size_t size, size_t count, FILE* file) {
  const size_t got = NEXT(fread)(to, size, count, file);
  in(file, static_cast<ssize_t>(got * size));
  return got;
}
CHUNKMARK_HOOK size_t fread_unlocked(void* to, size_t size, size_t count, FILE* file) {
  const size_t got = NEXT(fread_unlocked)(to, size, count, file);
  in(file, static_cast<ssize_t>(got * size));
  return got;
}
CHUNKMARK_HOOK size_t fwrite(const void* from, size_t size, size_t count, FILE* file) {
  const size_t put = NEXT(fwrite)(from, size, count, file);
  out(file, static_cast<ssize_t>(put * size));
  return put;
}
CHUNKMARK_HOOK size_t fwrite_unlocked(const void* from, size_t size, size_t count, FILE* file) {
  const size_t put = NEXT(fwrite_unlocked)(from, size, count, file);
  out(file, static_cast<ssize_t>(put * size));
  return put;
}
CHUNKMARK_HOOK size_t __fread_chk(void* to, size_t room, size_t size, size_t count, FILE* file) {
  const size_t got = NEXT(__fread_chk)(to, room, size, count, file);
  in(file, static_cast<ssize_t>(got * size));
  return got;
}
CHUNKMARK_HOOK size_t __fread_unlocked_chk(void* to, size_t room, size_t size, size_t count, FILE* file) {
  const size_t got = NEXT(__fread_unlocked_chk)(to, room, size, count, file);
  in(file, static_cast<ssize_t>(got * size));
  return got;
}

static int put_text(int result, FILE* file, const char* text, size_t more) {
  if (result >= 0) out(file, static_cast<ssize_t>(strlen(text) + more));
  return result;
}
CHUNKMARK_HOOK int fputs(const char* text, FILE* file) {
  return put_text(NEXT(fputs)(text, file), file, text, 0);
}
CHUNKMARK_HOOK int fputs_unlocked(const char* text, FILE* file) {
  return put_text(NEXT(fputs_unlocked)(text, file), file, text, 0);
}
CHUNKMARK_HOOK int puts(const char* text) {
  return put_text(NEXT(puts)(text), stdout, text, 1);
}

static char* got_line(char* line, FILE* file) {
  if (line != nullptr) in(file, static_cast<ssize_t>(strlen(line)));
  return line;
}
CHUNKMARK_HOOK char* fgets(char* to, int room, FILE* file) {
  return got_line(NEXT(fgets)(to, room, file), file);
}
CHUNKMARK_HOOK char* fgets_unlocked(char* to, int room, FILE* file) {
  return got_line(NEXT(fgets_unlocked)(to, room, file), file);
}
CHUNKMARK_HOOK char* __fgets_chk(char* to, size_t size, int room, FILE* file) {
  return got_line(NEXT(__fgets_chk)(to, size, room, file), file);
}
CHUNKMARK_HOOK char* __fgets_unlocked_chk(char* to, size_t size, int room, FILE* file) {
  return got_line(NEXT(__fgets_unlocked_chk)(to, size, room, file), file);
}
CHUNKMARK_HOOK ssize_t getline(char** line, size_t* room, FILE* file) {
  return in(file, NEXT(getline)(line, room, file));
}
CHUNKMARK_HOOK ssize_t getdelim(char** line, size_t* room, int end, FILE* file) {
  return in(file, NEXT(getdelim)(line, room, end, file));
}
CHUNKMARK_HOOK ssize_t __getdelim(char** line, size_t* room, int end, FILE* file) {
  return in(file, NEXT(__getdelim)(line, room, end, file));
}

static int printed(FILE* file, int bytes) {
  out(file, bytes);
  return bytes;
}
CHUNKMARK_HOOK int vfprintf(FILE* file, const char* format, va_list arguments) {
  return printed(file, NEXT(vfprintf)(file, format, arguments));
}
CHUNKMARK_HOOK int vprintf(const char* format, va_list arguments) {
  return vfprintf(stdout, format, arguments);
}
CHUNKMARK_HOOK int vdprintf(int file, const char* format, va_list arguments) {
  return static_cast<int>(chunkmark::trace::out(NEXT(vdprintf)(file, format, arguments)));
}
CHUNKMARK_HOOK int __vfprintf_chk(FILE* file, int flag, const char* format, va_list arguments) {
  return printed(file, NEXT(__vfprintf_chk)(file, flag, format, arguments));
}
CHUNKMARK_HOOK int __vprintf_chk(int flag, const char* format, va_list arguments) {
  return __vfprintf_chk(stdout, flag, format, arguments);
}
CHUNKMARK_HOOK int __vdprintf_chk(int file, int flag, const char* format, va_list arguments) {
  return static_cast<int>(chunkmark::trace::out(NEXT(__vdprintf_chk)(file, flag, format, arguments)));
}
CHUNKMARK_HOOK int fprintf(FILE* file, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int bytes = vfprintf(file, format, arguments);
  va_end(arguments);
  return bytes;
}
CHUNKMARK_HOOK int printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int bytes = vfprintf(stdout, format, arguments);
  va_end(arguments);
  return bytes;
}
CHUNKMARK_HOOK int dprintf(int file, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int bytes = vdprintf(file, format, arguments);
  va_end(arguments);
  return bytes;
}
CHUNKMARK_HOOK int __fprintf_chk(FILE* file, int flag, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int bytes = __vfprintf_chk(file, flag, format, arguments);
  va_end(arguments);
  return bytes;
}
CHUNKMARK_HOOK int __printf_chk(int flag, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int bytes = __vfprintf_chk(stdout, flag, format, arguments);
  va_end(arguments);
  return bytes;
}
CHUNKMARK_HOOK int __dprintf_chk(int file, int flag, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int bytes = __vdprintf_chk(file, flag, format, arguments);
  va_end(arguments);
  return bytes;
}
// NOLINTEND(bugprone-reserved-identifier)
