// Modelfiles for the C interface.
#include <vector>

#include "modelfile/parser.h"
#include "modelfile/printer.h"
#include "sdk/boundary.h"

struct tegula_modelfile {
  tegula::modelfile::Modelfile value;
  std::vector<tegula_command> commands;  // views of the value
};

namespace tegula::sdk {
namespace {

Result<modelfile::Dialect> dialect_of(int dialect) {
  switch (dialect) {
    case TEGULA_DIALECT_TEGULA: return modelfile::Dialect::Tegula;
    case TEGULA_DIALECT_OLLAMA: return modelfile::Dialect::Ollama;
  }
  return fail(Code::InvalidArgument, "no such dialect");
}

// "3:1: unknown instruction …": there is no file to name.
Error error_at(const modelfile::Diagnostic& diagnostic) {
  std::string text = diagnostic.text;
  if (diagnostic.place.line > 0)
    text =
        fmt::format("{}:{}: {}", diagnostic.place.line, std::max(diagnostic.place.column, 1), text);
  return {diagnostic.code, std::move(text), diagnostic.hint};
}

Result<std::unique_ptr<tegula_modelfile>> parse(std::string_view text, int dialect) {
  auto parsed = modelfile::parse(text, TRY(dialect_of(dialect)));
  if (!parsed) return std::unexpected(error_at(parsed.error()));
  auto out = std::make_unique<tegula_modelfile>();
  out->value = std::move(*parsed);
  for (const modelfile::Command& command : out->value.commands)
    out->commands.push_back({command.name.c_str(), command.args.c_str(), command.args.size(),
                             static_cast<std::uint32_t>(command.place.line)});
  return out;
}

}  // namespace
}  // namespace tegula::sdk

using namespace tegula;

tegula_error* tegula_modelfile_parse(const char* text, size_t length, int dialect,
                                     tegula_modelfile** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_modelfile>> {
    TRY(sdk::check_given(text, "text"));
    return sdk::parse({text, length}, dialect);
  });
}

size_t tegula_modelfile_count(const tegula_modelfile* modelfile) {
  return modelfile == nullptr ? 0 : modelfile->commands.size();
}

const tegula_command* tegula_modelfile_command(const tegula_modelfile* modelfile, size_t index) {
  return index < tegula_modelfile_count(modelfile) ? &modelfile->commands[index] : nullptr;
}

tegula_error* tegula_modelfile_print(const tegula_modelfile* modelfile, char** out) {
  if (out != nullptr) *out = nullptr;
  return sdk::guarded([&]() -> Result<void> {
    TRY(sdk::check_given(modelfile, "modelfile"));
    TRY(sdk::check_given(out, "out"));
    *out = sdk::new_string(TRY(modelfile::print(modelfile->value)));
    return {};
  });
}

void tegula_modelfile_free(tegula_modelfile* modelfile) { delete modelfile; }
