#include "cli/session.h"

#include <unistd.h>

#include "content/store.h"
#include "launch/engine_host.h"
#include "os/program.h"
#include "os/terminal.h"
#include "os/terminal_progress.h"

namespace tegula::cli {
Session::Session(const World& world, Console& console) : world_(world), console_(console) {}

Session::~Session() = default;

Progress& Session::progress() {
  if (!progress_)
    progress_ = std::make_unique<os::TerminalProgress>(world_.clock, STDERR_FILENO,
                                                       os::can_redraw(world_.environment));
  return *progress_;
}

Result<config::Folders> Session::folders() const {
  return config::find_folders(world_.environment);
}

Result<config::Config> Session::config() const {
  return config::Config::load(world_.files, TRY(folders()).config_file);
}

Result<infer::EngineHost> Session::engine_host() {
  os::Path program =
      TRY(launch::find_engine(files(), environment(), os::program_file().parent_path()));
  return launch::engine_host(std::move(program), files(), TRY(folders()), clock(), random());
}

Result<content::Store*> Session::store() {
  if (!store_) {
    const os::Path folder = config::store_folder(TRY(config()), TRY(folders()));
    TRY(os::make_folders(world_.files, folder.parent_path(), 0700));
    store_ = std::make_unique<content::Store>(
        TRY(content::Store::open(world_.files, world_.clock, world_.random, folder)));
  }
  return store_.get();
}

}  // namespace tegula::cli
