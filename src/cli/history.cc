// history and rollback: a name's versions on this machine.
#include "cli/commands.h"
#include "cli/models.h"

namespace tegula::cli {
namespace {

Result<void> run_history(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(model_reference(arguments.positional(0)));
  content::Store* store = TRY(session.store());
  const content::TagHistory versions = TRY(store->versions(name));

  codec::OrderedJson list = codec::OrderedJson::array();
  std::vector<std::vector<std::string>> table = {{"", "DIGEST", "EVENT", "TIME"}};
  for (std::size_t i = versions.size(); i-- > 0;) {
    const content::TagVersion& version = versions[i];
    const bool current = i + 1 == versions.size();
    list.push_back({{"digest", version.digest.str()},
                    {"event", version.event},
                    {"time", version.time},
                    {"current", current}});
    table.push_back({current ? "*" : " ", version.digest.str(), version.event, version.time});
  }
  if (arguments.has("json")) {
    session.console().json({{"name", name.str()}, {"versions", list}});
  } else {
    session.console().print(columns(table));
  }
  return {};
}

Result<void> run_rollback(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(model_reference(arguments.positional(0)));
  std::optional<content::Digest> to;
  if (!arguments.positional(1).empty()) to = TRY(content::Digest::parse(arguments.positional(1)));
  content::Store* store = TRY(session.store());
  const content::TagChange change = TRY(store->rollback(name, to));
  if (!change.note.empty()) session.console().warn(change.note);
  session.console().say(change.changed() ? fmt::format("\"{}\" is {} again", name.str(),
                                                       content::short_form(*change.after))
                                         : fmt::format("\"{}\" is that already", name.str()));
  return {};
}

}  // namespace

const Command kHistory = {
    .words = "history",
    .summary = "List a name's versions on this machine, newest first",
    .text = "Every version stays runnable: `tegula run NAME@sha256:…`.",
    .positionals = {{.name = "MODEL", .help = "a name, perhaps with a tag", .completes = "model"}},
    .flags = {kJsonFlag},
    .examples = {{"tegula history starter", {}}},
    .run = run_history,
};

const Command kRollback = {
    .words = "rollback",
    .summary = "Make an earlier version a name's current one",
    .text =
        "Without DIGEST it is the version before the current one. The rollback is a version of the "
        "history itself,\nso it can be rolled back too.",
    .positionals = {{.name = "MODEL", .help = "a name, perhaps with a tag", .completes = "model"},
                    {.name = "DIGEST", .help = "sha256:…, one of its versions", .optional = true}},
    .examples = {{"tegula rollback starter", {}}},
    .run = run_rollback,
};

}  // namespace tegula::cli
