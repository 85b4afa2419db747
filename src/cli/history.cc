// history and rollback: a name's versions on this machine.
#include <map>
#include <set>

#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/models.h"
#include "cli/trust.h"
#include "cli/verification.h"

namespace tegula::cli {
namespace {

// What logs have of a version: its signatures that hold.
std::vector<attest::Verification> logged(const content::Reference& name,
                                         const content::Digest& version, const Arguments& arguments,
                                         Session& session) {
  const auto trust = trust_of(name, version, arguments, session);
  if (!trust) {
    session.console().warn(fmt::format("{}: {}", content::short_form(version), trust.error().text));
    return {};
  }
  std::vector<attest::Verification> out = trust->verdict.signatures;
  out.insert(out.end(), trust->verdict.rebuilds.begin(), trust->verdict.rebuilds.end());
  return out;
}

// "log.example.com 4, 5"
std::string places_of(const std::vector<attest::Verification>& all) {
  std::map<std::string, std::set<std::uint64_t>> places;
  for (const attest::Verification& one : all)
    for (const attest::VerifiedEntry& entry : one.entries) places[entry.log].insert(entry.index);
  std::string out;
  for (const auto& [log, indices] : places)
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", log, fmt::join(indices, ", "));
  return out.empty() ? "-" : out;
}

Result<void> run_history(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(model_reference(arguments.positional(0)));
  content::Store* store = TRY(session.store());
  const content::TagHistory versions = TRY(store->versions(name));

  codec::OrderedJson list = codec::OrderedJson::array();
  std::vector<std::vector<std::string>> table = {{"", "DIGEST", "EVENT", "TIME", "LOGGED"}};
  for (std::size_t i = versions.size(); i-- > 0;) {
    const content::TagVersion& version = versions[i];
    const bool current = i + 1 == versions.size();
    const std::vector<attest::Verification> events =
        logged(name, version.digest, arguments, session);
    codec::OrderedJson signatures = codec::OrderedJson::array();
    for (const attest::Verification& one : events)
      signatures.push_back(verification_json(one, version.digest));
    list.push_back({{"digest", version.digest.str()},
                    {"event", version.event},
                    {"time", version.time},
                    {"current", current},
                    {"signatures", std::move(signatures)}});
    table.push_back({current ? "*" : " ", version.digest.str(), version.event, version.time,
                     places_of(events)});
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

Command describe_history() {
  return {
      .summary = "List a name's versions on this machine, newest first",
      .text =
          "Every version stays runnable: `tegula run NAME@sha256:…`. Says in which logs each is, "
          "and "
          "where, if its\nsignatures hold.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, perhaps with a tag",
                       .completes = "model"}},
      .flags = {kTrustedRootFlag, kJsonFlag},
      .examples = {{"tegula history starter", {}}},
      .run = run_history,
  };
}

Command describe_rollback() {
  return {
      .summary = "Make an earlier version a name's current one",
      .text =
          "Without DIGEST it is the version before the current one. The rollback is a version of "
          "the "
          "history itself,\nso it can be rolled back too.",
      .positionals = {{.name = "MODEL", .help = "a name, perhaps with a tag", .completes = "model"},
                      {.name = "DIGEST",
                       .help = "sha256:…, one of its versions",
                       .optional = true}},
      .examples = {{"tegula rollback starter", {}}},
      .run = run_rollback,
  };
}

}  // namespace tegula::cli
