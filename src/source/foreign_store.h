// Model folders of other programs, read in place: a Hugging Face cache, an Ollama store, an LM
// Studio folder (docs/reference/foreign-stores.md).
//
// Their models have names of their own here, told apart from ours by the first component:
//
//   hf/<org>/<repo>[:<file or quantisation>]
//   ollama/[<host>/][<namespace>/]<model>[:<tag>]
//   lmstudio/<publisher>/<repo>[:<file or quantisation>]
//
// Nothing in such a folder is trusted. Links and names that leave it are refused, what a manifest
// says is checked, and files are unverified until content has hashed them: ForeignFile::stated is
// what the other program says the digest is, for comparison.
//
// Errors: InvalidArgument for a name that is none, NotFound, Corrupt for a folder that contradicts
// itself, Unsupported for models that are not GGUF, Exhausted past a limit.
// Thread rule: values and free functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "content/digest.h"
#include "content/runtime_settings.h"
#include "os/environment.h"
#include "os/file_system.h"

namespace tegula::source {

enum class ForeignKind { HuggingFace, Ollama, LmStudio };

std::string_view kind_prefix(ForeignKind kind);  // "hf", "ollama", "lmstudio"
std::string_view kind_title(ForeignKind kind);   // "Hugging Face cache", …

// A folder that another program keeps models in.
struct ForeignStore {
  ForeignKind kind = ForeignKind::HuggingFace;
  os::Path root;
};

// Those folders that exist, in the order in which they are searched.
std::vector<ForeignStore> foreign_stores(const os::Path& home, const os::Environment& environment);

struct ForeignEntry {
  std::string name;         // "ollama/llama3.2:1b"
  std::uint64_t bytes = 0;  // of the model file
};

struct ForeignListing {
  std::vector<ForeignEntry> models;  // by name
  std::vector<Error> problems;       // models that are there and cannot be used
};

// The GGUF models of a store. Fails only if the store itself cannot be read.
Result<ForeignListing> list_models(const os::FileSystem& fs, const ForeignStore& store);

enum class ForeignRole { Model, Adapter, Projector, Draft };

std::string_view role_name(ForeignRole role);

struct ForeignFile {
  ForeignRole role = ForeignRole::Model;
  os::Path path;     // absolute, without links, inside of the store
  std::string name;  // for people and for a manifest: "Llama-3.2-1B-Q4_K_M.gguf"
  std::uint64_t bytes = 0;
  std::optional<content::Digest> stated;
};

struct ForeignModel {
  ForeignKind kind = ForeignKind::HuggingFace;
  std::string name;  // complete: tag or file included
  std::string
      revision;  // what the store pins the model by: a commit, a manifest's digest; or empty
  std::vector<ForeignFile> files;  // the model first

  // How to run it, where the store says so (Ollama only).
  std::string go_template;  // Go's text/template, not Jinja
  std::string system;
  std::map<std::string, content::Parameter> parameters;  // by Modelfile name
  std::vector<content::Message> messages;
  std::vector<std::string> licenses;
  std::string renderer;          // of prompts, built into Ollama; empty: none
  std::string parser;            // of answers, built into Ollama; empty: none
  std::string requires_version;  // of Ollama; empty: any
};

// Whether the name is one of those above; it need not exist.
bool is_foreign_name(std::string_view name);

// The first of the stores of the name's kind that has it.
Result<ForeignModel> find_model(const os::FileSystem& fs, std::span<const ForeignStore> stores,
                                std::string_view name);

}  // namespace tegula::source
