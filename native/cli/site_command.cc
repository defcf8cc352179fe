#include <cstdio>
#include <memory>

#include "native/cli/commands.h"
#include "native/cli/site_claim.h"
#include "native/cli/site_folder.h"

namespace chunkmark::cli {

void add_site_command(CLI::App& app, Run& run) {
  struct Options {
    std::string output, runs = "runs", base;
    bool force = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("site",
                                         "Writes the static site with the runs of a folder.\n\n"
                                         "  chunkmark site -o build/site");
  command->add_option("-o,--output", options->output, "Folder to write")->required();
  command->add_option("--runs", options->runs, "Runs: a folder or s3://BUCKET/PREFIX")
      ->check(CLI::Validator(check_runs_url, ""))
      ->capture_default_str();
  command->add_option("--base-url", options->base,
                      "Address that the site will have: links to its pages then show a picture (https://host/path/)");
  command->add_flag("--force", options->force,
                    "Write into a folder that holds something else too: files of the same names are replaced, "
                    "nothing is removed");
  command->callback([options, &run] {
    run = [options] {
      const SiteClaim claim(options->output, options->force ? OtherContent::kAccepted : OtherContent::kRefused);
      write_site(options->output, Runs(options->runs), options->base);
      std::fprintf(stderr, "chunkmark: wrote %s\n", (options->output + "/index.html").c_str());
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
