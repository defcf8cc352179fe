// Single and wide characters of the C library's stdio, counted in bytes as they reach the file.
//
// What a program reads with the unlocked macros of getc, or the compiler expands in place, passes no function until the
// buffer is empty and is not seen. Of the wide forms of printf the characters are counted, which is what they tell.

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#include "native/trace/preload/next.h"
#include "native/trace/preload/stream.h"
#include "native/trace/preload/transfer.h"

using chunkmark::trace::is_file;

namespace {

int put(int result, FILE* file) {
  if (result != EOF && is_file(file)) chunkmark::trace::out_characters(1);
  return result;
}
int got(int result, FILE* file) {
  if (result != EOF && is_file(file)) chunkmark::trace::in_characters(1);
  return result;
}

// Bytes of a character in the program's locale.
std::uint32_t encoded_bytes(wchar_t character) {
  if (static_cast<std::uint32_t>(character) < 0x80) return 1;
  char bytes[16];
  mbstate_t state{};
  const int error = errno;
  const std::size_t count = wcrtomb(bytes, character, &state);
  errno = error;
  return count <= sizeof bytes ? static_cast<std::uint32_t>(count) : 0;
}
std::uint64_t encoded_bytes(const wchar_t* text) {
  std::uint64_t bytes = 0;
  for (; *text != L'\0'; ++text) bytes += encoded_bytes(*text);
  return bytes;
}

wint_t put_wide(wint_t result, FILE* file) {
  if (result != WEOF && is_file(file)) chunkmark::trace::out_characters(encoded_bytes(static_cast<wchar_t>(result)));
  return result;
}
wint_t got_wide(wint_t result, FILE* file) {
  if (result != WEOF && is_file(file)) chunkmark::trace::in_characters(encoded_bytes(static_cast<wchar_t>(result)));
  return result;
}
wchar_t* got_wide_line(wchar_t* line, FILE* file) {
  if (line != nullptr && is_file(file)) chunkmark::trace::in(static_cast<ssize_t>(encoded_bytes(line)));
  return line;
}
int put_wide_text(int result, FILE* file, const wchar_t* text) {
  if (result >= 0 && is_file(file)) chunkmark::trace::out(static_cast<ssize_t>(encoded_bytes(text)));
  return result;
}
int printed(int characters, FILE* file) {
  if (is_file(file)) chunkmark::trace::out(characters);
  return characters;
}

}  // namespace

CHUNKMARK_HOOK int fputc(int character, FILE* file) {
  return put(NEXT(fputc)(character, file), file);
}
CHUNKMARK_HOOK int putc(int character, FILE* file) {
  return put(NEXT(putc)(character, file), file);
}
CHUNKMARK_HOOK int fputc_unlocked(int character, FILE* file) {
  return put(NEXT(fputc_unlocked)(character, file), file);
}
CHUNKMARK_HOOK int putc_unlocked(int character, FILE* file) {
  return put(NEXT(putc_unlocked)(character, file), file);
}
CHUNKMARK_HOOK int putchar(int character) {
  return put(NEXT(putchar)(character), stdout);
}
CHUNKMARK_HOOK int putchar_unlocked(int character) {
  return put(NEXT(putchar_unlocked)(character), stdout);
}
CHUNKMARK_HOOK int fgetc(FILE* file) {
  return got(NEXT(fgetc)(file), file);
}
CHUNKMARK_HOOK int getc(FILE* file) {
  return got(NEXT(getc)(file), file);
}
CHUNKMARK_HOOK int fgetc_unlocked(FILE* file) {
  return got(NEXT(fgetc_unlocked)(file), file);
}
CHUNKMARK_HOOK int getc_unlocked(FILE* file) {
  return got(NEXT(getc_unlocked)(file), file);
}
CHUNKMARK_HOOK int getchar() {
  return got(NEXT(getchar)(), stdin);
}
CHUNKMARK_HOOK int getchar_unlocked() {
  return got(NEXT(getchar_unlocked)(), stdin);
}

