#include "instrument/import/memray_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "instrument/import/json_walk.h"

namespace chunkmark::imports {
namespace {

constexpr std::string_view kData = "const packed_data = ", kMoments = "const memory_records = ",
                           kNested = "const data = ";
constexpr std::size_t kSniffedBytes = 4096;

class DataListener final : public JsonListener {
 public:
  explicit DataListener(MemrayPage& page) : page_(page) {}

  void on_open(const Place& place) override {
    if (place.depth == 1) return;
    if (place.depth == 3 && place.key == "intervals") row_.clear();
    if (place.depth == 4 && in_nodes(place, "children")) ++parent_;
    if (place.depth == 2 && place.key.empty()) {  // a row of a list
      page_.table = true;
      page_.rows.emplace_back();
    }
    if (place.depth == 2 && place.key == "intervals") page_.temporal = true;
    if (place.depth == 2 && place.key == "high_water_mark_by_snapshot") page_.has_high_water = true;
  }

  void on_close(const Place& place) override {
    if (place.depth != 3 || place.key != "intervals" || row_.size() < 5) return;
    page_.intervals.push_back({row_[0], row_[1], row_[2], row_[3], row_[4]});
  }

  void on_number(const Place& place, std::int64_t value) override {
    if (place.depth == 2 && place.key == "high_water_mark_by_snapshot") page_.high_water.push_back(value);
    if (place.depth == 3 && place.key == "intervals") row_.push_back(value);
    if (place.depth == 2 && page_.table && place.key == "n_allocations") page_.rows.back().blocks = value;
    if (place.depth == 2 && page_.table && place.key == "size") page_.rows.back().bytes = value;
    if (place.depth == 3) {
      MemrayNodes& nodes = page_.nodes;
      const std::pair<std::string_view, std::vector<std::int64_t>*> columns[] = {{"function", &nodes.function},
                                                                                 {"filename", &nodes.file},
                                                                                 {"lineno", &nodes.line},
                                                                                 {"value", &nodes.bytes},
                                                                                 {"n_allocations", &nodes.blocks}};
      for (const auto& [key, column] : columns) {
        if (in_nodes(place, key)) column->push_back(value);
      }
    }
    if (place.depth == 4 && in_nodes(place, "children") && value > 0) children_.emplace_back(parent_, value);
  }

  void on_text(const Place& place, std::string_view text) override {
    if (place.depth == 2 && place.key == "strings") page_.strings.emplace_back(text);
    if (place.depth == 2 && page_.table && place.key == "stack_trace") page_.rows.back().frame = text;
  }

  void on_null(const Place& place) override {
    if (place.depth == 3 && place.key == "intervals") row_.push_back(-1);
  }

  // When all is read: the first that names a node is its parent.
  void link() {
    std::vector<std::int64_t>& parents = page_.nodes.parent;
    parents.assign(page_.nodes.function.size(), -1);
    for (const auto& [parent, child] : children_) {
      const auto at = static_cast<std::size_t>(child);
      if (at < parents.size() && parents[at] < 0 && parent < static_cast<std::int64_t>(parents.size()))
        parents[at] = parent;
    }
  }

 private:
  static bool in_nodes(const Place& place, std::string_view key) { return place.outer == "nodes" && place.key == key; }

  MemrayPage& page_;
  std::vector<std::int64_t> row_;
  std::int64_t parent_ = -1;
  std::vector<std::pair<std::int64_t, std::int64_t>> children_;
};

class MomentsListener final : public JsonListener {
 public:
  explicit MomentsListener(std::vector<MemrayMoment>& moments) : moments_(moments) {}
  void on_number(const Place&, std::int64_t value) override { row_.push_back(value); }
  void on_text(const Place&, std::string_view) override {}
  void on_null(const Place&) override {}
  void on_close(const Place& place) override {
    if (place.depth == 2 && row_.size() == 3) moments_.push_back({row_[0], row_[1], row_[2]});
    row_.clear();
  }

