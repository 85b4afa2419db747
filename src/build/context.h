// What a build works with, and how it asks for models that are not files here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "build/provenance.h"
#include "content/runtime_settings.h"
#include "content/store.h"
#include "os/environment.h"

namespace tegula::build {

struct FoundFile {
  os::Path path = {};
  std::string name = {};                         // for the pack: "qwen3-8b-q4_k_m.gguf"
  std::optional<content::Digest> expected = {};  // what its keeper says its digest is
};

// A model that another program keeps on this machine, whose files stay where they are; or one from
// elsewhere that has been brought into the store.
struct FoundModel {
  std::optional<content::Digest> pack = {};  // a whole Modelpack of the store; nothing else counts
  std::vector<FoundFile> files = {};  // one GGUF file, or safetensors and what goes with them
  std::vector<os::Path> adapters = {};
  std::string chat_template = {};  // Jinja or Go; empty: the model's own
  std::string system;
  std::vector<std::string> licenses;
  std::vector<content::Message> messages;
  std::map<std::string, content::Parameter> parameters;
  std::string origin = {};  // where it is from, for the lock; empty: its name's first part
  std::shared_ptr<content::Lease> lease = {};  // keeps what was brought in until it is used

  bool is_folder() const { return files.size() != 1; }
};

// Asked for names that are neither a file nor in the store; nothing if nobody keeps such a model.
using ModelFinder = std::function<Result<std::optional<FoundModel>>(const std::string& name)>;

struct BuildContext {
  content::Store& store;
  os::FileSystem& files;
  os::Path home;  // for "~/"
  ModelFinder find;
  std::function<BuilderInfo()> builder;  // asked only when a record is written
  Progress& progress;
  Stop stop;
  std::size_t threads = 0;                      // that convert; 0: one for each processor
  std::map<std::string, os::Path> places = {};  // files that do not lie where the recipe says

  // Where a file is that the recipe names: "~/" is the home folder, the rest starts at `folder`.
  os::Path locate(const std::string& written, const os::Path& folder) const;
};

// SOURCE_DATE_EPOCH (reproducible-builds.org), else 1970; InvalidArgument if it is no number.
Result<WallTime> source_date(const os::Environment& environment);

// Through links, as in the cache of a model hub. NotFound if it leads nowhere.
Result<os::Path> real_path(const os::Path& path);

}  // namespace tegula::build
