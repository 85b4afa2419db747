// One user's models and how they run: folders, configuration and store, opened once and shared by
// everything that was made with them.
//
// Thread rule: one thread at a time, but for what the store says of itself.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "build/context.h"
#include "config/config.h"
#include "config/folders.h"
#include "content/store.h"
#include "launch/start.h"
#include "os/environment.h"
#include "os/file_system.h"
#include "sdk/boundary.h"
#include "sdk/watch.h"

namespace tegula::sdk {

class Home {
 public:
  static Result<std::shared_ptr<Home>> open(const tegula_options& options);

  os::FileSystem& files() { return files_; }
  const os::Environment& environment() const { return environment_; }
  const config::Folders& folders() const { return folders_; }
  content::Store& store() { return *store_; }

  // The watch must outlive the context.
  build::BuildContext build_context(Watch& watch);

  Result<launch::Machine> machine() const;
  Result<infer::EngineHost> engine_host();
  Result<infer::LibraryHost> library_host();

 private:
  explicit Home(const tegula_options& options);

  os::PosixFileSystem files_;
  SystemClock clock_;
  SystemRandom random_;
  os::Environment environment_;
  std::uint64_t memory_bytes_;
  std::uint32_t threads_;
  config::Folders folders_;
  config::Config config_;
  std::unique_ptr<content::Store> store_;
};

}  // namespace tegula::sdk

struct tegula_home {
  std::shared_ptr<tegula::sdk::Home> value;
};
