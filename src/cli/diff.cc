// diff: what changed between two models, or two versions of one.
#include "base/printable.h"
#include "build/lock.h"
#include "build/pack_difference.h"
#include "build/record.h"
#include "cli/build_context.h"
#include "cli/commands.h"
#include "cli/models.h"

namespace tegula::cli {
namespace {

using build::Change;
using build::Differing;

constexpr std::size_t kValueCharsMax = 80;  // of a system prompt, say

Result<content::Digest> resolve(const std::string& text, Session& session) {
  const content::Reference name = TRY(model_reference(text));
  const content::Store* store = TRY(session.store());
  return store->resolve(name);
}

// Nothing where one of the two has no record of its build.
std::vector<std::string> input_differences(const content::Digest& before,
                                           const content::Digest& after,
                                           const build::BuildContext& context) {
  const auto a = build::recorded_lock(before, context), b = build::recorded_lock(after, context);
  return a && b ? build::differences(*a, *b) : std::vector<std::string>();
}

std::string value(const std::string& text) { return printable(text, kValueCharsMax); }

std::string line_of(const Differing& one) {
  std::string out(one.layer.empty() ? one.what : fmt::format("layer \"{}\"", printable(one.layer)));
  if (!one.layer.empty() && !one.what.empty()) out += ", " + printable(one.what);
  switch (one.change) {
    case Change::Added: return fmt::format("+ {}  {}", out, value(one.after));
    case Change::Removed: return fmt::format("- {}  {}", out, value(one.before));
    case Change::Changed: break;
  }
  if (one.before.empty() && one.after.empty()) return fmt::format("~ {}", out);
  return fmt::format("~ {}  {} is now {}", out, value(one.before), value(one.after));
}

codec::OrderedJson json_of(const Differing& one) {
  const auto text = [](const std::string& from) {
    return from.empty() ? codec::OrderedJson() : codec::OrderedJson(from);
  };
  return {{"layer", text(one.layer)},
          {"what", text(one.what)},
          {"change", name_of(one.change)},
          {"before", text(one.before)},
          {"after", text(one.after)}};
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Digest before = TRY(resolve(arguments.positional(0), session));
  const content::Digest after = TRY(resolve(arguments.positional(1), session));
  const build::BuildContext context = TRY(build_context(session));
  const std::vector<std::string> inputs = input_differences(before, after, context);
  const std::vector<Differing> found = TRY(build::all_differences(
      {context.store, before}, {context.store, after}, session.progress(), session.stop()));
  if (arguments.has("json")) {
    codec::OrderedJson list = codec::OrderedJson::array();
    for (const Differing& one : found) list.push_back(json_of(one));
    session.console().json({{"before", before.str()},
                            {"after", after.str()},
                            {"same", before == after},
                            {"inputs", inputs},
                            {"differences", std::move(list)}});
    return {};
  }
  for (const std::string& one : inputs)
    session.console().print(fmt::format("~ {}\n", printable(one)));
  for (const Differing& one : found) session.console().print(line_of(one) + "\n");
  if (before == after) session.console().print("the same model\n");
  return {};
}

}  // namespace

Command describe_diff() {
  return {
      .summary = "Say what changed between two models",
      .text =
          "Compares the inputs of their builds, where those are recorded, then layers, tensors and "
          "metadata by their\nbytes, and settings one by one. + is in the second alone, - in the "
          "first, ~ in both but different.",
      .positionals = {{.name = "BEFORE",
                       .help = "a name, with tag or digest",
                       .completes = "model"},
                      {.name = "AFTER", .help = "likewise", .completes = "model"}},
      .flags = {kJsonFlag},
      .examples = {{"tegula diff starter@sha256:… starter", "the last version and an older one"}},
      .run = run,
  };
}

}  // namespace tegula::cli
