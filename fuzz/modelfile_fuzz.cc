// Modelfiles in both dialects: what parses prints and formats to the same commands.
#include "base/bytes.h"
#include "base/check.h"
#include "modelfile/format.h"
#include "modelfile/lint.h"
#include "modelfile/parser.h"
#include "modelfile/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace mf = tegula::modelfile;
  const std::string_view text = tegula::text_of({data, size});
  if (const auto ollama = mf::parse(text, mf::Dialect::Ollama)) mf::print_as_ollama(*ollama);
  for (const mf::Diagnostic& finding : mf::lint_text(text)) mf::render(finding, "f", text);
  const auto modelfile = mf::parse(text);
  if (!modelfile) return 0;
  CHECK(mf::parse(mf::print(*modelfile).value()).value() == *modelfile);
  const std::string formatted = mf::format(text).value();
  CHECK(mf::format(formatted).value() == formatted);
  CHECK(mf::parse(formatted).value() == *modelfile);
  if (const auto exported = mf::export_to_ollama(*modelfile);
      exported && exported->warnings.empty())
    CHECK(mf::parse(exported->text, mf::Dialect::Ollama).value() == *modelfile);
  return 0;
}
