#include <fmt/format.h>

#include "attest/valid_for.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "logserver/authority_renewal.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  const os::Path root = arguments.positional(0);
  const logserver::Renewal made = TRY(logserver::renew_timestamp_authority(
      {session.files(), session.clock(), session.random()}, root));
  const std::string end = attest::time_text(made.validity.not_after_s);
  if (arguments.has("json")) {
    session.console().json({{"folder", root.string()},
                            {"origin", made.config.origin},
                            {"first", made.is_first},
                            {"valid_until", end}});
    return {};
  }
  session.console().say(fmt::format(
      "{} has {} timestamp authority, valid until {}; whoever trusts the log needs its new "
      "trusted_root.json",
      made.config.origin, made.is_first ? "a" : "a new", end));
  return {};
}

}  // namespace

Command describe_log_renew_authority() {
  return {
      .summary = "Give a log a new timestamp authority",
      .text =
          "Makes a key and certificates for ten years: the first of a log that was made without, "
          "or "
          "new ones\nin the place of the old, whose key is removed. FOLDER/trusted_root.json goes "
          "on to believe what the\nold one stamped until now. Hand it out again before the log is "
          "served: stamps of the new authority\ncount only for those who have it.",
      .positionals = {{.name = "FOLDER",
                       .help = "a rekor log that nobody serves now",
                       .completes = "folder"}},
      .flags = {kJsonFlag},
      .examples = {{"tegula log renew-authority ~/log", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
