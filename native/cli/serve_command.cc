#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include "native/cli/commands.h"
#include "native/cli/folder_guard.h"
#include "native/cli/runs.h"
#include "native/cli/site_claim.h"
#include "native/cli/site_folder.h"
#include "native/server/server.h"

namespace chunkmark::cli {

void add_serve_command(CLI::App& app, Run& run) {
  struct Options {
    server::ServerOptions server;
    std::string runs = "runs";
    std::filesystem::path site;  // empty: a temporary folder, so that servers on several ports have nothing in common
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("serve",
                                         "Serves the site with the runs of a folder, until Ctrl-C.\n\n"
                                         "  chunkmark serve --port 8080\n"
                                         "  chunkmark serve --runs s3://bucket/runs");
  command->add_option("--port", options->server.port, "Port; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--host", options->server.host, "Address to listen on")->capture_default_str();
  command->add_option("--runs", options->runs, "Runs: a folder or s3://BUCKET/PREFIX")
      ->check(CLI::Validator(check_runs_url, ""))
      ->capture_default_str();
  command->add_option("--site", options->site,
                      "Folder that the site is written to and served from (default: one that is removed at the end)");
  command->callback([options, &run] {
    run = [options] {
      std::optional<FolderGuard> temporary;
      std::optional<SiteClaim> claim;
      const Runs runs(options->runs);
      std::map<std::string, std::string> folders;  // by id, of the runs in the index
      options->server.make_site = [&] {
        if (options->site.empty()) {
          temporary.emplace(new_folder_name(std::filesystem::temp_directory_path()));
          temporary->make();
        }
        const std::filesystem::path site = temporary ? temporary->path() : options->site;
        claim.emplace(site, OtherContent::kRefused);
        for (const Runs::Run& found : write_site(site, runs, SiteHost::kServer)) folders[found.id] = found.folder;
        return site;
      };
      options->server.open_run_file = [&](const std::string& id, const std::string& file) {
        const auto found = folders.find(id);
        return found == folders.end() ? nullptr : runs.store().open(store::join_key(found->second, file));
      };
      options->server.version = CHUNKMARK_VERSION;
      options->server.on_listening = [host = options->server.host](int port) {
        std::printf("http://%s:%d/\n", host.c_str(), port);
        std::fflush(stdout);
      };
      server::serve(options->server);
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
