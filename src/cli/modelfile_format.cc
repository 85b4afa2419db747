#include "cli/commands.h"
#include "cli/modelfile_text.h"
#include "modelfile/format.h"

namespace tegula::cli {
namespace {

Result<std::string> formatted(const ModelfileText& file, Session& session) {
  auto text = modelfile::format(file.text);
  if (text) return std::move(*text);
  say_diagnostic(text.error(), file, session);
  return already_said(text.error().code);
}

Result<void> run(const Arguments& arguments, Session& session) {
  const std::string path = arguments.positional(0);
  const ModelfileText file = TRY(read_modelfile(path, session));
  const std::string text = TRY(formatted(file, session));
  if (arguments.has("check")) {
    if (text == file.text) return {};
    return fail(Code::AlreadyExists, fmt::format("\"{}\" is not formatted", file.path),
                fmt::format("run `tegula modelfile fmt --write {}`", path));
  }
  if (!arguments.has("write")) {
    session.console().print(text);
    return {};
  }
  if (path == "-") return fail(Code::InvalidArgument, "--write needs a file, not stdin");
  if (text == file.text) return {};
  const os::FileStat stat = TRY(session.files().stat(path));
  return os::write_durably(session.files(), path, bytes_of(text), stat.mode);
}

}  // namespace

Command describe_modelfile_format() {
  return {
      .summary = "Print a Modelfile in its usual form",
      .text =
          "Comments and the grouping by blank lines stay. Formatting twice changes nothing more.",
      .positionals = {{.name = "FILE", .help = "the Modelfile; - for stdin", .completes = "file"}},
      .flags = {{.name = "write", .letter = 'w', .help = "write it back to the file"},
                {.name = "check", .help = "print nothing; exit with 1 if it would change"}},
      .examples = {{"tegula modelfile fmt -w Modelfile", {}},
                   {"tegula modelfile fmt --check Modelfile", "in CI"}},
      .run = run,
  };
}

}  // namespace tegula::cli
