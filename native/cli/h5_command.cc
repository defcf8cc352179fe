#include "native/cli/h5_command.h"

#include <cstdio>
#include <memory>

#include "base/json.h"
#include "native/cli/h5_file.h"
#include "native/cli/h5_plain.h"
#include "native/cli/text.h"
#include "native/cli/value_text.h"
#include "native/os/files.h"
#include "storage/versioned/diff.h"
#include "storage/versioned/dump.h"
#include "storage/versioned/verify.h"

namespace chunkmark::cli {

namespace {

struct Options {
  std::string file, before, after;
  bool json = false, data = false, anywhere = false;
};

std::string box_text(const array::Region& box) {
  std::string text;
  for (std::size_t axis = 0; axis < box.start.size(); ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string(box.start[axis]) + ":" + std::to_string(box.start[axis] + box.shape[axis]);
  }
  return "[" + text + "]";
}

int run_dump(const Options& options) {
  H5File file(options.file, true, H5File::Contents::kAny, options.anywhere);
  versioned::DumpOptions dump;
  dump.data = options.data;
  if (!file.has_versions()) return dump_plain(file.session(), dump, options.json);
  const json::object document = dump_file(file.versions(), dump);
  if (options.json) {
    std::fputs(pretty_json(document).c_str(), stdout);
    return 0;
  }
  std::printf("data version %s, current version %s\n", json::serialize(document.at("data_version")).c_str(),
              document.at("current_version").get_string().c_str());
  for (const auto& [name, version] : document.at("versions").get_object()) {
    std::printf("\n%s\n", std::string(name).c_str());
    const json::object& shown = version.get_object();
    if (const json::value* error = shown.if_contains("error")) {
      std::printf("  %s\n", error->get_string().c_str());
      continue;
    }
    for (const auto& [path, dataset] : shown.at("datasets").get_object()) {
      print_dataset(path, dataset.get_object());
    }
  }
  return 0;
}

int run_diff(const Options& options) {
  H5File file(options.file, true, H5File::Contents::kAny, options.anywhere);
  if (!file.has_versions()) {
    if (!options.before.empty() && options.after.empty())
      return diff_plain(options.file, options.before, options.anywhere, options.json);
    throw Error(ErrorCode::kInvalidArgument,
                options.file + ": a file without versions: expected another file to compare it with");
  }
  versioned::VersionedFile& versions = file.versions();
  const versioned::Version after = open_version(versions, options.after);
  if (options.before.empty() && !after.info().has_parent()) {
    throw Error(ErrorCode::kNotFound,
                "version " + after.info().name + ": it has no parent to compare with; give two versions");
  }
  const versioned::Version before =
      options.before.empty() ? versions.open(after.info().previous) : open_version(versions, options.before);
  const std::vector<versioned::DatasetDiff> changes = diff(before, after, versions.session());
  if (options.json) {
    const json::object document{
        {"before", before.info().name}, {"after", after.info().name}, {"datasets", diff_json(changes)}};
    std::fputs(pretty_json(document).c_str(), stdout);
    return 0;
  }
  std::printf("%s -> %s: %s\n", before.info().name.c_str(), after.info().name.c_str(),
              changes.empty() ? "no difference" : (counted(changes.size(), "dataset") + " changed").c_str());
  for (const versioned::DatasetDiff& change : changes) {
    using Kind = versioned::DatasetDiff::Kind;
    if (change.kind != Kind::kChanged) {
      const bool added = change.kind == Kind::kAdded;
      std::printf("%c %s  %s\n", added ? '+' : '-', change.path.c_str(),
                  shape_text(added ? change.shape_after : change.shape_before).c_str());
      continue;
    }
    std::printf("~ %s ", change.path.c_str());
    if (change.shape_before != change.shape_after) {
      std::printf(" %s -> %s", shape_text(change.shape_before).c_str(), shape_text(change.shape_after).c_str());
    }
    if (change.type_changed) std::printf(" type");
    if (change.attributes_changed) std::printf(" attributes");
    if (change.elements_added > 0) std::printf(" %s added,", counted(change.elements_added, "element").c_str());
    if (change.elements_removed > 0) std::printf(" %s removed,", counted(change.elements_removed, "element").c_str());
    std::printf(" %s changed in %s\n", counted(change.changed_elements, "element").c_str(),
                counted(change.boxes.size(), "chunk").c_str());
    constexpr std::size_t kShown = 10;
    for (std::size_t i = 0; i < change.boxes.size() && i < kShown; ++i) {
      std::printf("    %s  %llu changed\n", box_text(change.boxes[i].box).c_str(),
                  static_cast<unsigned long long>(change.boxes[i].elements));
    }
    if (change.boxes.size() > kShown)
      std::printf("    and %zu more (--json lists all)\n", change.boxes.size() - kShown);
  }
  return 0;
}

int run_verify(const Options& options) {
  // The file itself, not what an index remembers of it.
  H5File file(options.file, false, H5File::Contents::kAny, options.anywhere);
  if (!file.has_versions()) return verify_plain(options.file, file.session(), options.json);
  const versioned::VerifyReport report = verify(file.versions());
  if (options.json) {
    std::fputs(pretty_json(verify_json(report)).c_str(), stdout);
    return report.sound() ? 0 : 1;
  }
  for (const versioned::Finding& finding : report.findings) {
    std::printf("%s  %s: %s (%s)\n", severity_name(finding.severity), finding.object.c_str(), finding.message.c_str(),
                finding.code.c_str());
    if (!finding.recoverable.empty()) std::printf("        %s\n", finding.recoverable.c_str());
  }
  std::string chunks = counted(report.chunks_hashed, "chunk") + " hashed";
  if (report.chunks_unhashed > 0) chunks += ", " + counted(report.chunks_unhashed, "chunk") + " not hashed";
  std::printf("%s: %s, %s, %s: %s\n", options.file.c_str(), counted(report.versions, "version").c_str(),
              counted(report.datasets, "dataset").c_str(), chunks.c_str(), report.sound() ? "sound" : "NOT sound");
  if (!report.damaged_versions.empty()) {
    std::printf("complete: %s; damaged:", counted(report.intact_versions.size(), "version").c_str());
    for (const std::string& name : report.damaged_versions) std::printf(" %s", name.c_str());
    std::printf("\n");
  }
  return report.sound() ? 0 : 1;
}

int run_index(const Options& options) {
  const hdf5::OpenedFile opened(options.file);
  const bytes::RandomAccess& file = opened.bytes();
  const std::vector<std::byte> index = versioned::build_index(file);
  hdf5::write_index(options.file, index);
  const versioned::IndexedFile check(file, index);
  if (options.json) {
    const json::object document{
        {"index", hdf5::index_path(options.file)}, {"index_bytes", index.size()}, {"file_bytes", file.size()}};
    std::fputs(pretty_json(document).c_str(), stdout);
  } else {
    std::printf("%s: %s for a file of %s\n", hdf5::index_path(options.file).c_str(),
                bytes_text(static_cast<double>(index.size())).c_str(),
                bytes_text(static_cast<double>(file.size())).c_str());
  }
  return 0;
}

CLI::App* add(CLI::App& h5, const char* name, const char* help, const std::shared_ptr<Options>& options) {
  CLI::App* command = h5.add_subcommand(name, help);
  command->add_option("file", options->file, "An HDF5 file, or its URL: s3://, http:// or https://")->required();
  command->add_flag("--json", options->json, "Print one JSON document");
  return command;
}

}  // namespace

void add_h5_dump(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = add(h5, "dump",
                          "Prints every version, dataset, attribute and the hash of each dataset's contents; of a file "
                          "without versions, every dataset.\n\n"
                          "  chunkmark h5 dump prices.h5 --json",
                          options);
  command->add_flag("--anywhere", options->anywhere, kAnywhere);
  command->add_flag("--data", options->data, "With every element: for small files");
  command->footer(kBytesInJson);
  command->callback([options, &run] { run = [options] { return run_dump(*options); }; });
}

void add_h5_diff(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = add(h5, "diff",
                          "Prints what changed between two versions, by dataset and chunk.\n\n"
                          "  chunkmark h5 diff prices.h5                the current version and its parent\n"
                          "  chunkmark h5 diff prices.h5 r1 r7          from r1 to r7\n"
                          "  chunkmark h5 diff old.h5 new.h5            two files without versions",
                          options);
  command->add_option("before", options->before,
                      "A version (default: the other's parent); without versions: the file to compare with");
  command->add_option("after", options->after, "A version (default: the current one)");
  command->add_flag("--anywhere", options->anywhere, kAnywhere);
  command->callback([options, &run] { run = [options] { return run_diff(*options); }; });
}

void add_h5_verify(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = add(h5, "verify",
                          "Checks every structure, mapping, hash row and chunk of a versioned file; of another, every "
                          "structure, checksum and chunk, and that no two of them lie in one place.\n\n"
                          "  chunkmark h5 verify prices.h5              exit status 0: sound; 1: damage or risk\n\n"
                          "A notice is about space or history; a risk is what the next write would damage; damage is "
                          "contents that are wrong or unreadable. Each finding says what can be recovered.",
                          options);
  command->add_flag("--anywhere", options->anywhere, kAnywhere);
  command->callback([options, &run] { run = [options] { return run_verify(*options); }; });
}

void add_h5_index(CLI::App& h5, Run& run) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = add(h5, "index",
                          "Writes FILE.idx, which holds all of an HDF5 file that is not array data, so that it opens "
                          "in a request or two from far away.\n\n"
                          "  chunkmark h5 index prices.h5               writes prices.h5.idx\n\n"
                          "Run it again after every write: a stale index is noticed and not used.",
                          options);
  command->callback([options, &run] { run = [options] { return run_index(*options); }; });
}

void add_h5_command(CLI::App& app, Run& run) {
  CLI::App* h5 = app.add_subcommand(
      "h5",
      "Looks into HDF5 files, also those with versions in them (as versioned-hdf5 writes them), and adds "
      "versions.\n\n"
      "  chunkmark h5 log prices.h5                 its versions, newest first\n"
      "  chunkmark h5 show prices.h5 r3:group/x     one dataset of one version\n"
      "  chunkmark h5 verify prices.h5              whether all of it is sound\n\n"
      "A version is its name, -2 for two before the current one, or @2024-01-31T12:00:00 "
      "for the last one committed by then.");
  h5->require_subcommand(1);
  for (const auto add_one :
       {add_h5_log, add_h5_show, add_h5_dump, add_h5_diff, add_h5_commit, add_h5_verify, add_h5_export, add_h5_index}) {
    add_one(*h5, run);
  }
}

}  // namespace chunkmark::cli
