#include "native/cli/answers.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "native/cli/text.h"
#include "native/os/files.h"
#include "native/os/places.h"
#include "record/bounds.h"
#include "record/copy_row.h"
#include "record/medium.h"
#include "study/peers.h"

namespace chunkmark::cli {
namespace {

constexpr std::uint64_t kMaxDrawn = 8;  // copies, as web/link_pictures.mjs draws them

// A record may come from anywhere, and this becomes the name of a file.
std::string plain_name(std::string name) {
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!plain) c = '_';
  }
  return name;
}

std::string store_of(const record::CopyRow& row) {
  const bool memory = row.filesystem == "local" && record::medium_text(row.store_filesystem).starts_with("memory");
  return memory ? "memory" : row.filesystem;
}

std::string engine_title(const std::string& engine) {
  if (engine == "chunkmark") return "Chunkmark";
  for (const study::Peer& peer : study::peers()) {
    if (peer.name == engine) return peer.title;
  }
  return engine;
}

std::string copies_text(std::optional<std::uint64_t> copies) {
  if (!copies) return "extra copies unknown";
  return *copies == 0 ? "no extra copy" : std::to_string(*copies) + (*copies == 1 ? " extra copy" : " extra copies");
}

// "100 MB": a round number has no decimals in a title.
std::string size_text(std::uint64_t bytes) {
  std::string text = bytes_text(static_cast<double>(bytes));
  if (const std::size_t at = text.find(".0 "); at != std::string::npos) text.erase(at, 2);
  return text;
}

std::string place_text(const record::CopyRow& row, const std::string& store) {
  if (store == "s3") return "in S3";
  if (store == "opfs") return "in browser storage";
  if (row.store_filesystem.empty())
    return store == "memory" ? "in memory" : store == "local" ? "on disk" : "on " + store;
  return (store == "memory" ? "in " : "on ") + record::medium_text(row.store_filesystem);
}

std::string format_text(const std::string& format) {
  return format == "zarr2" ? "Zarr 2" : format == "zarr3" ? "Zarr 3" : format;
}

std::string escaped(const std::string& text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string filled(std::string page, const std::vector<std::pair<std::string, std::string>>& fields) {
  for (const auto& [name, value] : fields) {
    const std::string token = "@@" + name + "@@", text = escaped(value);
    for (std::size_t at = page.find(token); at != std::string::npos; at = page.find(token, at + text.size())) {
      page.replace(at, token.size(), text);
    }
  }
  return page;
}

}  // namespace

bool Answers::Cell::is_before(const Cell& other) const {
  return std::tie(is_small, is_chunked, other.created) < std::tie(other.is_small, other.is_chunked, created);
}

void Answers::add(const json::object& run) {
  const auto text = [&run](const char* key) { return json::value_to<std::string>(run.at(key)); };
  const json::array& results = run.at("results").as_array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const record::CopyRow row = record::copy_row_from_json(results[i].as_object());
    if (row.engine.empty() || row.operation.empty() || row.codec.empty() || row.format.empty()) continue;
    const auto copies = row.figures.extra_copies;
    const auto array = row.figures.array_bytes;
    Cell cell;
    cell.is_small = array < record::bounds().small_array_bytes;
    cell.is_chunked = row.chunks != row.shape;
    cell.created = text("created");
    cell.run = text("id");
    cell.index = i;
    cell.format = row.format;
    cell.store = store_of(row);
    cell.title =
        engine_title(row.engine) + " " + row.operation + "s " + size_text(array) + " with " + copies_text(copies);
    cell.description = format_text(row.format) + ", " + (row.codec == "none" ? "uncompressed" : row.codec) + ", " +
                       place_text(row, cell.store) + "; " + engine_title(row.engine) + " " + row.engine_version;
    if (row.figures.extra_heap) {
      cell.description += "; extra heap " + decimal(*row.figures.extra_heap, 2) + " of the array";
    }
    if (row.seconds) cell.description += "; " + decimal(row.seconds->median * 1000, 1) + " ms";
    cell.description += ". Measured " + cell.created.substr(0, 10) + ", with the capture to open.";
    cell.picture = !copies ? "unknown"
                           : std::to_string(std::min(*copies, kMaxDrawn)) + "-" +
                                 std::to_string(std::min({row.figures.proven_copies.value_or(0), *copies, kMaxDrawn}));
    cells_[plain_name(row.engine + "-" + row.operation + "s-" + row.codec + "-" + row.format + "-" + cell.store)]
        .push_back(std::move(cell));
  }
}

void Answers::remove(const std::string& run) {
  for (auto& [page, cells] : cells_) std::erase_if(cells, [&](const Cell& cell) { return cell.run == run; });
  std::erase_if(cells_, [](const Case& one) { return one.second.empty(); });
}

// As the newest run has them, so that tables keep its order.
std::vector<const Answers::Case*> Answers::in_order() const {
  std::vector<const Case*> order;
  order.reserve(cells_.size());
  for (const Case& one : cells_) order.push_back(&one);
  std::stable_sort(order.begin(), order.end(), [](const Case* a, const Case* b) {
    const Cell &x = a->second.front(), &y = b->second.front();
    return std::tie(y.created, y.run, x.index) < std::tie(x.created, x.run, y.index);
  });
  return order;
}

void Answers::write(const std::filesystem::path& site, const std::string& base) const {
  Answers sorted = *this;
  for (auto& [page, cells] : sorted.cells_) {
    std::stable_sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) { return a.is_before(b); });
  }
  const os::MappedFile mapped(os::web_folder() / "answer.html");
  const std::string page_template(as_text(mapped.bytes()));
  json::array index;
  for (const Case* one : sorted.in_order()) {
    const auto& [page, cells] = *one;
    json::array places;
    for (const Cell& cell : cells) places.emplace_back(json::array{cell.run, cell.index});
    index.emplace_back(json::object{{"page", page}, {"cells", std::move(places)}});
    const Cell& first = cells.front();
    const std::string root = base.empty() ? "../" : base + (base.ends_with('/') ? "" : "/");
    os::write_file(site / "answers" / (page + ".html"),
                   filled(page_template, {{"TITLE", first.title},
                                          {"DESCRIPTION", first.description},
                                          {"IMAGE", root + "assets/link/" + first.picture + ".png"},
                                          {"BACK", "#format=" + first.format + "&store=" + first.store},
                                          {"PAGE", page}}));
  }
  os::write_file(site / "answers" / "index.json", pretty_json(json::object{{"answers", std::move(index)}}));
}

}  // namespace chunkmark::cli
