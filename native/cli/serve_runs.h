// The routes on runs: the index, a search, a run's files, those that appear; taking one in and taking one away.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "api/api.h"
#include "native/cli/run_catalogue.h"
#include "native/server/metrics.h"
#include "native/server/router.h"

namespace chunkmark::cli {

// Keeps a catalogue up with its runs on a thread of its own, while this lives.
class RunWatch {
 public:
  RunWatch(RunCatalogue& catalogue, std::chrono::milliseconds period);
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  // Looks at once: what has just been done to the runs is told when this returns.
  void look_now();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// run.take_in: of a record that was measured elsewhere its id, and its text as it is kept: its captures did not come
// with it.
void add_run_methods(api::MethodTable& methods);

// All are borrowed.
void add_run_routes(server::Router& router, const Runs& runs, RunCatalogue& catalogue, RunWatch& watch);

}  // namespace chunkmark::cli
