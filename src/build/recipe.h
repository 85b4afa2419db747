// A recipe is what a Modelfile asks for, with every instruction checked: it acts or is refused
// here, before anything is read or written. No I/O.
//
// Thread rule: values.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "build/target.h"
#include "content/runtime_settings.h"
#include "modelfile/command.h"
#include "modelfile/diagnostic.h"

namespace tegula::build {

struct AdapterSource {
  std::string path;  // as written: absolute, "~/…", or relative to the Modelfile
  double scale = 1.0;
  modelfile::Place place;
};

struct Recipe {
  std::string from;  // a path or a name; what exists as a file is a path
  modelfile::Place from_place;
  std::vector<AdapterSource> adapters;
  std::string draft;  // a path; empty: none
  modelfile::Place draft_place;
  std::string chat_template;  // Jinja; empty: the model's own
  std::string go_template;    // that it was made from; empty: it was written in Jinja
  std::string system;
  bool has_system = false;  // SYSTEM "" takes an inherited system prompt away
  std::string requires_version;
  std::vector<std::string> licenses;
  std::vector<content::Message> messages;
  std::map<std::string, content::Parameter> parameters;
  std::map<std::string, std::string> labels;  // annotations of the manifest
  std::vector<Target> targets;                // none: the model as it is
  std::vector<modelfile::Place> target_places;
  std::string text;  // the Modelfile in its one form, without comments; empty: there is none
};

// The first error that lint finds; then Unsupported for what is well-formed but this version can't
// build. The place is that of the value.
std::expected<Recipe, modelfile::Diagnostic> recipe_of(const modelfile::Modelfile& file);

// The newest Ollama whose Modelfiles we answer to; REQUIRES is held against it.
inline constexpr std::string_view kOllamaLevel = "0.33.0";

}  // namespace tegula::build
