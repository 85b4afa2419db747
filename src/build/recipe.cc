#include "build/recipe.h"

#include <algorithm>

#include <fmt/format.h>

#include "build/parameter.h"
#include "build/version.h"
#include "modelfile/go_template.h"
#include "modelfile/lint.h"
#include "modelfile/printer.h"
#include "modelfile/schema.h"

namespace tegula::build {
namespace {

using modelfile::Command;
using modelfile::Instruction;

// Reads commands into a Recipe, one function an instruction.
class Reader {
 public:
  Result<void> read(const Command& command) {
    switch (command.instruction) {
      case Instruction::From: return from(command);
      case Instruction::License: recipe.licenses.push_back(command.args); return {};
      case Instruction::Template: return chat_template(command);
      case Instruction::System: return system(command);
      case Instruction::Adapter: return adapter(command);
      case Instruction::Draft:
        recipe.draft = command.args;
        recipe.draft_place = command.value_place;
        return check_formats();
      case Instruction::Renderer:
      case Instruction::Parser: return compiled_in(command);
      case Instruction::Parameter: return parameter(command);
      case Instruction::Message: return message(command);
      case Instruction::Requires: return requires_version(command);
      case Instruction::Target: return target(command);
      case Instruction::Label: return label(command);
    }
    return {};
  }

  Recipe recipe;

 private:
  Result<void> from(const Command& command) {
    if (command.args.empty()) return fail(Code::InvalidArgument, "FROM names nothing");
    if (!recipe.from.empty()) {
      return fail(Code::Unsupported, "a second FROM (projector or shard) is not supported",
                  "of a model in parts name the first: the others are found beside it");
    }
    recipe.from = command.args;
    recipe.from_place = command.value_place;
    return {};
  }

  Result<void> chat_template(const Command& command) {
    if (modelfile::detect_template(command.args) == modelfile::TemplateSyntax::Jinja) {
      recipe.chat_template = command.args;
      recipe.go_template.clear();
      return {};
    }
    recipe.chat_template = TRY(modelfile::jinja_from_go_template(command.args), "TEMPLATE");
    recipe.go_template = command.args;
    return {};
  }

  Result<void> system(const Command& command) {
    recipe.system = command.args;
    recipe.has_system = true;
    return {};
  }

  Result<void> adapter(const Command& command) {
    const modelfile::Adapter parsed = TRY(modelfile::parse_adapter(command.args));
    recipe.adapters.push_back({parsed.path, parsed.scale, command.value_place});
    return {};
  }

  Result<void> compiled_in(const Command& command) {
    return fail(Code::Unsupported,
                fmt::format("{} \"{}\" names code inside Ollama that no other program has",
                            modelfile::info_of(command.instruction).word, command.args),
                "use TEMPLATE, or leave it out: the model's own chat template is used");
  }

  // A draft is a GGUF file, and only the engine for those takes one.
  Result<void> check_formats() const {
    for (const Target& target : recipe.targets)
      if (target.format != Format::Gguf) return gguf_only(target);
    return {};
  }

  static std::unexpected<Error> gguf_only(const Target& target) {
    return fail(Code::Unsupported,
                fmt::format("DRAFT goes with GGUF targets, not with {}", target.name()),
                "leave it out, or that target");
  }

  Result<void> parameter(const Command& command) {
    return set_parameter(command.name, command.args, recipe.parameters);
  }

  Result<void> message(const Command& command) {
    const modelfile::Message parts = modelfile::message_of(command);
    recipe.messages.push_back({std::string(parts.role), std::string(parts.text)});
    return {};
  }

  Result<void> requires_version(const Command& command) {
    recipe.requires_version = TRY(modelfile::parse_requires(command.args));
    return check_required(recipe.requires_version);
  }

  Result<void> target(const Command& command) {
    Target wanted = TRY(target_of(TRY(modelfile::parse_target(command.args))));
    const std::string name = wanted.name();
    if (std::ranges::find(recipe.targets, name, &Target::name) != recipe.targets.end())
      return fail(Code::InvalidArgument, fmt::format("two targets would be named \"{}\"", name));
    if (wanted.format != Format::Gguf && !recipe.draft.empty()) return gguf_only(wanted);
    recipe.targets.push_back(std::move(wanted));
    recipe.target_places.push_back(command.value_place);
    return {};
  }

  Result<void> label(const Command& command) {
    const modelfile::Label parsed = TRY(modelfile::parse_label(command.args));
    // A bare word is one of OCI's own annotations: `LABEL description=…`.
    const bool bare = parsed.key.find('.') == std::string::npos;
    recipe.labels[bare ? "org.opencontainers.image." + parsed.key : parsed.key] = parsed.value;
    return {};
  }
};

modelfile::Diagnostic diagnose(const Error& error, const Command& command) {
  modelfile::Diagnostic out;
  out.code = error.code;
  out.rule = error.code == Code::Unsupported ? "unsupported" : "bad-value";
  out.place = command.value_place.line > 0 ? command.value_place : command.place;
  out.text = error.text;
  out.hint = error.hint;
  return out;
}

}  // namespace

std::expected<Recipe, modelfile::Diagnostic> recipe_of(const modelfile::Modelfile& file) {
  for (modelfile::Diagnostic& finding : modelfile::lint(file))
    if (finding.severity == modelfile::Severity::Error) return std::unexpected(std::move(finding));
  Reader reader;
  for (const Command& command : file.commands) {
    if (Result<void> read = reader.read(command); !read)
      return std::unexpected(diagnose(read.error(), command));
  }
  if (file.commands.empty()) return std::move(reader.recipe);
  Result<std::string> text = modelfile::print(file);
  if (!text) return std::unexpected(diagnose(text.error(), file.commands.front()));
  reader.recipe.text = std::move(*text);
  return std::move(reader.recipe);
}

}  // namespace tegula::build
