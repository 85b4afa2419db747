#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/witness_routes.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  const auto witness =
      TRY(logserver::Witness::open(session.files(), session.clock(), arguments.positional(0)));
  return serve_until_stopped(arguments, {.body_bytes_max = limits::kWitnessRequestBytesMax},
                             logserver::witness_handler(*witness), session);
}

}  // namespace

Command describe_witness_serve() {
  return {
      .summary = "Cosign the checkpoints of logs",
      .text =
          "Cosigns what continues the last checkpoint that it has seen of a log, and nothing else. "
          "Speaks plain\nHTTP: put a proxy with TLS in front of it where others can reach it.",
      .positionals = {{.name = "FOLDER", .help = "made by `witness init`", .completes = "folder"}},
      .flags = {kListenFlag},
      .examples = {{"tegula witness serve ~/witness --listen 127.0.0.1:3001", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
