// A program made for trouble: trouble CASE. What it prints and its status are the same whether it is traced or not.
//
// Each case is the smallest one that hung, crashed or killed a traced program.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

void chunkmark_mark(const char* name) __attribute__((weak));

enum { kCopyBytes = 8192 };  // recorded with a stack
static char g_from[kCopyBytes], g_to[kCopyBytes];
static void* volatile g_kept;
static void* (*volatile copy)(void*, const void*, size_t) = memcpy;

static void use_hooks(void) {
  g_kept = malloc(100);
  g_kept = realloc(g_kept, 5000);
  copy(g_to, g_from, kCopyBytes);
  free(g_kept);
  void* mapped = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(mapped, 65536, PROT_READ | PROT_WRITE);
  mapped = mremap(mapped, 65536, 131072, MREMAP_MAYMOVE);
  munmap(mapped, 131072);
  if (write(STDOUT_FILENO, ".", 1) != 1) exit(3);
}

static void* in_thread(void* ignored) {
  use_hooks();
  return ignored;
}

// A thread with the smallest stack that there is.
static int small_thread(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, in_thread, NULL) != 0) return 3;
  pthread_join(thread, NULL);
  return 0;
}

// A handler on a stack of 8 KiB, below which nothing is mapped.
static void on_signal(int number) {
  (void)number;
  use_hooks();
}
static char* guarded_stack(size_t bytes) {
  char* stack = mmap(NULL, bytes + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(stack + 65536, bytes, PROT_READ | PROT_WRITE);
  return stack + 65536;
}
static int small_handler(void) {
  const stack_t alternative = {.ss_sp = guarded_stack(8192), .ss_size = 8192};
  sigaltstack(&alternative, NULL);
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  for (int i = 0; i < 20; ++i) raise(SIGUSR1);
  return 0;
}

static ucontext_t g_main, g_coroutine;
static int small_coroutine(void) {
  getcontext(&g_coroutine);
  g_coroutine.uc_stack.ss_sp = guarded_stack(16384);
  g_coroutine.uc_stack.ss_size = 16384;
  g_coroutine.uc_link = &g_main;
  makecontext(&g_coroutine, use_hooks, 0);
  swapcontext(&g_main, &g_coroutine);
  return 0;
}

// Threads that are cancelled anywhere in a copy, several hundred of them; then more records than the ring holds.
static void* copies_for_ever(void* ignored) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  for (;;) copy(g_to, g_from, kCopyBytes);
  return ignored;
}
static int cancelled(void) {
  for (int i = 0; i < 300; ++i) {
    pthread_t threads[2];
    for (int j = 0; j < 2; ++j) pthread_create(&threads[j], NULL, copies_for_ever, NULL);
    usleep(i % 50 * 10);
    for (int j = 0; j < 2; ++j) pthread_cancel(threads[j]);
    for (int j = 0; j < 2; ++j) pthread_join(threads[j], NULL);
  }
  for (int i = 0; i < 400000; ++i) copy(g_to, g_from, kCopyBytes);
  return 0;
}

// Children of a process whose other thread is always inside a hook.
static int forks(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, copies_for_ever, NULL);
  for (int i = 0; i < 100; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int j = 0; j < 100; ++j) copy(g_to, g_from, kCopyBytes);
      _exit(7);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7) return 3;
  }
  pthread_cancel(thread);
  pthread_join(thread, NULL);
  return 0;
}

// May read, write and exit: any other system call kills it. More records than the ring holds.
static int confined(void) {
  mallopt(M_MMAP_MAX, 0);  // so that what follows needs no more of the kernel
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  g_kept = malloc(8000000);
  memset(g_kept, 1, 8000000);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return 3;
  free(g_kept);  // a large block, whose pages the tracer would look at
  for (int i = 0; i < 400000; ++i) {
    copy(g_to, g_from, kCopyBytes);
    free(malloc(100));
  }
  if (write(STDOUT_FILENO, "confined\n", 9) != 9) return 3;
  syscall(SYS_exit, 5);
  return 3;
}

// How much stack each hooked function takes, on a stack that is painted before: "name bytes".
static unsigned char* g_stack;
enum { kStackBytes = 1 << 18, kPaint = 0xa5, kKeep = 96 };
static void call_malloc(void) {
  g_kept = malloc(100);
}
static void call_realloc(void) {
  g_kept = realloc(g_kept, 200);
}
static void call_free(void) {
  free(g_kept);
}
static void call_memcpy(void) {
  copy(g_to, g_from, kCopyBytes);
}
static void call_mmap(void) {
  g_kept = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void call_mprotect(void) {
  mprotect(g_kept, 65536, PROT_READ | PROT_WRITE);
}
static void call_mremap(void) {
  g_kept = mremap(g_kept, 65536, 65536, MREMAP_MAYMOVE);
}
static void call_munmap(void) {
  munmap(g_kept, 65536);
}
static void call_write(void) {
  static int nowhere = -1;
  if (nowhere < 0) nowhere = open("/dev/null", O_WRONLY);
  if (write(nowhere, "x", 1) != 1) exit(3);
}
static void call_mark(void) {
  if (chunkmark_mark != NULL) chunkmark_mark("painted");
}
static void call_exec(void) {
  char* const arguments[] = {"x", NULL};
  execv("/etc/hostname", arguments);  // looked at, and not executable
}

__attribute__((noinline)) static size_t stack_used(void (*call)(void)) {
  unsigned char* here = __builtin_frame_address(0);
  for (unsigned char* at = g_stack; at < here - kKeep; ++at) *(volatile unsigned char*)at = kPaint;
  call();
  unsigned char* at = g_stack;
  while (*at == kPaint) ++at;
  return (size_t)(here - at);
}

static const struct {
  const char* name;
  void (*call)(void);
} g_calls[] = {
    {"malloc", call_malloc}, {"realloc", call_realloc},   {"free", call_free},     {"memcpy", call_memcpy},
    {"mmap", call_mmap},     {"mprotect", call_mprotect}, {"mremap", call_mremap}, {"munmap", call_munmap},
    {"write", call_write},   {"mark", call_mark},         {"exec", call_exec},
};
enum { kCalls = sizeof g_calls / sizeof g_calls[0] };
static size_t g_used[kCalls];
static void* measure(void* ignored) {
  for (int round = 0; round < 20; ++round) {  // the first finds all stacks new, later ones are learnt
    for (int i = 0; i < kCalls; ++i) {
      const size_t used = stack_used(g_calls[i].call);
      if (used > g_used[i]) g_used[i] = used;
    }
  }
  return ignored;
}
static int stack(void) {
  g_stack = mmap(NULL, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, g_stack, kStackBytes);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, measure, NULL) != 0) return 3;
  pthread_join(thread, NULL);
  for (int i = 0; i < kCalls; ++i) printf("%s %zu\n", g_calls[i].name, g_used[i]);
  return 0;
}

int main(int argc, char** argv) {
  const struct {
    const char* name;
    int (*run)(void);
  } cases[] = {
      {"small_thread", small_thread},
      {"small_handler", small_handler},
      {"small_coroutine", small_coroutine},
      {"cancelled", cancelled},
      {"forks", forks},
      {"confined", confined},
      {"stack", stack},
  };
  for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof cases[0]; ++i) {
    if (strcmp(argv[1], cases[i].name) == 0) return cases[i].run();
  }
  return 2;
}
