// Lane: work that is done beside the caller, piece after piece in the order in which it is given.
//
// A piece that throws is the last; its exception comes out of the next call. Destroying a lane ends it, with what was
// not begun left undone. For one caller.
#pragma once

#include <functional>
#include <memory>

namespace chunkmark {

class Lane {
 public:
  virtual ~Lane() = default;

  // May wait, so that what was given and is not done stays little.
  virtual void run(std::function<void()> work) = 0;
  // Until all that was given is done.
  virtual void wait() = 0;
};

// A module of WebAssembly has one thread: what is for lanes alone is left out of it.
#ifdef __EMSCRIPTEN__
constexpr bool kHasLanes = false;
#else
constexpr bool kHasLanes = true;
#endif

// Where there are threads; null: everything is done by the caller.
using MakeLane = std::unique_ptr<Lane> (*)();

}  // namespace chunkmark
