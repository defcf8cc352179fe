// Store: named objects, written once and whole, read in parts. The seam to file systems, object stores and
// memory.
//
// Keys are '/'-separated ("group/array/c/0/1"); check_key() says which are legal. An object appears,
// complete, when its Sink commits, and replaces the one before in a single step. A store must outlive its
// sinks and readers. Several threads may create, open and erase objects at once, each with sinks of its own; readers
// are thread-safe (see bytes::RandomAccess).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/random_access.h"
#include "bytes/sink.h"

namespace chunkmark::store {

using bytes::RandomAccess;
using bytes::Sink;

// How an object is going to be read: how much a store that is far away asks for at a time.
enum class Access {
  kInOrder,    // from its beginning, most of it: a chunk
  kWhole,      // all of it, at once
  kScattered,  // here and there: a file within the object. Small reads go through a bounded cache
};

// Objects 0..n-1 of a store that are about to be opened, about in this order, each once. Thread-safe; the store and
// what gives the keys must outlive it.
class Openings {
 public:
  virtual ~Openings() = default;
  // As Store::open of key `i`.
  virtual std::unique_ptr<RandomAccess> open(std::uint64_t i) = 0;
};
using KeyOf = std::function<std::string(std::uint64_t i)>;  // called from several threads

class Store {
 public:
  virtual ~Store() = default;

  // A new object. `exact_bytes` is its final size where that is known beforehand; committing another size is
  // the caller's error. One run of all these bytes, 512 kB or more, must stay where it is until the sink has committed
  // or is gone: an object store sends it from there, as often as the network makes it.
  virtual std::unique_ptr<bytes::Sink> create(std::string_view key, std::optional<std::uint64_t> exact_bytes) = 0;

  // The object, or null when there is none.
  virtual std::unique_ptr<bytes::RandomAccess> open(std::string_view key) = 0;
  // The same, told how it is going to be read; where that makes no difference it is open().
  virtual std::unique_ptr<bytes::RandomAccess> open_for(std::string_view key, Access /*access*/) { return open(key); }

  // A store that is far away opens some of them before they are asked for: as many requests are underway as it takes,
  // not as many as threads decode. Elsewhere each is opened when it is asked for.
  // `object_bytes`: about what each of them has, at most.
  virtual std::unique_ptr<Openings> open_each(std::uint64_t n, std::uint64_t object_bytes, KeyOf key_of);

  // Removes the object; false when there was none.
  virtual bool erase(std::string_view key) = 0;

  // What lies directly under `prefix` ("" or a key): objects by name, and groups of objects with a '/'
  // behind; sorted.
  virtual std::vector<std::string> list(std::string_view prefix) = 0;

  // Where the store is, for messages: a path, an URL, "memory:".
  virtual std::string location() const = 0;
};

// Errors: kInvalidArgument unless `key` is of 1..1024 bytes in parts that are neither empty, "." nor "..",
// and that contain no NUL, backslash or colon.
void check_key(std::string_view key);

// prefix + "/" + name, or name when the prefix is empty.
std::string join_key(std::string_view prefix, std::string_view name);

// Removes every object below `prefix`, one by one.
void erase_all(Store& store, std::string_view prefix);

// A small object as text; nullopt when there is none. Errors: kCorrupt when it is larger than `max_bytes`.
std::optional<std::string> read_text(Store& store, std::string_view key, std::size_t max_bytes);
void write_text(Store& store, std::string_view key, std::string_view text);

}  // namespace chunkmark::store
