// Buffers whose content is known. Built without builtins, so that loops stay loops: no hook sees their copies.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { kBytes = 8000000, kHeader = 64, kParts = 5, kPieces = 1000 };

void chunkmark_mark(const char* name) __attribute__((weak));

static void mark(const char* name) {
  if (chunkmark_mark) chunkmark_mark(name);
}

static unsigned char* random_array(size_t bytes, uint64_t seed) {
  uint64_t* words = malloc(bytes);
  for (size_t i = 0; i < bytes / 8; ++i) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    words[i] = seed;
  }
  return (unsigned char*)words;
}

static void copy(unsigned char* to, const unsigned char* from, size_t bytes, unsigned char change) {
  for (size_t i = 0; i < bytes; ++i) {
    to[i] = from[i] ^ change;
    __asm__ volatile("" ::: "memory");
  }
}

int main(int argc, char** argv) {
  const char* name = argc > 1 ? argv[1] : "";
  unsigned char* array = random_array(kBytes, 88172645463325252u);
  int marks = strcmp(name, "unmarked") != 0;
  if (marks) mark("begin");
  unsigned char* other = NULL;
  if (strcmp(name, "loop") == 0 || !marks) {
    other = malloc(kBytes);
    copy(other, array, kBytes, 0);
  } else if (strcmp(name, "header") == 0) {
    other = malloc(kBytes + kHeader);
    memset(other, 1, kHeader);
    copy(other + kHeader, array, kBytes, 0);
  } else if (strcmp(name, "parts") == 0) {  // as an object is fetched
    unsigned char* parts[kParts];
    for (int i = 0; i < kParts; ++i) {
      parts[i] = malloc(kBytes / kParts);
      copy(parts[i], array + i * (kBytes / kParts), kBytes / kParts, 0);
    }
    for (int i = 0; i < kParts; ++i) free(parts[i]);
  } else if (strcmp(name, "pieces") == 0 || strcmp(name, "rotated") == 0) {  // as a stream hands an array over
    static unsigned char* pieces[kPieces];
    const size_t bytes = kBytes / kPieces;
    for (int i = 0; i < kPieces; ++i) pieces[i] = malloc(bytes);
    const int changes = strcmp(name, "rotated") == 0;
    for (int i = 0; i < kPieces; ++i) {
      if (changes) {  // its bytes are the array's, but it was made from them by a loop: nobody can tell
        copy(pieces[i], array + i * bytes + 1, bytes - 1, 0);
      } else {
        memcpy(pieces[i], array + i * bytes, bytes);
      }
    }
    for (int i = 0; i < kPieces; ++i) free(pieces[i]);
  } else if (strcmp(name, "shared") == 0) {
    other = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    copy(other, array, kBytes, 0);
    munmap(other, kBytes);
    other = NULL;
  } else if (strcmp(name, "changed") == 0) {
    other = malloc(kBytes);
    copy(other, array, kBytes, 0x5a);
  } else if (strcmp(name, "untouched") == 0) {
    other = malloc(kBytes);
  } else if (strcmp(name, "freed") == 0) {  // a copy that is gone when the heap is largest
    unsigned char* early = malloc(kBytes);
    copy(early, array, kBytes, 0);
    free(early);
    other = random_array(kBytes + kBytes / 8, 7);
  } else if (strcmp(name, "realloc") == 0) {  // at the peak it has room to spare, then no more
    other = malloc(kBytes + kBytes / 4);
    copy(other, array, kBytes, 0);
    other = realloc(other, kBytes);
  } else if (strcmp(name, "overwritten") == 0) {  // after the peak
    other = malloc(kBytes);
    copy(other, array, kBytes, 0);
    unsigned char* third = random_array(kBytes, 11);
    copy(other, array, kBytes, 0x33);
    free(third);
  } else {
    return 2;
  }
  if (strcmp(name, "realloc") != 0) free(other);
  if (marks) mark("end");
  return 0;
}
