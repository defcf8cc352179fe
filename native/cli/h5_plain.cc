#include "native/cli/h5_plain.h"

#include <cstdio>

#include "native/cli/h5_file.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "storage/versioned/session.h"
#include "storage/versioned/verify_plain.h"

namespace chunkmark::cli {

// What a dataset of a dump is, in a line.
void print_dataset(std::string_view path, const json::object& facts) {
  const json::value* error = facts.if_contains("error");
  const json::value* sha256 = facts.if_contains("sha256");
  const std::string last = error                           ? std::string(error->get_string())
                           : sha256 && sha256->is_string() ? std::string(sha256->get_string())
                                                           : std::string("not hashed");
  const auto fact = [&](const char* key) {
    const json::value* value = facts.if_contains(key);
    return value ? *value : json::value();
  };
  std::string line = "  " + std::string(path) + "  ";
  if (facts.contains("shape")) line += shape_text(fact("shape")) + "  " + type_text(facts) + "  ";
  std::printf("%s\n", (line + last).c_str());
  if (const json::value* data = facts.if_contains("data")) std::printf("    %s\n", json::serialize(*data).c_str());
}

int dump_plain(versioned::Session& session, const versioned::DumpOptions& dump, bool as_json) {
  const json::object document = dump_plain_file(session, dump);
  const json::object& unreadable = document.at("unreadable").get_object();
  if (as_json) {
    std::fputs(pretty_json(document).c_str(), stdout);
    return unreadable.empty() ? 0 : 1;
  }
  std::printf("no versions\n");
  for (const auto& [path, dataset] : document.at("datasets").get_object()) print_dataset(path, dataset.get_object());
  for (const auto& [path, target] : document.at("links").get_object())
    std::printf("  %s -> %s\n", std::string(path).c_str(), target.get_string().c_str());
  for (const auto& [path, why] : unreadable) {
    std::printf("  %s  %s\n", std::string(path).c_str(), why.get_string().c_str());
  }
  return unreadable.empty() ? 0 : 1;
}

int diff_plain(const std::string& before, const std::string& after, bool anywhere, bool as_json) {
  json::object documents[2];
  for (const int side : {0, 1}) {
    H5File file(side == 0 ? before : after, true, H5File::Contents::kAny, anywhere);
    if (file.has_versions()) {
      throw Error(ErrorCode::kInvalidArgument, (side == 0 ? before : after) +
                                                   ": a file with versions, which are compared within it; expected two "
                                                   "files without");
    }
    versioned::DumpOptions options;
    options.sequences = true;
    documents[side] = dump_plain_file(file.session(), options);
  }
  json::array changes;
  const json::object& old_ones = documents[0].at("datasets").get_object();
  const json::object& new_ones = documents[1].at("datasets").get_object();
  const auto told = [&](std::string_view path, const char* change, json::array what) {
    changes.push_back(json::object{{"path", path}, {"change", change}, {"differs", std::move(what)}});
  };
  for (const auto& [path, facts] : old_ones) {
    const json::value* other = new_ones.if_contains(path);
    if (other == nullptr) {
      told(path, "removed", {});
      continue;
    }
    json::array differs;
    const auto value = [](const json::value& of, const char* key) {
      const json::value* found = of.get_object().if_contains(key);
      return found ? *found : json::value();
    };
    for (const char* key : {"shape", "dtype", "attrs", "error"}) {
      if (value(facts, key) != value(*other, key)) differs.emplace_back(key);
    }
    if (value(facts, "sha256") != value(*other, "sha256") ||
        value(facts, "json_sha256") != value(*other, "json_sha256")) {
      differs.emplace_back("elements");
    }
    if (value(facts, "sha256").is_null() && value(facts, "json_sha256").is_null() &&
        !facts.get_object().contains("error")) {
      differs.emplace_back("elements not compared");
    }
    if (!differs.empty()) told(path, "changed", std::move(differs));
  }
  for (const auto& [path, facts] : new_ones) {
    if (!old_ones.contains(path)) told(path, "added", {});
  }
  for (const char* kind : {"attrs", "links"}) {
    const json::object& before_ones = documents[0].at(kind).get_object();
    const json::object& after_ones = documents[1].at(kind).get_object();
    const bool is_link = kind == std::string_view("links");
    for (const auto& [path, was] : before_ones) {
      const json::value* now = after_ones.if_contains(path);
      if (now == nullptr || *now != was)
        told(path, is_link && !now ? "removed" : "changed", {is_link ? "link" : "attrs"});
    }
    for (const auto& [path, now] : after_ones) {
      if (!before_ones.contains(path)) told(path, is_link ? "added" : "changed", {is_link ? "link" : "attrs"});
    }
  }
  const bool other_unreadable = documents[0].at("unreadable") != documents[1].at("unreadable");
  if (as_json) {
    std::fputs(pretty_json(json::object{{"before", before}, {"after", after}, {"changes", changes}}).c_str(), stdout);
  } else {
    std::printf("%s -> %s: %s\n", before.c_str(), after.c_str(),
                changes.empty() ? "no difference" : counted(changes.size(), "difference").c_str());
    for (const json::value& change : changes) {
      const json::object& one = change.get_object();
      const std::string_view kind = one.at("change").get_string();
      std::string line = std::string(kind == "added" ? "+ " : kind == "removed" ? "- " : "~ ");
      line += one.at("path").get_string();
      const char* separator = "  ";
      for (const json::value& what : one.at("differs").get_array()) {
        line += separator + std::string(what.get_string());
        separator = ", ";
      }
      std::printf("%s\n", line.c_str());
    }
  }
  return changes.empty() && !other_unreadable ? 0 : 1;
}

int verify_plain(const std::string& file, versioned::Session& session, bool as_json) {
  const versioned::PlainReport report = versioned::verify_plain(session);
  if (as_json) {
    std::fputs(pretty_json(verify_plain_json(report)).c_str(), stdout);
    return report.sound() ? 0 : 1;
  }
  for (const versioned::Finding& finding : report.findings) {
    std::printf("%s  %s: %s (%s)\n", severity_name(finding.severity), finding.object.c_str(), finding.message.c_str(),
                finding.code.c_str());
  }
  std::printf("%s: no versions, %s, %s (%llu with checksums), %s: %s\n", file.c_str(),
              counted(report.groups, "group").c_str(), counted(report.datasets, "dataset").c_str(),
              static_cast<unsigned long long>(report.checksummed), counted(report.chunks, "chunk").c_str(),
              report.sound() ? "sound" : "NOT sound");
  return report.sound() ? 0 : 1;
}

}  // namespace chunkmark::cli