CHUNKMARK_HOOK wint_t fputwc(wchar_t character, FILE* file) {
  return put_wide(NEXT(fputwc)(character, file), file);
}
CHUNKMARK_HOOK wint_t putwc(wchar_t character, FILE* file) {
  return put_wide(NEXT(putwc)(character, file), file);
}
CHUNKMARK_HOOK wint_t fputwc_unlocked(wchar_t character, FILE* file) {
  return put_wide(NEXT(fputwc_unlocked)(character, file), file);
}
CHUNKMARK_HOOK wint_t putwc_unlocked(wchar_t character, FILE* file) {
  return put_wide(NEXT(putwc_unlocked)(character, file), file);
}
CHUNKMARK_HOOK wint_t putwchar(wchar_t character) {
  return put_wide(NEXT(putwchar)(character), stdout);
}
CHUNKMARK_HOOK wint_t putwchar_unlocked(wchar_t character) {
  return put_wide(NEXT(putwchar_unlocked)(character), stdout);
}
CHUNKMARK_HOOK wint_t fgetwc(FILE* file) {
  return got_wide(NEXT(fgetwc)(file), file);
}
CHUNKMARK_HOOK wint_t getwc(FILE* file) {
  return got_wide(NEXT(getwc)(file), file);
}
CHUNKMARK_HOOK wint_t fgetwc_unlocked(FILE* file) {
  return got_wide(NEXT(fgetwc_unlocked)(file), file);
}
CHUNKMARK_HOOK wint_t getwc_unlocked(FILE* file) {
  return got_wide(NEXT(getwc_unlocked)(file), file);
}
CHUNKMARK_HOOK wint_t getwchar() {
  return got_wide(NEXT(getwchar)(), stdin);
}
CHUNKMARK_HOOK wint_t getwchar_unlocked() {
  return got_wide(NEXT(getwchar_unlocked)(), stdin);
}
CHUNKMARK_HOOK int fputws(const wchar_t* text, FILE* file) {
  return put_wide_text(NEXT(fputws)(text, file), file, text);
}
CHUNKMARK_HOOK int fputws_unlocked(const wchar_t* text, FILE* file) {
  return put_wide_text(NEXT(fputws_unlocked)(text, file), file, text);
}
CHUNKMARK_HOOK wchar_t* fgetws(wchar_t* to, int room, FILE* file) {
  return got_wide_line(NEXT(fgetws)(to, room, file), file);
}
CHUNKMARK_HOOK wchar_t* fgetws_unlocked(wchar_t* to, int room, FILE* file) {
  return got_wide_line(NEXT(fgetws_unlocked)(to, room, file), file);
}

CHUNKMARK_HOOK int vfwprintf(FILE* file, const wchar_t* format, va_list arguments) {
  return printed(NEXT(vfwprintf)(file, format, arguments), file);
}
CHUNKMARK_HOOK int vwprintf(const wchar_t* format, va_list arguments) {
  return vfwprintf(stdout, format, arguments);
}
CHUNKMARK_HOOK int fwprintf(FILE* file, const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int characters = vfwprintf(file, format, arguments);
  va_end(arguments);
  return characters;
}
CHUNKMARK_HOOK int wprintf(const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int characters = vfwprintf(stdout, format, arguments);
  va_end(arguments);
  return characters;
}

// The checked forms. NOLINTBEGIN(bugprone-reserved-identifier)
CHUNKMARK_HOOK wchar_t* __fgetws_chk(wchar_t* to, size_t size, int room, FILE* file) {
  return got_wide_line(NEXT(__fgetws_chk)(to, size, room, file), file);
}
CHUNKMARK_HOOK wchar_t* __fgetws_unlocked_chk(wchar_t* to, size_t size, int room, FILE* file) {
  return got_wide_line(NEXT(__fgetws_unlocked_chk)(to, size, room, file), file);
}
CHUNKMARK_HOOK int __vfwprintf_chk(FILE* file, int flag, const wchar_t* format, va_list arguments) {
  return printed(NEXT(__vfwprintf_chk)(file, flag, format, arguments), file);
}
CHUNKMARK_HOOK int __fwprintf_chk(FILE* file, int flag, const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int characters = __vfwprintf_chk(file, flag, format, arguments);
  va_end(arguments);
  return characters;
}
CHUNKMARK_HOOK int __wprintf_chk(int flag, const wchar_t* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int characters = __vfwprintf_chk(stdout, flag, format, arguments);
  va_end(arguments);
  return characters;
}
// NOLINTEND(bugprone-reserved-identifier)
