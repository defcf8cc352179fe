// An allocator that maps each block by the C library's mmap, as others do for their room. For LD_PRELOAD.

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

// Before each block: the length of its mapping, which begins where the block's page does.
enum { kHead = 4096 };
// Smaller mappings are never given back.
enum { kKept = 1 << 16 };

void* malloc(size_t bytes) {
  const size_t length = bytes + kHead;
  char* mapping = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return NULL;
  *(size_t*)mapping = length;
  return mapping + kHead;
}

void free(void* block) {
  if (block == NULL) return;
  char* mapping = (char*)block - kHead;
  if (*(size_t*)mapping >= kKept) munmap(mapping, *(size_t*)mapping);
}

void* calloc(size_t count, size_t bytes) {
  return malloc(count * bytes);
}

void* realloc(void* block, size_t bytes) {
  char* moved = malloc(bytes);
  if (moved == NULL || block == NULL) return moved;
  const size_t room = *(size_t*)((char*)block - kHead) - kHead;
  memcpy(moved, block, bytes < room ? bytes : room);
  free(block);
  return moved;
}

int posix_memalign(void** out, size_t alignment, size_t bytes) {
  *out = alignment <= kHead ? malloc(bytes) : NULL;
  return *out != NULL ? 0 : ENOMEM;
}

void* aligned_alloc(size_t alignment, size_t bytes) {
  return alignment <= kHead ? malloc(bytes) : NULL;
}

void* memalign(size_t alignment, size_t bytes) {
  return aligned_alloc(alignment, bytes);
}
