#include "native/s3/s3_sink.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>
#include <utility>

#include "base/error.h"
#include "bytes/random_access.h"
#include "native/os/thread_executor.h"
#include "native/s3/checksum.h"

namespace chunkmark::s3 {
namespace {

constexpr std::size_t kMaxDocumentBytes = 1 << 20;
constexpr unsigned kSliceLanes = 4;
constexpr std::size_t kSmallBytes = 64 << 10;  // metadata and small chunks get no room for a whole part
constexpr char kWriteIdHeader[] = "x-amz-meta-chunkmark-write";

std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) {
    char text[16];
    std::snprintf(text, sizeof text, "%08x", random());
    id += text;
  }
  return id;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

S3Sink::~S3Sink() {
  while (!underway_.empty()) {
    try {
      await_one();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): it is dropped all the same
    }
  }
  if (upload_id_.empty()) return;
  try {
    abort_upload(upload_id_);
    // A server that is gone; lifecycle rules of the bucket remove what is left there.
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
  }
}

// ---- what is collected

void S3Sink::append(std::span<const ByteView> runs) {
  const std::uint64_t size = bytes::total_bytes(runs);
  if (size == 0) return;
  if (runs.size() == 1 && exact_bytes_ == size && size >= kLentBytes && current_.end() == 0 && lent_.empty()) {
    lent_ = runs[0];
    return;
  }
  copy_lent();
  for (const ByteView run : runs) collect(run);
}

// More comes than was said, or it is changed: what was lent is needed longer than it was lent for.
void S3Sink::copy_lent() {
  collect(std::exchange(lent_, {}));
}

void S3Sink::collect(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kPartBytes - current_.bytes.size());
    make_room(n);
    current_.bytes.insert(current_.bytes.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    bytes = bytes.subspan(n);
    if (current_.bytes.size() == kPartBytes) part_is_full();
  }
}

// A part that grows like any vector would be copied several times, and end with room for more than it may hold.
void S3Sink::make_room(std::size_t bytes) {
  const std::uint64_t size = current_.bytes.size() + bytes;
  if (size <= kSmallBytes) return;
  const std::uint64_t end = exact_bytes_.value_or(0), left = end - std::min(end, current_.begin());
  current_.bytes.reserve(size <= left ? std::min<std::uint64_t>(left, kPartBytes) : kPartBytes);
}

void S3Sink::part_is_full() {
  Part next{current_.number + 1, {}};
  if (next.number > kMaxParts) {
    throw Error(ErrorCode::kUnsupported, name_ + ": expected an object of at most " +
                                             std::to_string(std::uint64_t{kMaxParts} * kPartBytes) +
                                             " bytes when its size is not known beforehand, found more");
  }
  if (must_stay(current_)) {
    held_.push_back(std::move(current_));
  } else {
    send(std::move(current_));
  }
  current_ = std::move(next);
  while (held_.size() > kMaxHeldParts) {  // reserved bytes that nobody fills in are zeros
    Part first = std::move(held_.front());
    held_.pop_front();
    send(std::move(first));
  }
}

bool S3Sink::must_stay(const Part& part) const {
  if (reserved_last_ && part.begin() <= *reserved_last_ && *reserved_last_ < part.end()) return true;
  return std::any_of(unfilled_.begin(), unfilled_.end(),
                     [&](const Range& range) { return range.begin < part.end() && part.begin() < range.end; });
}

void S3Sink::send_what_need_not_stay() {
  for (std::size_t i = 0; i < held_.size();) {
    if (must_stay(held_[i])) {
      ++i;
      continue;
    }
    Part part = std::move(held_[i]);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    send(std::move(part));
  }
}

void S3Sink::reserve(std::size_t bytes) {
  copy_lent();
  if (bytes == 0) return;
  const std::uint64_t begin = current_.end();
  reserved_last_ = begin;
  unfilled_.push_back({begin, begin + bytes});
  for (std::size_t left = bytes; left > 0;) {
    const std::size_t n = std::min(left, kPartBytes - current_.bytes.size());
    make_room(n);
    current_.bytes.resize(current_.bytes.size() + n);
    left -= n;
    if (current_.bytes.size() == kPartBytes) part_is_full();
  }
  send_what_need_not_stay();
}

