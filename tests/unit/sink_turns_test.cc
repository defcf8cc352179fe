// SinkTurns: pieces that are made beside each other lie in order, whatever each was held for.
#include "bytes/sink_turns.h"

#include <random>

#include "base/error.h"
#include "bytes/buffer_sink.h"
#include "native/os/thread_executor.h"
#include "unit/catch.h"

namespace chunkmark::bytes {
namespace {

// Takes patches of what was reserved only, as an upload would.
class StrictSink final : public Sink {
 public:
  BufferSink inner{"strict"};

  const std::string& name() const override { return inner.name(); }
  using Sink::append;
  void append(std::span<const ByteView> runs) override {
    inner.append(runs);
    if (inner.bytes().size() > fail_behind) throw Error(ErrorCode::kIo, "strict: full");
  }
  void reserve(std::size_t bytes) override {
    open_.insert(open_.end(), inner.bytes().size() - open_.size(), false);
    open_.insert(open_.end(), bytes, true);
    inner.reserve(bytes);
  }
  void patch_at(std::uint64_t offset, ByteView bytes) override {
    for (std::uint64_t at = offset; at < offset + bytes.size(); ++at) {
      if (at >= open_.size() || !open_[at]) throw Error(ErrorCode::kInvalidArgument, "strict: not reserved");
      open_[at] = false;
    }
    inner.patch_at(offset, bytes);
  }
  void truncate(std::uint64_t size) override {
    inner.truncate(size);
    open_.resize(std::min<std::size_t>(open_.size(), size));
  }
  void commit() override {}

  std::size_t fail_behind = ~std::size_t{0};

 private:
  std::vector<bool> open_;
};

// Piece i: a header of 4 bytes that is filled in at the end, then so many bytes in small runs; every fifth is begun
// anew.
std::vector<std::byte> make_piece(std::size_t i, Sink& sink) {
  std::mt19937_64 random(i);
  std::vector<std::byte> all;
  sink.reserve(4);
  if (i % 5 == 0) {
    sink.append(std::vector<std::byte>(random() % 5000));
    sink.truncate(0);
    sink.reserve(4);
  }
  all.resize(4);
  const std::size_t size = random() % 20000;
  while (all.size() < size) {
    std::vector<std::byte> run(1 + random() % 700);
    for (std::byte& b : run) b = static_cast<std::byte>(random());
    sink.append(run);
    all.insert(all.end(), run.begin(), run.end());
  }
  std::byte header[4];
  store_le(header, static_cast<std::uint32_t>(i));
  sink.patch_at(0, ByteView(header).first(3));
  sink.patch_at(3, ByteView(header).subspan(3));
  std::copy(header, header + 4, all.begin());
  return all;
}

TEST_CASE("pieces lie one behind the other, for any number of lanes and any room to wait in") {
  constexpr std::size_t kPieces = 60;
  for (const unsigned lanes : {1u, 2u, 5u}) {
    for (const std::size_t held : {std::size_t{0}, std::size_t{3}, std::size_t{5000}, std::size_t{1} << 20}) {
      CAPTURE(lanes, held);
      StrictSink sink;
      sink.append(std::vector<std::byte>(100));
      SinkTurns turns(sink, 100, lanes, held);
      std::vector<std::vector<std::byte>> pieces(kPieces);
      std::vector<Extent> places(kPieces);
      os::ThreadExecutor executor(lanes);
      executor.parallel(kPieces, [&](std::size_t i, unsigned) {
        SinkTurns::Piece piece(turns, i);
        pieces[i] = make_piece(i, piece);
        places[i] = piece.finish();
      });
      std::uint64_t end = 100;
      for (std::size_t i = 0; i < kPieces; ++i) {
        REQUIRE(places[i].offset == end);
        REQUIRE(places[i].size == pieces[i].size());
        const ByteView stored = ByteView(sink.inner.bytes()).subspan(end, pieces[i].size());
        REQUIRE(std::equal(stored.begin(), stored.end(), pieces[i].begin()));
        end += pieces[i].size();
      }
      CHECK(sink.inner.bytes().size() == end);
    }
  }
}

TEST_CASE("an error ends the pieces behind it, and is the one that is told") {
  for (const unsigned lanes : {1u, 4u}) {
    for (const std::size_t fails : {0, 7, 59}) {
      CAPTURE(lanes, fails);
      StrictSink sink;
      SinkTurns turns(sink, 0, lanes, 4000);
      os::ThreadExecutor executor(lanes);
      std::vector<Extent> places(60);
      CHECK_THROWS_WITH(executor.parallel(60,
                                          [&](std::size_t i, unsigned) {
                                            SinkTurns::Piece piece(turns, i);
                                            make_piece(i, piece);
                                            if (i == fails) throw Error(ErrorCode::kCorrupt, "this one");
                                            places[i] = piece.finish();
                                          }),
                        "this one");
      for (std::size_t i = 0; i < fails; ++i) CHECK(places[i].size > 0);
    }
  }
}

TEST_CASE("an error of the sink is told once") {
  StrictSink sink;
  sink.fail_behind = 50000;
  SinkTurns turns(sink, 0, 4, 4000);
  os::ThreadExecutor executor(4);
  CHECK_THROWS_WITH(executor.parallel(60,
                                      [&](std::size_t i, unsigned) {
                                        SinkTurns::Piece piece(turns, i);
                                        make_piece(i, piece);
                                        piece.finish();
                                      }),
                    "strict: full");
}

}  // namespace
}  // namespace chunkmark::bytes
