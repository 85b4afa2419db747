#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/witness.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  const os::Path root = arguments.positional(0);
  const auto name = arguments.value("name");
  if (!name)
    return fail(Code::InvalidArgument, "the witness's name is missing",
                "--name witness.example.com");
  tlog::Policy logs;
  for (const std::string& vkey : arguments.values("log")) {
    tlog::NoteKey log = TRY(tlog::NoteKey::parse(vkey));
    logs.logs.push_back({.key = std::move(log), .url = {}});
  }
  const tlog::NoteKey key = TRY(logserver::create_witness(session.files(), root, *name, logs));
  if (arguments.has("json")) {
    session.console().json({{"folder", root.string()}, {"name", key.name()}, {"key", key.str()}});
    return {};
  }
  session.console().print(key.str() + "\n");
  session.console().say(fmt::format(
      "a witness in {}; its key, which logs and clients need, is above", root.string()));
  return {};
}

}  // namespace

Command describe_witness_init() {
  return {
      .summary = "Make a witness of logs",
      .text =
          "Makes its key and prints it. FOLDER/logs names the logs that it knows, as a C2SP "
          "tlog-policy; more can\nbe written there while it doesn't run.",
      .positionals = {{.name = "FOLDER", .help = "a new folder", .completes = "folder"}},
      .flags = {{.name = "name", .value = "NAME", .help = "its name: a host name"},
                {.name = "log",
                 .value = "VKEY",
                 .help = "the key of a log that it is to know",
                 .repeats = true},
                kJsonFlag},
      .examples = {{"tegula witness init --name witness.example.com --log VKEY ~/witness", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
