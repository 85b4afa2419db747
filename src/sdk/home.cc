#include "sdk/home.h"

#include "base/limits.h"
#include "launch/engine_host.h"
#include "os/program.h"
#include "sdk/model_finder.h"

namespace tegula::sdk {
namespace {

os::Path library_file() { return os::file_of_code(reinterpret_cast<const void*>(&tegula_version)); }

// The caller's words go before the environment's.
os::Environment environment_with(const tegula_options& options) {
  os::Environment::Variables out = os::Environment::of_process().variables();
  if (options.home != nullptr) out["TEGULA_HOME"] = std::filesystem::absolute(options.home);
  if (options.engine != nullptr) out["TEGULA_ENGINE"] = std::filesystem::absolute(options.engine);
  return os::Environment(std::move(out));
}

build::BuilderInfo builder_info(const os::FileSystem& files) {
  build::BuilderInfo out{.version = tegula_version(), .program = {}};
  if (const auto bytes = os::read_file(files, library_file(), limits::kGiB))
    out.program = content::Digest::of(bytes_of(*bytes));
  return out;
}

}  // namespace

Home::Home(const tegula_options& options)
    : environment_(environment_with(options)),
      memory_bytes_(options.memory_bytes),
      threads_(options.threads) {}

Result<std::shared_ptr<Home>> Home::open(const tegula_options& options) {
  std::shared_ptr<Home> out(new Home(options));
  out->folders_ = TRY(config::find_folders(out->environment_));
  out->config_ = TRY(config::Config::load(out->files_, out->folders_.config_file));
  const os::Path folder = config::store_folder(out->config_, out->folders_);
  TRY(os::make_folders(out->files_, folder.parent_path(), 0700));
  out->store_ = std::make_unique<content::Store>(
      TRY(content::Store::open(out->files_, out->clock_, out->random_, folder)));
  return out;
}

build::BuildContext Home::build_context(Watch& watch) {
  const auto find = [this, &watch](const std::string& name) {
    return find_model(name,
                      {.user = {files_, clock_, environment_, folders_.home, config_.mirrors()},
                       .store = *store_,
                       .progress = watch,
                       .stop = watch.stop(),
                       .warn = [&](const std::string& text) { watch.warn(text); }});
  };
  return build::BuildContext{
      *store_, files_,      folders_.home, find, [this] { return builder_info(files_); },
      watch,   watch.stop()};
}

Result<launch::Machine> Home::machine() const {
  launch::Machine out = TRY(launch::machine_of(config_));
  if (memory_bytes_ > 0) out.memory_bytes = memory_bytes_;
  if (threads_ > 0) out.threads = threads_;
  return out;
}

Result<infer::EngineHost> Home::engine_host() {
  os::Path program = TRY(launch::find_engine(files_, environment_, library_file().parent_path()));
  return launch::engine_host(std::move(program), files_, folders_, clock_, random_);
}

Result<infer::LibraryHost> Home::library_host() {
  os::Path library = TRY(launch::find_engine_library(files_, library_file().parent_path()));
  return launch::library_host(std::move(library), files_, folders_, clock_, random_);
}

}  // namespace tegula::sdk

using namespace tegula;

tegula_error* tegula_home_open(const tegula_options* options, tegula_home** out) {
  return sdk::made(out, [&]() -> Result<std::unique_ptr<tegula_home>> {
    const tegula_options read = TRY(sdk::read_struct(options, "tegula_options"));
    auto home = std::make_unique<tegula_home>();
    home->value = TRY(sdk::Home::open(read));
    return home;
  });
}

void tegula_home_free(tegula_home* home) { delete home; }
