// cp, tag, rm: what changes names only.
#include "cli/commands.h"
#include "cli/models.h"

namespace tegula::cli {
namespace {

void report(const content::TagChange& change, std::string_view text, Session& session) {
  session.console().say(text);
  if (!change.note.empty()) session.console().warn(change.note);
}

Result<void> run_copy(const Arguments& arguments, Session& session) {
  const content::Reference from = TRY(model_reference(arguments.positional(0)));
  const content::Reference to = TRY(model_reference(arguments.positional(1)));
  content::Store* store = TRY(session.store());
  const content::TagChange change = TRY(store->copy(from, to));
  report(change, fmt::format("\"{}\" is \"{}\" too", from.str(), to.str()), session);
  return {};
}

Result<void> run_tag(const Arguments& arguments, Session& session) {
  const content::Reference from = TRY(model_reference(arguments.positional(0)));
  content::Store* store = TRY(session.store());
  const auto tags = arguments.positionals().subspan(1);
  for (const std::string& tag : tags) {  // all are good, or none is given
    if (!content::is_tag(tag)) {
      return fail(Code::InvalidArgument, fmt::format("\"{}\" is no tag", tag),
                  "letters, digits, '.', '_' and '-', at most 128; `tegula cp` gives another name");
    }
  }
  for (const std::string& tag : tags) {
    const content::TagChange change = TRY(store->copy(from, from.with_tag(tag)));
    report(change, fmt::format("\"{}\" is \"{}\" too", from.str(), from.with_tag(tag).str()),
           session);
  }
  return {};
}

Result<void> run_remove(const Arguments& arguments, Session& session) {
  content::Store* store = TRY(session.store());
  std::vector<content::Reference> names;
  for (const std::string& text : arguments.positionals()) {
    names.push_back(TRY(model_reference(text)));
    // All are there, or none goes. A damaged one goes too: nothing else gets rid of it.
    const auto versions = store->versions(names.back());
    if (!versions && versions.error().code != Code::Corrupt)
      return std::unexpected(versions.error());
  }
  for (const content::Reference& name : names) {
    if (arguments.has("dry-run")) {
      session.console().say(fmt::format("would remove \"{}\"", name.str()));
      continue;
    }
    const content::TagChange change = TRY(store->remove(name));
    report(change, fmt::format("removed \"{}\"", name.str()), session);
  }
  if (!arguments.has("dry-run"))
    session.console().say("`tegula store gc` frees the space of what no name leads to");
  return {};
}

}  // namespace

Command describe_copy() {
  return {
      .summary = "Give a model another name",
      .text = "Both names lead to the same bytes; nothing is copied.",
      .positionals = {{.name = "MODEL", .help = "a name, with tag or digest", .completes = "model"},
                      {.name = "NAME", .help = "the new name"}},
      .examples = {{"tegula cp starter team/helper:v1", {}}},
      .run = run_copy,
  };
}

Command describe_tag() {
  return {
      .summary = "Give a model further tags under its name",
      .text = {},
      .positionals = {{.name = "MODEL", .help = "a name, with tag or digest", .completes = "model"},
                      {.name = "TAG", .help = "such as v1", .repeats = true}},
      .examples = {{"tegula tag starter v1 stable", "starter:v1 and starter:stable"}},
      .run = run_tag,
  };
}

Command describe_remove() {
  return {
      .summary = "Remove names, with their history",
      .text = "NAME@sha256:… removes that version alone. The bytes stay until `tegula store gc`.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, perhaps with tag and digest",
                       .repeats = true,
                       .completes = "model"}},
      .flags = {{.name = "dry-run", .help = "only say what would go"}},
      .examples = {{"tegula rm starter:v1", {}}},
      .run = run_remove,
  };
}

}  // namespace tegula::cli
