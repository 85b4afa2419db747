#include "modelfile/parser.h"

#include <algorithm>
#include <utility>

#include "modelfile/characters.h"
#include "modelfile/ollama_parser.h"
#include "modelfile/tegula_parser.h"

namespace tegula::modelfile {
namespace {

std::expected<Modelfile, Diagnostic> parse_as_tegula(std::string_view bytes) {
  std::expected<Document, Diagnostic> document = parse_document(bytes);
  if (!document) return std::unexpected(std::move(document).error());
  Modelfile modelfile = commands_of(*std::move(document));
  const bool has_from = std::ranges::any_of(modelfile.commands, [](const Command& command) {
    return command.instruction == Instruction::From;
  });
  if (has_from) return modelfile;
  return std::unexpected(Diagnostic{.rule = "no-from",
                                    .place = {1, 1},
                                    .text = "no FROM line",
                                    .hint = "name the model to start from: FROM <model or file>"});
}

}  // namespace

std::expected<Modelfile, Diagnostic> parse(std::string_view bytes, Dialect dialect) {
  switch (dialect) {
    case Dialect::Tegula: return parse_as_tegula(bytes);
    case Dialect::Ollama: return parse_as_ollama(bytes);
  }
  return parse_as_tegula(bytes);
}

Result<Modelfile> parse_file(std::string_view path, std::string_view bytes, Dialect dialect) {
  std::expected<Modelfile, Diagnostic> modelfile = parse(bytes, dialect);
  if (!modelfile) return std::unexpected(error_of(modelfile.error(), path));
  return *std::move(modelfile);
}

Result<Dialect> parse_dialect(std::string_view name) {
  if (name == "tegula") return Dialect::Tegula;
  if (name == "ollama") return Dialect::Ollama;
  return fail(Code::InvalidArgument, "unknown dialect " + quoted(name),
              "dialects are tegula and ollama");
}

}  // namespace tegula::modelfile
