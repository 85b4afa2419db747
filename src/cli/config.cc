// config list, get, set, unset, path.
#include <functional>

#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/session.h"

namespace tegula::cli {
namespace {

codec::OrderedJson json_of(const config::Value& value) {
  return std::visit([](const auto& plain) { return codec::OrderedJson(plain); }, value);
}

Result<void> run_list(const Arguments& arguments, Session& session) {
  const config::Config config = TRY(session.config());
  codec::OrderedJson settings = codec::OrderedJson::array();
  std::vector<std::vector<std::string>> table = {{"SETTING", "VALUE", "", "MEANING"}};
  for (const config::Key& key : config::keys()) {
    const config::Value value = config.get(key.name);
    settings.push_back({{"name", key.name},
                        {"value", json_of(value)},
                        {"set", config.is_set(key.name)},
                        {"help", key.help}});
    table.push_back({std::string(key.name), config::str(value),
                     config.is_set(key.name) ? "set" : "default", std::string(key.help)});
  }
  for (const auto& [host, addresses] : config.mirrors())
    table.push_back({fmt::format("mirrors.\"{}\"", host),
                     fmt::format("{}", fmt::join(addresses, " ")), "set",
                     "tried before the host, in this order"});
  if (arguments.has("json")) {
    session.console().json({{"settings", settings}, {"mirrors", config.mirrors()}});
  } else {
    session.console().print(columns(table));
  }
  return {};
}

Result<void> run_get(const Arguments& arguments, Session& session) {
  const config::Key* key = TRY(config::find_key(arguments.positional(0)));
  const config::Value value = TRY(session.config()).get(key->name);
  if (arguments.has("json")) {
    session.console().json({{"name", key->name}, {"value", json_of(value)}});
  } else {
    session.console().print(config::str(value) + "\n");
  }
  return {};
}

// Read, changed and written under a lock, so that of two changes at the same time none is lost.
Result<void> change(Session& session, const std::function<Result<void>(config::Config&)>& edit) {
  const os::Path file = TRY(session.folders()).config_file;
  TRY(os::make_folders(session.files(), file.parent_path(), 0700));
  const auto lock =
      TRY(session.files().lock(file.native() + ".lock", os::LockMode::Exclusive, true));
  config::Config config = TRY(config::Config::load(session.files(), file));
  TRY(edit(config));
  return config.save(session.files(), file);
}

Result<void> run_set(const Arguments& arguments, Session& session) {
  return change(session, [&](config::Config& config) {
    return config.set(arguments.positional(0), arguments.positional(1));
  });
}

Result<void> run_unset(const Arguments& arguments, Session& session) {
  return change(session,
                [&](config::Config& config) { return config.unset(arguments.positional(0)); });
}

Result<void> run_path(const Arguments& arguments, Session& session) {
  const std::string path = TRY(session.folders()).config_file.string();
  if (arguments.has("json")) {
    session.console().json({{"path", path}});
  } else {
    session.console().print(path + "\n");
  }
  return {};
}

const Positional kSetting{.name = "SETTING",
                          .help = "such as engine.threads",
                          .completes =
                              "chat.history engine.memory engine.threads store.folder "
                              "ui.colour"};

}  // namespace

Command describe_config_list() {
  return {
      .summary = "List the settings",
      .text = {},
      .flags = {kJsonFlag},
      .examples = {{"tegula config list --json", {}}},
      .run = run_list,
  };
}

Command describe_config_get() {
  return {
      .summary = "Print a setting",
      .text = {},
      .positionals = {kSetting},
      .flags = {kJsonFlag},
      .examples = {{"tegula config get store.folder", {}}},
      .run = run_get,
  };
}

Command describe_config_set() {
  return {
      .summary = "Change a setting",
      .text = {},
      .positionals = {kSetting, {.name = "VALUE", .help = "the new value"}},
      .examples = {{"tegula config set engine.threads 4", {}},
                   {"tegula config set engine.memory 8GiB", {}}},
      .run = run_set,
  };
}

Command describe_config_unset() {
  return {
      .summary = "Go back to a setting's default",
      .text = {},
      .positionals = {kSetting},
      .examples = {{"tegula config unset engine.threads", {}}},
      .run = run_unset,
  };
}

Command describe_config_path() {
  return {
      .summary = "Say where the configuration file is",
      .text = {},
      .flags = {kJsonFlag},
      .examples = {{"$EDITOR \"$(tegula config path)\"", {}}},
      .run = run_path,
  };
}

}  // namespace tegula::cli
