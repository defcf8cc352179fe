// What an S3 server answers: heads, ranges and XML documents are refused or read, whatever they hold.
#include "fuzz.h"
#include "native/s3/documents.h"
#include "native/s3/response_head.h"

using namespace chunkmark;

namespace {

template <typename Read>
void read(const Read& call) {
  try {
    call();
  } catch (const Error& error) {
    if (!fuzz::is_refusal(error)) throw;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text(data, size);
  read([&] {
    const s3::ResponseHead head = s3::parse_response_head(text);
    head.content_length();
    s3::parse_content_range(head.header("content-range"));
  });
  read([&] { s3::parse_content_range(text); });
  read([&] { s3::parse_list_page(text); });
  read([&] { s3::parse_open_uploads(text); });
  read([&] { s3::parse_upload_id(text); });
  s3::parse_server_error(text);
  return 0;
}
