#include "storage/versioned/timestamp.h"

#include <cstdio>

namespace chunkmark::versioned {

namespace {

// Days since 1970-01-01 in the proleptic Gregorian calendar; eras of 400 years start in March.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool number(std::size_t digits, int& value) {
    if (text_.size() < digits) return false;
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return true;
  }
  bool one_of(std::string_view set) {
    if (text_.empty() || set.find(text_.front()) == std::string_view::npos) return false;
    last_ = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  char last() const { return last_; }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
  char last_ = 0;
};

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  Reader reader(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0, digit = 0;
  if (!reader.number(4, year) || !reader.one_of("-") || !reader.number(2, month) || !reader.one_of("-") ||
      !reader.number(2, day) || month < 1 || month > 12 || day < 1 || day > 31) {
    return std::nullopt;
  }
  if (reader.one_of(" T")) {
    if (!reader.number(2, hour) || !reader.one_of(":") || !reader.number(2, minute)) return std::nullopt;
    if (reader.one_of(":") && !reader.number(2, second)) return std::nullopt;
    if (reader.one_of(".")) {
      int scale = 100000;
      while (reader.number(1, digit)) {
        fraction += digit * scale;
        scale /= 10;
      }
    }
  }
  int zone_minutes = 0;
  if (reader.one_of("+-")) {
    const int sign = reader.last() == '-' ? -1 : 1;
    int hours = 0, minutes = 0;
    if (!reader.number(2, hours)) return std::nullopt;
    reader.one_of(":");
    if (!reader.number(2, minutes)) return std::nullopt;
    zone_minutes = sign * (hours * 60 + minutes);
  } else {
    reader.one_of("Z");
  }
  if (!reader.done() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t minutes = days_from_civil(year, month, day) * 1440 + hour * 60 + minute - zone_minutes;
  return (minutes * 60 + second) * 1000000 + fraction;
}

std::string format_timestamp(std::int64_t microseconds) {
  std::int64_t seconds = microseconds / 1000000, fraction = microseconds % 1000000;
  if (fraction < 0) fraction += 1000000, --seconds;
  std::int64_t days = seconds / 86400, rest = seconds % 86400;
  if (rest < 0) rest += 86400, --days;
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const std::int64_t day_of_era = shifted - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2);
  char text[64];
  std::snprintf(text, sizeof text, "%04lld-%02lld-%02lld %02lld:%02lld:%02lld.%06lld+0000",
                static_cast<long long>(year), static_cast<long long>(month), static_cast<long long>(day),
                static_cast<long long>(rest / 3600), static_cast<long long>(rest / 60 % 60),
                static_cast<long long>(rest % 60), static_cast<long long>(fraction));
  return text;
}

}  // namespace chunkmark::versioned
