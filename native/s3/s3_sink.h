// S3Sink: one new object of a bucket, uploaded while it is encoded.
//
// How depends on what is known. A size that is known and comes in one append of one run of kLentBytes or more: one PUT,
// at commit(), whose body is the caller's own memory (Store::create says that it stays). All else is collected in parts
// of kPartBytes, and while they are all still here it is one PUT; otherwise a multipart upload, kPartsUnderway of them
// at a time. A part that has reserved bytes not filled in yet, or begins the last reserved range, stays until that is
// over: of a blosc chunk the first part goes last, and the table is written in it once all blocks are known.
// Compression runs once; compressing twice to learn the size for a PUT would cost more than the parts in memory are
// worth. Invariants: nothing is visible before commit(); an upload that is not committed is aborted; at most
// kMaxHeldParts + kPartsUnderway + 1 parts are in memory. Every request may be repeated: parts are kept until the
// server has acknowledged them, and carry a CRC-32C, which the server checks. Whether a completion, or a PUT with a
// condition, whose answer was lost was carried out is told by an id among the object's metadata. Not thread-safe. The
// Client must outlive it. Source: AWS, "Multipart upload overview" (5 MiB a part, 10,000 parts).
#pragma once

#include <deque>
#include <future>
#include <map>
#include <optional>
#include <vector>

#include "bytes/sink.h"
#include "native/s3/client.h"

namespace chunkmark::s3 {

constexpr std::size_t kPartBytes = 5 << 20;                     // S3's least
constexpr unsigned kMaxParts = 10000;                           // S3's most
constexpr std::size_t kPartsUnderway = 2;                       // one is sent while one more waits for its answer
constexpr std::size_t kMaxHeldParts = 2;                        // the object's first, and an inner chunk's
constexpr std::size_t kLentBytes = 512 << 10;                   // more than any scratch buffer has, which does not stay
constexpr std::uint64_t kMaxPutBytes = std::uint64_t{1} << 30;  // S3's most is 5 GiB; a repetition starts again
constexpr std::uint64_t kSliceBytes = std::uint64_t{64} << 20;  // of a larger array, uploaded as parts from where it is

class S3Sink final : public bytes::Sink {
 public:
  S3Sink(Client& client, std::string key, std::string name, std::optional<std::uint64_t> exact_bytes,
         std::optional<Fields::value_type> condition = {})
      : client_(client),
        key_(std::move(key)),
        name_(std::move(name)),
        exact_bytes_(exact_bytes),
        condition_(std::move(condition)) {}
  ~S3Sink() override;

  const std::string& name() const override { return name_; }
  using Sink::append;
  void append(std::span<const ByteView> runs) override;
  void reserve(std::size_t bytes) override;
  void patch_at(std::uint64_t offset, ByteView bytes) override;
  void truncate(std::uint64_t size) override;
  void commit() override;

 private:
  struct Part {
    unsigned number = 1;
    std::vector<std::byte> bytes;
    std::uint64_t begin() const { return std::uint64_t{number - 1} * kPartBytes; }
    std::uint64_t end() const { return begin() + bytes.size(); }
  };
  struct Range {
    std::uint64_t begin, end;
  };
  struct Sent {
    std::string etag, checksum;
  };

  void copy_lent();
  void collect(ByteView bytes);
  void make_room(std::size_t bytes);
  void part_is_full();
  bool must_stay(const Part& part) const;
  void send_what_need_not_stay();
  void send(Part part);
  void await_one();
  void await_all();

  void put(const std::vector<ByteView>& body);
  void put_slices();
  Sent upload_part(unsigned number, const std::vector<ByteView>& body);
  void start_upload();
  void abort_lost_uploads(double seconds);
  void abort_upload(const std::string& id);
  void complete_upload();
  bool is_ours();

  Client& client_;
  std::string key_, name_;
  std::optional<std::uint64_t> exact_bytes_;
  std::optional<Fields::value_type> condition_;  // a header

  ByteView lent_;
  Part current_;
  std::deque<Part> held_;
  std::vector<Range> unfilled_;  // reserved, and not filled in
  std::optional<std::uint64_t> reserved_last_;

  std::string upload_id_, write_id_;
  std::deque<std::pair<unsigned, std::future<Sent>>> underway_;
  std::map<unsigned, Sent> sent_;
};

}  // namespace chunkmark::s3
