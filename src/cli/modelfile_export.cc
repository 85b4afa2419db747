#include "cli/commands.h"
#include "cli/modelfile_text.h"
#include "modelfile/printer.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  if (!arguments.has("ollama")) {
    return fail(Code::InvalidArgument, "name what to export for", "--ollama is the one there is");
  }
  const ModelfileText file = TRY(read_modelfile(arguments.positional(0), session));
  const modelfile::Modelfile parsed =
      TRY(parse_modelfile(file, modelfile::Dialect::Tegula, session));
  const auto exported = modelfile::export_to_ollama(parsed);
  if (!exported) {
    say_diagnostic(exported.error(), file, session);
    return already_said(exported.error().code);
  }
  for (const modelfile::Diagnostic& warning : exported->warnings)
    say_diagnostic(warning, file, session);
  session.console().print(exported->text);
  return {};
}

}  // namespace

Command describe_modelfile_export() {
  return {
      .summary = "Print a Modelfile for another program",
      .text =
          "What the other program cannot say is refused by line; what it has no word for (TARGET, "
          "LABEL) is left\nout with a warning.",
      .positionals = {{.name = "FILE", .help = "the Modelfile; - for stdin", .completes = "file"}},
      .flags = {{.name = "ollama", .help = "for `ollama create`"}},
      .examples = {{"tegula modelfile export --ollama Modelfile > Modelfile.ollama", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
