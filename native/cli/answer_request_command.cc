#include <memory>

#include "native/cli/call_process.h"
#include "native/cli/commands.h"

namespace chunkmark::cli {

void add_answer_request_command(CLI::App& app, Run& run) {
  const auto request = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("answer-request", "Answers one request of a server (native/cli/call_process.h)");
  command->group("");
  command->add_option("request", *request, "The request, as JSON")->required();
  command->callback([request, &run] {
    run = [request] {
      answer_apart(*request);
      return 0;
    };
  });
}

}  // namespace chunkmark::cli
