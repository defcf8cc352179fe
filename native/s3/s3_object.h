// S3Object: an object of a bucket, read in parts straight into where they belong.
//
// One request opens it: a GET of the first bytes (Access says how many), whose head tells the size and the ETag, and
// whose body stays in the connection. Whoever reads on from where it stands gets it from there (a small chunk costs one
// request, and a codec that reads piece by piece one request per kAheadBytes); large reads elsewhere are ranged GETs
// beside each other; small ones, such as those of several lanes that are not quite in order, go through a window of
// kWindowBytes. An object that is read here and there (kScattered) keeps its first bytes, and fetches exactly what it
// is asked for, from several threads beside each other: a bytes::BlockCache stands before it. Invariant: every request
// but the first asks for the same ETag (If-Match), so that no read mixes two objects: what was replaced meanwhile is
// kConflict, except the bytes that are held: objects of up to kWholeBytes. Where the server gives a checksum with an
// answer that is the whole object, it is verified when the last byte was read; of a range, which servers give no sum
// of, the ETag, the place and the length are. Thread-safe. Owns the window. The Client
// must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bytes/random_access.h"
#include "native/s3/checksum.h"
#include "native/s3/client.h"
#include "native/s3/turns.h"
#include "storage/store/store.h"

namespace chunkmark::s3 {

// Waste where only a shard's index at the end is wanted, a second request where a chunk is larger.
constexpr std::uint64_t kFirstBytes = 1 << 20;
constexpr std::uint64_t kWholeBytes = 16 << 10;           // metadata
constexpr std::uint64_t kScatteredFirstBytes = 64 << 10;  // a file's superblock, and what lies beside it
constexpr std::uint64_t kPieceBytes = 8 << 20;            // of a large read: latency is small beside it
constexpr unsigned kReadLanes = 4;                        // a few connections fill what one cannot
constexpr std::uint64_t kLargeBytes = 4 << 20;            // larger reads are not served from the window
constexpr std::uint64_t kWindowBytes = 4 << 20;
constexpr std::uint64_t kSegmentBytes = 256 << 10;
constexpr std::uint64_t kAheadBytes = 8 << 20;       // asked for when a reader goes on, and doubled every time ...
constexpr std::uint64_t kMostAheadBytes = 64 << 20;  // ... up to this
constexpr std::uint64_t kDrainBytes = 64 << 10;      // read to their end to keep a connection; more is not worth it

class S3Object final : public bytes::RandomAccess {
 public:
  // Null when there is none. `name` is for messages.
  // Of a plain server null as well where it redirects, to `location`.
  static std::unique_ptr<S3Object> open(Client& client, const std::string& key, std::string name, store::Access access,
                                        std::string* location = nullptr);
  ~S3Object() override;

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  std::string identity() const override { return etag_; }
  using RandomAccess::read_at;
  void read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const override;

 private:
  using Runs = std::vector<MutableByteView>;
  struct Segment {
    std::uint64_t begin;
    std::vector<std::byte> bytes;
    std::size_t taken = 0;  // bytes of it that readers have had
  };

  S3Object(Client& client, std::string key, std::string name, store::Access access)
      : client_(client), key_(std::move(key)), name_(std::move(name)), access_(access) {}

  void check_sum(const Crc32c& sum) const;
  void take_first(Response& response);
  void check_plain(const Response& response, std::uint64_t whole) const;
  Request ranged(std::uint64_t begin, std::uint64_t end) const;
  void check_range_of(const Response& response, std::uint64_t begin, std::uint64_t end) const;
  void fetch(std::uint64_t offset, const Runs& runs) const;
  void read_large(std::uint64_t offset, std::span<const MutableByteView> runs) const;
  void read_stream(Runs runs) const;
  void read_window(std::uint64_t offset, MutableByteView into) const;
  Segment room_in_window() const;
  void start_stream(std::uint64_t at) const;
  void end_stream() const;

  Client& client_;
  std::string key_, name_, etag_;
  std::string modified_;  // Last-Modified, where there is no ETag
  store::Access access_;
  std::uint64_t size_ = 0;
  std::string held_;  // the first bytes, or all

  mutable Turns turns_;                     // of what follows
  mutable std::optional<Response> stream_;  // its next byte is at stream_at_
  mutable std::uint64_t stream_at_ = 0;
  mutable std::optional<Crc32c> sum_;  // of what the first answer, the whole object, has given so far
  std::string checksum_;               // what it should be at the end; empty where the server says none
  mutable std::uint64_t ahead_ = kAheadBytes;
  mutable std::vector<Segment> window_;  // the oldest first
};

}  // namespace chunkmark::s3
