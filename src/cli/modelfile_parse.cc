#include "cli/commands.h"
#include "cli/modelfile_text.h"
#include "modelfile/printer.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  const modelfile::Dialect dialect =
      TRY(modelfile::parse_dialect(arguments.value("dialect").value_or("tegula")));
  const ModelfileText file = TRY(read_modelfile(arguments.positional(0), session));
  const modelfile::Modelfile parsed = TRY(parse_modelfile(file, dialect, session));
  if (!arguments.has("json")) {
    session.console().print(TRY(modelfile::print(parsed)));
    return {};
  }
  codec::OrderedJson commands = codec::OrderedJson::array();
  for (const modelfile::Command& command : parsed.commands) {
    commands.push_back(
        {{"name", command.name}, {"args", command.args}, {"line", command.place.line}});
  }
  session.console().json({{"commands", commands}});
  return {};
}

}  // namespace

Command describe_modelfile_parse() {
  return {
      .summary = "Read a Modelfile and print its commands",
      .text = "Exits with 2 and the error on stderr if the file is no Modelfile.",
      .positionals = {{.name = "FILE", .help = "the Modelfile; - for stdin", .completes = "file"}},
      .flags = {{.name = "dialect",
                 .value = "NAME",
                 .help = "tegula, or ollama: exactly as Ollama reads it",
                 .fallback = "tegula",
                 .completes = "tegula ollama"},
                kJsonFlag},
      .examples = {{"tegula modelfile parse --json Modelfile", {}},
                   {"tegula modelfile parse --dialect ollama Modelfile",
                    "what Ollama would make of it"}},
      .run = run,
  };
}

}  // namespace tegula::cli
