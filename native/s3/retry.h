// What is tried again, and when: pure, so that tests see every case.
#pragma once

#include <chrono>
#include <string_view>

namespace chunkmark::s3 {

// A server that is down for longer than about 10 s is told to the caller.
constexpr int kMaxAttempts = 7;

// Whether the same request may succeed later: throttling and faults of the server, not faults of the request.
constexpr bool is_transient(int status, std::string_view code) {
  if (status == 429 || status == 500 || status == 502 || status == 503 || status == 504 || status == 408) return true;
  if (status == 409 && code == "ConditionalRequestConflict") return true;  // two at once: one of them is to ask again
  return status == 400 && (code == "RequestTimeout" || code == "IncompleteBody");
}

// The pause before attempt `next` (1 is the first repetition): twice as long each time, and a random part of that, so
// that many clients that failed together do not come back together. `random` is from [0, 1).
constexpr std::chrono::milliseconds backoff(int next, double random) {
  constexpr double kFirstMs = 100, kMostMs = 5000;
  double most = kFirstMs;
  for (int i = 1; i < next && most < kMostMs; ++i) most *= 2;
  if (most > kMostMs) most = kMostMs;
  return std::chrono::milliseconds(static_cast<int>(most / 4 + most * 3 / 4 * random));
}

}  // namespace chunkmark::s3
