#include "base/hex.h"
#include "cli/commands.h"
#include "cli/log_place.h"
#include "logserver/monitor.h"

namespace tegula::cli {
namespace {

Result<std::optional<std::string>> read_seen(const os::Path& path, Session& session) {
  if (!TRY(os::exists(session.files(), path))) return std::nullopt;
  return TRY(os::read_file(session.files(), path, limits::kNoteBytesMax));
}

Result<void> run(const Arguments& arguments, Session& session) {
  const LogPlace place = TRY(find_log(arguments.positional(0), session));
  const tlog::NoteKey key = TRY(key_of_log(place, arguments, session));
  const auto state = arguments.value("state");
  if (!state)
    return fail(Code::InvalidArgument, "where is the last checkpoint remembered?",
                "--state FILE; it is made at the first time");
  const auto seen = TRY(read_seen(*state, session));
  const auto now = TRY(logserver::observe(place.store, key, seen));
  const tlog::TreeHead head = now.now.checkpoint.head;
  codec::OrderedJson entries = codec::OrderedJson::array();
  TRY(logserver::read_entries(
      place.store, head, now.old_size, [&](std::uint64_t index, ByteView entry) -> Result<void> {
        const std::string leaf = hex_encode(tlog::leaf_hash(entry));
        if (arguments.has("json"))
          entries.push_back({{"index", index}, {"leaf", leaf}, {"bytes", entry.size()}});
        else
          session.console().print(fmt::format("{}  {}  {}\n", index, leaf, entry.size()));
        return session.stop().check();
      }));
  if (arguments.has("json"))
    session.console().json({{"origin", key.name()},
                            {"old_size", now.old_size},
                            {"size", head.size},
                            {"entries", entries}});
  // Remembered only after it was told: better twice than never.
  TRY(session.console().flush());
  return os::write_durably(session.files(), *state, bytes_of(now.note));
}

}  // namespace

const Command kLogMonitor = {
    .words = "log monitor",
    .summary = "Say what is new in a log, and notice forks",
    .text =
        "Checks that the log continues the checkpoint in the state file, prints index, leaf hash "
        "and size of each\nnew entry, and remembers the new checkpoint. Exits with 4 if the log "
        "has "
        "shown two histories; the state\nfile then stays as it was.",
    .positionals = {{.name = "LOG", .help = "a folder, or http(s)://…", .completes = "folder"}},
    .flags = {{.name = "state",
               .value = "FILE",
               .help = "the last checkpoint that was seen",
               .completes = "file"},
              kLogKeyFlag,
              kJsonFlag},
    .examples = {{"tegula log monitor --key VKEY --state seen https://log.example.com", {}}},
    .run = run,
};

}  // namespace tegula::cli
