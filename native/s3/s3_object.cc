#include "native/s3/s3_object.h"

#include <algorithm>

#include "base/error.h"
#include "native/os/thread_executor.h"

namespace chunkmark::s3 {
namespace {

// [begin, begin + size) of what the runs hold.
std::vector<MutableByteView> part_of(std::span<const MutableByteView> runs, std::uint64_t begin, std::uint64_t size) {
  std::vector<MutableByteView> part;
  for (const MutableByteView run : runs) {
    const std::uint64_t skipped = std::min<std::uint64_t>(begin, run.size());
    begin -= skipped;
    const std::uint64_t taken = std::min<std::uint64_t>(size, run.size() - skipped);
    size -= taken;
    if (taken > 0) part.push_back(run.subspan(static_cast<std::size_t>(skipped), static_cast<std::size_t>(taken)));
  }
  return part;
}

std::string range_text(std::uint64_t begin, std::uint64_t end) {
  return "bytes=" + std::to_string(begin) + "-" + std::to_string(end - 1);
}

constexpr bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::uint64_t first_bytes(store::Access access) {
  return access == store::Access::kScattered ? kScatteredFirstBytes : kFirstBytes;
}

}  // namespace

std::unique_ptr<S3Object> S3Object::open(Client& client, const std::string& key, std::string name, store::Access access,
                                         std::string* location) {
  std::unique_ptr<S3Object> object(new S3Object(client, key, std::move(name), access));
  bool found = true;
  Request request{"GET", key, {}, {}, {}};
  if (!client.is_plain()) request.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
  if (access != store::Access::kWhole) request.headers.emplace_back("range", range_text(0, first_bytes(access)));
  const auto take = [&](Response& response) {
    const int status = response.head().status;
    if (is_redirect(status)) {
      *location = response.head().header("location");
      if (location->empty()) client.refuse(request, status, {});
      found = false;
      return;
    }
    if (status == 404) {
      found = false;
      if (client.is_plain()) {
        if (response.left() <= kDrainBytes && !response.head().is_chunked()) response.document(kDrainBytes);
        return;
      }
      const ServerError error = parse_server_error(response.document(kMaxHeadBytes));
      if (error.code != "NoSuchKey") client.refuse(request, status, error);  // no bucket, no such user
      return;
    }
    object->etag_ = response.head().header("etag");
    if (object->etag_.empty()) object->modified_ = response.head().header("last-modified");
    if (status == 416) {  // there is no first byte: it is empty
      response.document(kMaxHeadBytes);
      return;
    }
    object->take_first(response);
  };
  if (location != nullptr) {
    client.call(request, {301, 302, 303, 307, 308, 404, 416}, take);
  } else {
    client.call(request, {404, 416}, take);
  }
  return found ? std::move(object) : nullptr;
}

// What comes with the opening request: kept, or left in the connection for whoever reads on.
void S3Object::take_first(Response& response) {
  const bool is_part = response.head().status == 206;
  const ContentRange range = is_part ? parse_content_range(response.head().header("content-range"))
                                     : ContentRange{0, response.left(), response.left()};
  const std::uint64_t asked = first_bytes(access_);
  if (client_.is_plain()) check_plain(response, is_part ? 0 : asked);
  if (response.head().is_chunked()) {  // of no known length, but a short one
    held_ = response.document(static_cast<std::size_t>(asked));
    size_ = held_.size();
    return;
  }
  size_ = range.total;
  if (range.begin != 0 || range.end != response.left() || range.end != (is_part ? std::min(size_, asked) : size_)) {
    throw Error(ErrorCode::kCorrupt, name_ + ": expected the first " + std::to_string(asked) +
                                         " bytes, found an answer of " + std::to_string(response.left()) + " for [" +
                                         std::to_string(range.begin) + ", " + std::to_string(range.end) + ")");
  }
  // A sum of parts' sums ("..-3") is none of the bytes.
  const std::string_view checksum = response.head().header(kChecksumHeader);
  const bool is_sum = range.end == size_ && checksum.find('-') == std::string_view::npos;
  checksum_ = is_sum ? checksum : "";
  if (size_ <= kWholeBytes || (access_ == store::Access::kScattered && response.left() <= kScatteredFirstBytes)) {
    held_ = response.document(kScatteredFirstBytes);
    const ByteView all = as_byte_view(held_);
    if (!checksum_.empty() && checksum_text(std::span(&all, 1)) != checksum_) {
      throw Disconnected(name_ + ": expected bytes with the CRC-32C that came with them, found others");
    }
  } else {
    if (!checksum_.empty()) sum_.emplace();
    stream_.emplace(std::move(response));
  }
}

// A server of files may know no ranges, and may compress what it sends. `whole`: so many bytes of a whole object are no
// more than was asked for; 0 for a part.
void S3Object::check_plain(const Response& response, std::uint64_t whole) const {
  const std::string_view coding = response.head().header("content-encoding");
  if (!coding.empty() && coding != "identity") {
    throw Error(ErrorCode::kUnsupported,
                client_.name_of(key_) + ": expected the bytes as they are, found them as " + std::string(coding));
  }
  if (whole == 0 || access_ == store::Access::kWhole || response.left() <= whole) return;
  throw Error(ErrorCode::kUnsupported,
              client_.name_of(key_) + ": expected an answer with a part of it (206), found all of its " +
                  std::to_string(response.left()) + " bytes (200): this server does not serve ranges");
}

void S3Object::check_sum(const Crc32c& sum) const {
  if (checksum_text(sum) == checksum_) return;
  throw Error(ErrorCode::kCorrupt, name_ + ": expected bytes with the CRC-32C that the server gives (" + checksum_ +
                                       "), found " + checksum_text(sum));
}

S3Object::~S3Object() {
  end_stream();
}

// A few bytes are read to their end; with more to come, the connection is cheaper to make anew.
void S3Object::end_stream() const {
  if (stream_ && stream_->left() > 0 && stream_->left() <= kDrainBytes) {
    try {
      stream_->document(kDrainBytes);
    } catch (const std::exception&) {  // then it is closed
      stream_.reset();
    }
  }
  stream_.reset();
}

Request S3Object::ranged(std::uint64_t begin, std::uint64_t end) const {
  Request request{"GET", key_, {}, {{"range", range_text(begin, end)}}, {}};
  if (etag_.starts_with('"')) request.headers.emplace_back("if-match", etag_);  // a weak one never matches
  return request;
}

void S3Object::check_range_of(const Response& response, std::uint64_t begin, std::uint64_t end) const {
  const int status = response.head().status;
  const std::string_view etag = response.head().header("etag");
  // From a server that knows no If-Match.
  const bool is_other = etag_.empty() ? response.head().header("last-modified") != modified_ : etag != etag_;
  if (status == 412 || status == 404 || is_other) {
    throw Error(ErrorCode::kConflict,
                name_ + ": expected the object " + (etag_.empty() ? "of " + modified_ : "with ETag " + etag_) +
                    " as it was opened, found that it was " + (status == 404 ? "removed" : "replaced") + " meanwhile");
  }
  const ContentRange range = status == 206 ? parse_content_range(response.head().header("content-range"))
                                           : ContentRange{0, response.left(), response.left()};
  if (range.begin == begin && range.end == end && response.left() == end - begin) return;
  throw Error(ErrorCode::kCorrupt, name_ + ": expected bytes [" + std::to_string(begin) + ", " + std::to_string(end) +
                                       "), found an answer of " + std::to_string(response.left()) + " for [" +
                                       std::to_string(range.begin) + ", " + std::to_string(range.end) + ")");
}

void S3Object::fetch(std::uint64_t offset, const Runs& runs) const {
  const std::uint64_t end = offset + bytes::total_bytes(std::span<const MutableByteView>(runs));
  client_.call(ranged(offset, end), {404, 412}, [&](Response& response) {
    check_range_of(response, offset, end);
    response.read(runs);
  });
}

void S3Object::read_at(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  const std::uint64_t size = bytes::total_bytes(runs);
  if (offset > size_ || size > size_ - offset) {
    throw Error(ErrorCode::kCorrupt,
                name_ + ": expected " + std::to_string(offset + size) + " bytes, found " + std::to_string(size_));
  }
  if (size == 0) return;
  if (offset + size <= held_.size()) {
    for (const MutableByteView run : runs) {
      std::copy_n(as_byte_view(held_).begin() + static_cast<std::ptrdiff_t>(offset), run.size(), run.begin());
      offset += run.size();
    }
    return;
  }
  if (size >= kLargeBytes) return read_large(offset, runs);
  if (access_ == store::Access::kScattered) return fetch(offset, {runs.begin(), runs.end()});
  const Turns::Turn turn = turns_.wait(offset);
  if (offset == stream_at_) return read_stream({runs.begin(), runs.end()});
  for (const MutableByteView run : runs) {
    read_window(offset, run);
    offset += run.size();
  }
}

// What the stream has of it, and the rest in pieces, beside each other.
void S3Object::read_large(std::uint64_t offset, std::span<const MutableByteView> runs) const {
  std::uint64_t size = bytes::total_bytes(runs);
  std::uint64_t first = 0;
  Turns::Turn turn = turns_.try_now();
  if (turn && stream_ && offset == stream_at_) first = std::min(size, stream_->left());
  if (first == 0) turn.end();
  const std::uint64_t rest = size - first;
  const std::uint64_t pieces = (rest + kPieceBytes - 1) / kPieceBytes;
  os::ThreadExecutor executor(static_cast<unsigned>(std::clamp<std::uint64_t>(pieces, 1, kReadLanes)));
  executor.parallel(static_cast<std::size_t>(pieces + (first > 0)), [&](std::size_t i, unsigned) {
    if (first > 0 && i == 0) return read_stream(part_of(runs, 0, first));
    const std::uint64_t begin = first + (i - (first > 0)) * kPieceBytes;
    fetch(offset + begin, part_of(runs, begin, std::min(kPieceBytes, size - begin)));
  });
}

// From the stream's place on, however many requests that takes. It is the caller's turn.
void S3Object::read_stream(Runs runs) const {
  std::uint64_t size = bytes::total_bytes(std::span<const MutableByteView>(runs));
  for (int n = 0; size > 0;) {
    try {
      if (!stream_ || stream_->left() == 0) {
        end_stream();
        start_stream(stream_at_);
      }
      const std::uint64_t step = std::min(size, stream_->left());
      const Runs part = part_of(runs, 0, step);
      stream_->read(part);
      for (const MutableByteView run : part) {
        if (sum_) sum_->add(run);
      }
      runs = part_of(runs, step, size - step);
      size -= step;
      stream_at_ += step;
      if (sum_ && stream_at_ == size_) check_sum(*sum_);
    } catch (const Disconnected& cut) {
      stream_.reset();
      client_.pause(ranged(stream_at_, size_), n++, cut.what());
    }
  }
}

void S3Object::start_stream(std::uint64_t at) const {
  if (at != stream_at_) sum_.reset();
  const std::uint64_t end = std::min(size_, at + ahead_);
  ahead_ = std::min(ahead_ * 2, kMostAheadBytes);
  client_.call(ranged(at, end), {404, 412}, [&](Response& response) {
    check_range_of(response, at, end);
    stream_.emplace(std::move(response));
  });
  stream_at_ = at;
}

// From segments that lie in the window, or come into it: those ahead of the stream from the stream, others from a
// stream that begins there. It is the caller's turn.
void S3Object::read_window(std::uint64_t offset, MutableByteView into) const {
  while (!into.empty()) {
    const auto holds = [&](const Segment& segment) {
      return segment.begin <= offset && offset < segment.begin + segment.bytes.size();
    };
    const auto found = std::find_if(window_.rbegin(), window_.rend(), holds);
    if (found != window_.rend()) {
      const auto skip = static_cast<std::size_t>(offset - found->begin);
      const std::size_t n = std::min(into.size(), found->bytes.size() - skip);
      std::copy_n(found->bytes.begin() + static_cast<std::ptrdiff_t>(skip), n, into.begin());
      found->taken += n;
      into = into.subspan(n);
      offset += n;
      continue;
    }
    if (offset == stream_at_) return read_stream({into});
    if (offset < stream_at_ || offset - stream_at_ >= kWindowBytes) {
      end_stream();
      ahead_ = kSegmentBytes * 4;  // whoever jumps may jump again
      start_stream(offset);
    }
    Segment segment = room_in_window();
    segment.bytes.resize(static_cast<std::size_t>(std::min(kSegmentBytes, size_ - stream_at_)));
    read_stream({segment.bytes});
    window_.push_back(std::move(segment));
  }
}

// An empty segment at the stream's place. A window that is full gives up what has been read to its end, else what is
// oldest: a lane that waits long for its turn still finds its bytes, and the stream need not go back for them.
S3Object::Segment S3Object::room_in_window() const {
  Segment room{stream_at_, {}};
  if (window_.size() < kWindowBytes / kSegmentBytes) return room;
  auto drop = std::find_if(window_.begin(), window_.end(),
                           [](const Segment& segment) { return segment.taken >= segment.bytes.size(); });
  if (drop == window_.end()) drop = window_.begin();
  room.bytes = std::move(drop->bytes);
  window_.erase(drop);
  return room;
}

}  // namespace chunkmark::s3
