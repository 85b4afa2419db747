// config list, get, set, unset, path.
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
  if (arguments.has("json")) {
    session.console().json({{"settings", settings}});
  } else {
    session.console().print(columns(table));
  }
  return {};
}

Result<void> run_get(const Arguments& arguments, Session& session) {
  const config::Key* key = TRY(config::find_key(arguments.positional(0)));
  const config::Value value = TRY(session.config())
  .get(key->name);
  if (arguments.has("json")) {
    session.console().json({{"name", key->name}, {"value", json_of(value)}});
  } else {
    session.console().print(config::str(value) + "\n");
  }
  return {};
}

Result<void> run_set(const Arguments& arguments, Session& session) {
  config::Config config = TRY(session.config());
  TRY(config.set(arguments.positional(0), arguments.positional(1)));
  return config.save(session.files(), TRY(session.folders()).config_file);
}

Result<void> run_unset(const Arguments& arguments, Session& session) {
  config::Config config = TRY(session.config());
  TRY(config.unset(arguments.positional(0)));
  return config.save(session.files(), TRY(session.folders()).config_file);
}

Result<void> run_path(const Arguments&, Session& session) {
  session.console().print(TRY(session.folders()).config_file.string() + "\n");
  return {};
}

const Positional kSetting{.name = "SETTING",
                          .help = "such as engine.threads",
                          .completes =
                              "chat.history engine.memory engine.threads store.folder "
                              "ui.colour"};

}  // namespace

const Command kConfigList = {
    .words = "config list",
    .summary = "List the settings",
    .text = {},
    .flags = {kJsonFlag},
    .run = run_list,
};

const Command kConfigGet = {
    .words = "config get",
    .summary = "Print a setting",
    .text = {},
    .positionals = {kSetting},
    .flags = {kJsonFlag},
    .run = run_get,
};

const Command kConfigSet = {
    .words = "config set",
    .summary = "Change a setting",
    .text = {},
    .positionals = {kSetting, {.name = "VALUE", .help = "the new value"}},
    .examples = {{"tegula config set engine.threads 4", {}},
                 {"tegula config set engine.memory 8GiB", {}}},
    .run = run_set,
};

const Command kConfigUnset = {
    .words = "config unset",
    .summary = "Go back to a setting's default",
    .text = {},
    .positionals = {kSetting},
    .run = run_unset,
};

const Command kConfigPath = {
    .words = "config path",
    .summary = "Say where the configuration file is",
    .text = {},
    .run = run_path,
};

}  // namespace tegula::cli
