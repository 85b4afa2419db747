#include "cli/commands.h"
#include "cli/log_filter.h"
#include "cli/log_place.h"
#include "logserver/monitor.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  const LogPlace place = TRY(find_log(arguments.positional(0), session));
  const tlog::NoteKey key = TRY(key_of_log(place, arguments, session));
  const logserver::EntryFilter filter = TRY(entry_filter_of(arguments, session));
  const auto now = TRY(logserver::observe(place.store, key, std::nullopt));
  const tlog::TreeHead head = now.now.checkpoint.head;
  codec::OrderedJson entries = codec::OrderedJson::array();
  TRY(logserver::read_entries(place.store, head, 0,
                              [&](std::uint64_t index, ByteView entry) -> Result<void> {
                                const auto rekord = logserver::parse_rekord_entry(text_of(entry));
                                if (!rekord || !matches(filter, *rekord)) return {};
                                if (arguments.has("json"))
                                  entries.push_back(entry_json(index, *rekord));
                                else
                                  session.console().print(entry_line(index, *rekord));
                                return session.stop().check();
                              }));
  if (arguments.has("json"))
    session.console().json({{"origin", key.name()}, {"size", head.size}, {"entries", entries}});
  return {};
}

}  // namespace

Command describe_log_history() {
  return {
      .summary = "Find what was signed in a rekor log, or by whom",
      .text =
          "Reads the whole log, each entry checked against the tree, and prints index, digest and "
          "identities of what\nfits all that is asked for; without anything, of every entry.",
      .positionals = {{.name = "LOG", .help = "a folder, or http(s)://…", .completes = "folder"}},
      .flags = {kLogDigestFlag, kLogSignerFlag, kLogIdentityFlag, kLogKeyFlag, kJsonFlag},
      .examples = {{"tegula log history --signer key.pub ~/log", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
