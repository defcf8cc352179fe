#include "native/os/utc_time.h"

namespace chunkmark::os {

std::string utc_text(std::time_t time, const char* format) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, format, &parts);
  return text;
}

std::string utc_now(const char* format) {
  return utc_text(std::time(nullptr), format);
}

}  // namespace chunkmark::os
