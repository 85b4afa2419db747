// What main builds and every command works with: the world, the console, and the parts opened when
// first used, so that `tegula version` pays for nothing it does not need.
//
// Thread rule: one thread at a time; stop() may be cancelled from a signal handler.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/result.h"
#include "base/stop.h"
#include "cli/console.h"
#include "config/config.h"
#include "config/folders.h"
#include "infer/engine_process.h"
#include "os/environment.h"
#include "os/file_system.h"

namespace tegula::content {
class Store;
}

namespace tegula::cli {

// Handed down by main; all outlive the Session.
struct World {
  os::FileSystem& files;
  const Clock& clock;
  Random& random;
  const os::Environment& environment;
  StopSource& interrupt;  // cancelled by Ctrl-C
};

class Session {
 public:
  Session(const World& world, Console& console);
  ~Session();

  Console& console() { return console_; }
  os::FileSystem& files() { return world_.files; }
  const Clock& clock() const { return world_.clock; }
  Random& random() { return world_.random; }
  const os::Environment& environment() const { return world_.environment; }
  StopSource& interrupt() { return world_.interrupt; }
  Stop stop() const { return world_.interrupt.stop(); }

  // A bar on stderr if that is a terminal.
  Progress& progress();

  Result<config::Folders> folders() const;
  Result<config::Config> config() const;

  // Where engines run: beside this program, unless TEGULA_ENGINE says otherwise.
  Result<infer::EngineHost> engine_host();

  // The model store, opened (and made) at the first call.
  Result<content::Store*> store();

 private:
  World world_;
  Console& console_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<content::Store> store_;
};

}  // namespace tegula::cli