void S3Sink::patch_at(std::uint64_t offset, ByteView bytes) {
  const std::uint64_t begin = offset;
  const auto fill_in = [&](Part& part) {
    while (!bytes.empty() && part.begin() <= offset && offset < part.end()) {
      const auto at = static_cast<std::size_t>(offset - part.begin());
      const std::size_t n = std::min(bytes.size(), part.bytes.size() - at);
      std::copy_n(bytes.begin(), n, part.bytes.begin() + static_cast<std::ptrdiff_t>(at));
      bytes = bytes.subspan(n);
      offset += n;
    }
  };
  for (Part& part : held_) fill_in(part);
  fill_in(current_);
  if (!bytes.empty()) {
    throw Error(ErrorCode::kUnsupported, name_ + ": expected bytes at " + std::to_string(offset) +
                                             " that were reserved not long ago, found that they are uploaded");
  }
  std::erase_if(unfilled_, [&](const Range& range) { return range.begin <= begin && begin < range.end; });
  send_what_need_not_stay();
}

// Parts that were uploaded and are not named at the end do not become part of the object.
void S3Sink::truncate(std::uint64_t size) {
  copy_lent();
  await_all();
  while (size < current_.begin() && !held_.empty() && size <= held_.back().begin()) held_.pop_back();
  const bool is_held = !held_.empty() && held_.back().begin() < size && size <= held_.back().end();
  if (size < current_.begin()) {
    if (is_held) {
      current_ = std::move(held_.back());
      held_.pop_back();
    } else if (size % kPartBytes == 0) {
      current_ = {static_cast<unsigned>(size / kPartBytes) + 1, {}};
    } else {
      throw Error(ErrorCode::kUnsupported,
                  name_ + ": expected to be cut where a range was reserved last, found " + std::to_string(size));
    }
  }
  current_.bytes.resize(static_cast<std::size_t>(size - current_.begin()));
  sent_.erase(sent_.lower_bound(current_.number), sent_.end());
  std::erase_if(unfilled_, [&](const Range& range) { return range.begin >= size; });
  if (reserved_last_ && *reserved_last_ >= size) reserved_last_.reset();
}

// ---- what is sent

void S3Sink::send(Part part) {
  start_upload();
  if (underway_.size() == kPartsUnderway) await_one();
  const unsigned number = part.number;
  underway_.emplace_back(number, std::async(std::launch::async, [this, part = std::move(part)] {
                           return upload_part(part.number, {part.bytes});
                         }));
}

void S3Sink::await_one() {
  auto [number, part] = std::move(underway_.front());
  underway_.pop_front();
  sent_[number] = part.get();
}

void S3Sink::await_all() {
  while (!underway_.empty()) await_one();
}

void S3Sink::commit() {
  if (lent_.size() > kMaxPutBytes) {
    put_slices();
  } else if (!lent_.empty()) {
    put({lent_});
  } else if (upload_id_.empty()) {
    std::vector<ByteView> body;
    body.reserve(held_.size() + 1);
    for (const Part& part : held_) body.emplace_back(part.bytes);
    body.emplace_back(current_.bytes);
    put(body);
  } else {
    unfilled_.clear();
    reserved_last_.reset();
    send_what_need_not_stay();
    if (!current_.bytes.empty()) send(std::move(current_));
    await_all();
    complete_upload();
  }
}

// Repeating it is harmless: the same bytes under the same name. The server compares the checksum with what has come: a
// body that was cut off on the way, which at least one server (versitygw 1.8.0) would otherwise store as it is, does
// not become an object.
void S3Sink::put(const std::vector<ByteView>& body) {
  Request request{"PUT", key_, {}, {{kChecksumHeader, checksum_text(body)}}, body};
  if (condition_) {
    write_id_ = random_id();
    request.headers.push_back(*condition_);
    request.headers.emplace_back(kWriteIdHeader, write_id_);
  }
  std::optional<ServerError> refused;
  const bool may_be_done = client_.call(request, {412}, [&](Response& response) {
    const std::string told = response.document(kMaxDocumentBytes);
    refused.reset();
    if (response.head().status == 412) refused = parse_server_error(told);
  });
  if (refused && !(may_be_done && is_ours())) client_.refuse(request, 412, *refused);
}

