#include "cli/commands.h"

namespace tegula::cli {
namespace {

constexpr CommandEntry kTable[] = {
    {"run", describe_run},
    {"build", describe_build},
    {"rebuild", describe_rebuild},
    {"pull", describe_pull},
    {"push", describe_push},
    {"list", describe_list},
    {"show", describe_show},
    {"export", describe_export},
    {"import", describe_import},
    {"verify", describe_verify},
    {"sign", describe_sign},
    {"attest", describe_attest},
    {"verify-bundle", describe_verify_bundle},
    {"history", describe_history},
    {"diff", describe_diff},
    {"rollback", describe_rollback},
    {"cp", describe_copy},
    {"tag", describe_tag},
    {"rm", describe_remove},
    {"modelfile parse", describe_modelfile_parse},
    {"modelfile fmt", describe_modelfile_format},
    {"modelfile lint", describe_modelfile_lint},
    {"modelfile export", describe_modelfile_export},
    {"store verify", describe_store_verify},
    {"store repair", describe_store_repair},
    {"store gc", describe_store_collect},
    {"store df", describe_store_usage},
    {"log init", describe_log_init},
    {"log serve", describe_log_serve},
    {"log renew-authority", describe_log_renew_authority},
    {"log add", describe_log_add},
    {"log prove", describe_log_prove},
    {"log verify", describe_log_verify},
    {"log fsck", describe_log_fsck},
    {"log monitor", describe_log_monitor},
    {"log history", describe_log_history},
    {"witness init", describe_witness_init},
    {"witness serve", describe_witness_serve},
    {"key create", describe_key_create},
    {"key list", describe_key_list},
    {"key show", describe_key_show},
    {"config list", describe_config_list},
    {"config get", describe_config_get},
    {"config set", describe_config_set},
    {"config unset", describe_config_unset},
    {"config path", describe_config_path},
    {"perimeter", describe_perimeter},
    {"version", describe_version},
    {"completion", describe_completion},
};

}  // namespace

Command CommandEntry::command() const {
  Command out = describe();
  out.words = words;
  return out;
}

std::span<const CommandEntry> command_table() { return kTable; }

std::vector<Command> all_commands() {
  std::vector<Command> out;
  for (const CommandEntry& entry : kTable) out.push_back(entry.command());
  return out;
}

}  // namespace tegula::cli