 private:
  std::vector<MemrayMoment>& moments_;
  std::vector<std::int64_t> row_;
};

// The value of a script's line "const NAME = VALUE;": what stands between, up to the end of the line.
struct Line {
  std::string_view value;
  std::size_t offset = 0;
};
std::optional<Line> find_line(std::string_view page, std::string_view name) {
  for (std::size_t at = page.find(name); at != std::string_view::npos; at = page.find(name, at + 1)) {
    const std::size_t before = at == 0 ? at : page.find_last_not_of(" \t\r", at - 1);
    if (at != 0 && before != std::string_view::npos && page[before] != '\n') continue;  // within another line
    const std::size_t begin = at + name.size();
    std::string_view value = page.substr(begin, std::min(page.find('\n', begin), page.size()) - begin);
    value = value.substr(0, value.find_last_not_of(" \t\r;") + 1);
    return Line{value, begin};
  }
  return std::nullopt;
}

// Between two words of the page; empty if they are not there.
std::string_view between(std::string_view page, std::string_view before, std::string_view after) {
  const std::size_t at = page.find(before);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + before.size(), end = page.find(after, begin);
  return end == std::string_view::npos ? std::string_view() : page.substr(begin, end - begin);
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

// "0:00:24.337000"; of more than a day, which has words in it, nothing.
std::optional<std::uint64_t> duration_of(std::string_view text) {
  std::array<std::uint64_t, 4> parts{};
  std::size_t part = 0, digits = 0;
  text = text.substr(std::min(text.find_first_not_of(' '), text.size()));
  for (const char c : text) {
    if (c == ':' || c == '.') {
      if (++part == parts.size()) return std::nullopt;
    } else if (c < '0' || c > '9' || parts[part] > 1'000'000) {
      return std::nullopt;
    } else {
      if (part == 3 && ++digits > 3) continue;
      parts[part] = parts[part] * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  if (part < 2) return std::nullopt;
  return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + parts[3];
}

}  // namespace

std::string plain_text(std::string_view html) {
  constexpr std::pair<std::string_view, char> kNames[] = {{"&lt;", '<'},  {"&gt;", '>'},   {"&amp;", '&'},
                                                          {"&#34;", '"'}, {"&#39;", '\''}, {"&quot;", '"'}};
  std::string text;
  for (std::size_t at = 0; at < html.size();) {
    const auto* const name = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& entity) {
      return html.substr(at).starts_with(entity.first);
    });
    text += name != std::end(kNames) ? name->second : html[at];
    at += name != std::end(kNames) ? name->first.size() : 1;
  }
  return text;
}

bool is_memray_page(ByteView file) {
  const std::string_view begin = as_text(file.first(std::min(file.size(), kSniffedBytes)));
  return begin.find("<title>memray - ") != std::string_view::npos;
}

MemrayPage read_memray_page(ByteView file, const std::string& name) {
  const std::string_view text = as_text(file);
  MemrayPage page;
  page.title = between(text.substr(0, kSniffedBytes), "<title>", "</title>");
  const std::optional<Line> data = find_line(text, kData);
  if (!data) {
    if (find_line(text, kNested)) {
      throw Error(ErrorCode::kUnsupported, name +
                                               ": an HTML report of another version of memray: expected the "
                                               "packed_data of 1.7 and later, found the nested data of 1.0 to 1.6");
    }
    throw Error(ErrorCode::kCorrupt, name + ": at byte " + std::to_string(file.size()) +
                                         ": expected a line that begins with \"" + std::string(kData) +
                                         "\", found the end of the page");
  }
  DataListener listener(page);
  walk_json(data->value, listener, name, data->offset);
  listener.link();
  if (const std::optional<Line> moments = find_line(text, kMoments)) {
    MomentsListener rows(page.moments);
    walk_json(moments->value, rows, name, moments->offset);
  }
  page.command_line = plain_text(between(text, "Command line: <code>", "</code>"));
  page.duration_ms = duration_of(between(text, "Duration: ", "<br>"));
  page.records = number_of(between(text, "Total number of allocations: ", "<br>"));
  return page;
}

}  // namespace chunkmark::imports
