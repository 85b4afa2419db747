#include "cli/commands.h"
#include "cli/modelfile_text.h"
#include "modelfile/lint.h"

namespace tegula::cli {
namespace {

using modelfile::Diagnostic;
using modelfile::Severity;

codec::OrderedJson json_of(const Diagnostic& finding) {
  return {{"severity", finding.severity == Severity::Error ? "error" : "warning"},
          {"rule", finding.rule},
          {"line", finding.place.line},
          {"column", finding.place.column},
          {"text", finding.text},
          {"hint", text_or_null(finding.hint)}};
}

Result<void> run(const Arguments& arguments, Session& session) {
  const ModelfileText file = TRY(read_modelfile(arguments.positional(0), session));
  std::vector<Diagnostic> findings;
  if (const auto parsed = modelfile::parse(file.text)) {
    findings = modelfile::lint(*parsed);
  } else {
    findings.push_back(parsed.error());
  }

  codec::OrderedJson list = codec::OrderedJson::array();
  bool faulty = false;
  for (const Diagnostic& finding : findings) {
    faulty = faulty || finding.severity == Severity::Error || arguments.has("strict");
    list.push_back(json_of(finding));
    if (!arguments.has("json")) say_diagnostic(finding, file, session);
  }
  if (arguments.has("json")) session.console().json({{"findings", list}});
  if (faulty) return already_said(Code::InvalidArgument);
  return {};
}

}  // namespace

Command describe_modelfile_lint() {
  return {
      .summary = "Say what is wrong or doubtful in a Modelfile",
      .text = "Exits with 2 if there is an error; warnings alone exit with 0.",
      .positionals = {{.name = "FILE", .help = "the Modelfile; - for stdin", .completes = "file"}},
      .flags = {{.name = "strict", .help = "warnings count as errors"}, kJsonFlag},
      .examples = {{"tegula modelfile lint Modelfile", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
