// What the parts of the tracer's target share.
#pragma once

#include <cstddef>

constexpr std::size_t kMegabyte = 1'000'000;
extern void* volatile g_kept;  // keeps the compiler from removing what is allocated

void* make_block(std::size_t bytes);
void mark(const char* name);
void require(bool holds);
int temporary();                              // a file without a name
void touch(void* memory, std::size_t bytes);  // each of its pages

// Cases in target_bytes.cc.
void transfers();
void stdio();
void memory_streams();
void sockets();
void files();
void copy_functions();

// Cases in target_pages.cc.
void mappings();
void reservations();
void arena();
void whole();
void given_back();
void moved_arena();
void unmapped_in_part();
void short_lived();
void copy_on_write();
void shared_once();
void shared_inherited();
void shared_kinds();
void by_syscall();
void untold();
void half_block();
