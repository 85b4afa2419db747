// From a recipe to a named Modelpack in the store.
//
// The same recipe over the same files gives the same digest on every machine: no time, path or
// owner of this one goes into it.
//
// Errors: those of the recipe's files and of the store. Nothing gets a name unless all of it is
// there. Thread rule: free functions.
#pragma once

#include <string>
#include <vector>

#include "build/base_model.h"
#include "build/lock.h"
#include "build/recipe.h"
#include "content/model_config.h"
#include "content/reference.h"

namespace tegula::build {

struct BuildRequest {
  Recipe recipe;
  os::Path folder;                // where relative paths start: the Modelfile's folder
  content::Reference name;        // gets the result
  WallTime created{};             // SOURCE_DATE_EPOCH, else 1970
  std::string event = "built";    // in the name's history
  std::string path = {};          // the Modelfile's, for messages; empty: there is none
  std::optional<Lock> lock = {};  // the one of the build before
  bool locked = false;            // Untrusted if this build's lock would be another one, or new
  bool reuse = true;              // what an earlier build made of the same, as far as it is there
};

struct LayerReport {
  content::Descriptor layer;
  content::ImportWay way = content::ImportWay::Written;
};

// One target's Modelpack under its name.
struct BuiltPack {
  std::string target;  // "gguf-q4_k_m"
  content::Reference name;
  content::Digest digest;  // of the manifest
  std::vector<LayerReport> layers;
  bool changed = false;  // the name had another version, or none
  std::string note;      // what did not work out but does not matter for the model
};

// The index of all targets under its name.
struct BuiltIndex {
  content::Reference name;
  content::Digest digest;
  bool changed = false;
};

struct BuildResult {
  std::vector<BuiltPack> packs;        // the first has the name itself, and is what it stands for
  std::optional<BuiltIndex> all = {};  // with several targets
  std::vector<content::Reference> withdrawn = {};  // of targets that the build before had
  Lock lock;                           // of this build

  const BuiltPack& first() const { return packs.front(); }
};

// With one target, `name` is its pack's. With several, each has a tag of its own too: name:tag is
// the first, name:tag-gguf-q4_k_m and name:tag-mlx-4bit are each of them, and name:tag-all is an
// index of them. Such names of an earlier build whose targets are gone go with them.
Result<BuildResult> build(const BuildRequest& request, const BuildContext& context);

// The same model under other settings: what `/save` keeps of a chat.
Result<BuiltPack> build_with_settings(const content::Digest& base,
                                      const content::RuntimeSettings& settings,
                                      const content::Reference& name, WallTime created,
                                      const BuildContext& context);

}  // namespace tegula::build
