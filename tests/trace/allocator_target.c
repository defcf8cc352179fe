// A program with an allocator of its own, exported so that it takes the C library's place. It maps its room while it
// holds a lock that is not recursive: whatever allocates inside that call waits for ever.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { kRoom = 64 << 20 };
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static char* g_begin;
static size_t g_used;

// The size stands before each block, which is never used again.
void* malloc(size_t bytes) {
  pthread_mutex_lock(&g_lock);
  if (g_begin == NULL) g_begin = mmap(NULL, kRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* block = g_begin + g_used + 16;
  *(size_t*)(void*)(block - 16) = bytes;
  g_used += (bytes + 31) / 16 * 16;
  pthread_mutex_unlock(&g_lock);
  return g_used <= kRoom ? block : NULL;
}

void free(void* block) {
  (void)block;
}

void* calloc(size_t count, size_t bytes) {
  return malloc(count * bytes);
}

void* realloc(void* block, size_t bytes) {
  void* moved = malloc(bytes);
  if (block == NULL || moved == NULL) return moved;
  const size_t before = *(size_t*)(void*)((char*)block - 16);
  return memcpy(moved, block, before < bytes ? before : bytes);
}

// As Rust's programs have it.
void* _rjem_malloc(size_t bytes) {
  return malloc(bytes);
}

int main(void) {
  char* volatile block = malloc(1000000);
  memset(block, 'x', 1000000);
  block = realloc(block, 2000000);
  puts("ran");
  return block[999999] == 'x' ? 6 : 3;
}
