// What the parts of the tracer's target share.
#pragma once

#include <cstddef>

constexpr std::size_t kMegabyte = 1'000'000;
extern void* volatile g_kept;  // keeps the compiler from removing what is allocated

void* make_block(std::size_t bytes);
void mark(const char* name);
void require(bool holds);
int temporary();  // a file without a name

// Cases in target_bytes.cc.
void transfers();
void stdio();
void memory_streams();
void sockets();
void files();
void copy_functions();