void S3Sink::put_slices() {
  start_upload();
  const std::uint64_t size = lent_.size();
  const std::uint64_t slice = std::max(kSliceBytes, (size + kMaxParts - 1) / kMaxParts);
  const auto n = static_cast<std::size_t>((size + slice - 1) / slice);
  std::vector<Sent> parts(n);
  os::ThreadExecutor executor(std::min<unsigned>(kSliceLanes, static_cast<unsigned>(n)));
  executor.parallel(n, [&](std::size_t i, unsigned) {
    const std::uint64_t begin = i * slice;
    const ByteView part =
        lent_.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(std::min(slice, size - begin)));
    parts[i] = upload_part(static_cast<unsigned>(i) + 1, {part});
  });
  for (std::size_t i = 0; i < n; ++i) sent_[static_cast<unsigned>(i) + 1] = parts[i];
  complete_upload();
}

S3Sink::Sent S3Sink::upload_part(unsigned number, const std::vector<ByteView>& body) {
  Sent sent{"", checksum_text(body)};
  const Fields query{{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}};
  client_.call({"PUT", key_, query, {{kChecksumHeader, sent.checksum}}, body}, {}, [&](Response& response) {
    sent.etag = response.head().header("etag");
    response.document(kMaxDocumentBytes);
  });
  if (sent.etag.empty()) throw Error(ErrorCode::kIo, name_ + ": expected an ETag of part " + std::to_string(number));
  return sent;
}

void S3Sink::start_upload() {
  if (!upload_id_.empty()) return;
  write_id_ = random_id();
  const auto begin = std::chrono::steady_clock::now();
  const bool may_be_two = client_.call(
      {"POST", key_, {{"uploads", ""}}, {{kWriteIdHeader, write_id_}, {"x-amz-checksum-algorithm", "CRC32C"}}, {}}, {},
      [&](Response& response) { upload_id_ = parse_upload_id(response.document(kMaxDocumentBytes)); });
  if (!may_be_two) return;
  try {
    abort_lost_uploads(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    // These credentials may not list uploads, say: no reason to store nothing.
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
  }
}

// An answer was lost, and with it, perhaps, the id of an upload that would stay for ever. Nothing else tells it from
// one of another writer of this key than that it was started within the `seconds` before ours, by the server's own
// clock; if it was another writer's, that one fails with an error.
void S3Sink::abort_lost_uploads(double seconds) {
  std::vector<OpenUpload> uploads;
  client_.call({"GET", "", {{"uploads", ""}, {"prefix", key_}}, {}, {}}, {},
               [&](Response& response) { uploads = parse_open_uploads(response.document(kMaxDocumentBytes)); });
  std::optional<std::time_t> ours;
  for (const OpenUpload& upload : uploads) {
    if (upload.id == upload_id_) ours = utc_seconds(upload.initiated);
  }
  if (!ours) return;
  for (const OpenUpload& upload : uploads) {
    const std::optional<std::time_t> begun = utc_seconds(upload.initiated);
    if (upload.key != key_ || upload.id == upload_id_ || !begun) continue;
    if (std::difftime(*ours, *begun) <= seconds + 1) abort_upload(upload.id);
  }
}

void S3Sink::abort_upload(const std::string& id) {
  client_.call({"DELETE", key_, {{"uploadId", id}}, {}, {}}, {404},
               [](Response& response) { response.document(kMaxDocumentBytes); });
}

void S3Sink::complete_upload() {
  std::string body = "<CompleteMultipartUpload>";
  for (const auto& [number, part] : sent_) {
    body += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + escaped(part.etag) +
            "</ETag><ChecksumCRC32C>" + part.checksum + "</ChecksumCRC32C></Part>";
  }
  body += "</CompleteMultipartUpload>";
  Request request{"POST", key_, {{"uploadId", upload_id_}}, {}, {as_byte_view(body)}};
  if (condition_) request.headers.push_back(*condition_);
  std::optional<ServerError> gone;
  int status = 0;
  const bool may_be_done = client_.call(request, {404, 412}, [&](Response& response) {
    const ServerError error = parse_server_error(response.document(kMaxDocumentBytes));
    status = response.head().status;
    gone.reset();
    if (status == 404 || status == 412) {
      gone = error;
    } else if (!error.code.empty()) {  // the status was sent before it was known
      throw Disconnected("found " + error.code + ": " + error.message);
    }
  });
  if (gone && !((status == 404 || may_be_done) && is_ours())) client_.refuse(request, status, *gone);
  upload_id_.clear();
}

bool S3Sink::is_ours() {
  bool ours = false;
  client_.call({"HEAD", key_, {}, {}, {}}, {404},
               [&](Response& response) { ours = response.head().header(kWriteIdHeader) == write_id_; });
  return ours;
}

}  // namespace chunkmark::s3
