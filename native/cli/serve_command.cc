#include <cstdio>
#include <memory>

#include "native/cli/commands.h"
#include "native/cli/site_folder.h"
#include "native/server/server.h"

namespace chunkmark::cli {

void add_serve_command(CLI::App& app, Run& run) {
  struct Options {
    server::ServerOptions server;
    std::string runs = "runs";
    std::string site = "build/site";
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("serve",
                                         "Serves the site with the runs of a folder, until Ctrl-C.\n\n"
                                         "  chunkmark serve --port 8080");
  command->add_option("--port", options->server.port, "Port; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--host", options->server.host, "Address to listen on")->capture_default_str();
  command->add_option("--runs", options->runs, "Runs folder")->check(CLI::ExistingDirectory)->capture_default_str();
  command->add_option("--site", options->site, "Folder that the site is written to and served from")
      ->capture_default_str();
  command->callback([options, &run] {
    run = [options] {
      write_site(options->site, options->runs, SiteHost::kServer);
      options->server.site_folder = options->site;
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
