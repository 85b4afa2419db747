#include "build/build_source.h"
#include "build/builder.h"
#include "cli/build_context.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/remote.h"
#include "cli/trust.h"

namespace tegula::cli {
namespace {

constexpr std::string_view kEvent = "pulled";

struct Outcome {
  content::Digest digest;
  bool changed = false;
  std::string note;
};

Result<content::Reference> name_of(const Arguments& arguments, const std::string& from) {
  if (!source::is_remote_name(from)) {
    TRY(model_reference(from));
    return fail(Code::InvalidArgument, fmt::format("\"{}\" names no place to pull from", from),
                fmt::format("such as registry.example.org/{}, or hf.co/ORG/REPO:QUANT", from));
  }
  const auto given = arguments.value("as");
  return given ? model_reference(*given) : source::local_name(from);
}

// A model that comes as files becomes a Modelpack here, as `build` makes one.
Result<Outcome> make_pack(const std::string& from, const build::FoundModel& found,
                          const content::Reference& name, Session& session) {
  build::Recipe recipe;
  recipe.from = from;
  recipe.text = TRY(build::from_line(from));
  const WallTime created = TRY(source_date(session));
  const build::BuildRequest request{.recipe = recipe,
                                    .folder = "/",
                                    .name = name,
                                    .created = created,
                                    .event = std::string(kEvent)};
  build::BuildContext context = TRY(build_context(session));
  context.find = [&](const std::string&) { return std::optional(found); };
  const build::BuildResult result = TRY(build::build(request, context));
  const build::BuiltPack& pack = result.first();
  return Outcome{pack.digest, pack.changed, pack.note};
}

Result<Outcome> fetch(const std::string& from, const content::Reference& name,
                      const Arguments& arguments, Session& session) {
  const auto access = TRY(open_access(arguments, session));
  const build::FoundModel found =
      TRY(sdk::fetch_model(from, *access, TRY(finder_context(session))));
  if (!found.pack) return make_pack(from, found, name, session);
  content::Store* store = TRY(session.store());
  const content::TagChange change = TRY(store->tag(name, *found.pack, kEvent));
  return Outcome{*found.pack, change.changed(), change.note};
}

Result<void> run(const Arguments& arguments, Session& session) {
  const std::string from = arguments.positional(0);
  const content::Reference name = TRY(name_of(arguments, from));
  auto fetched = fetch(from, name, arguments, session);
  if (!fetched && fetched.error().code == Code::Cancelled && fetched.error().hint.empty())
    fetched.error().hint = "what has arrived is kept: the same command goes on from there";
  const Outcome outcome = TRY(std::move(fetched));
  if (!outcome.note.empty()) session.console().warn(outcome.note);
  TRY(meet_model(name, outcome.digest, session));
  Console& console = session.console();
  if (arguments.has("json")) {
    console.json({{"name", name.str()},
                  {"from", from},
                  {"digest", outcome.digest.str()},
                  {"changed", outcome.changed}});
  } else {
    console.print(fmt::format("{} {}\n{}\n",
                              console.green(outcome.changed ? "pulled" : "unchanged"), name.str(),
                              outcome.digest.str()));
  }
  return {};
}

}  // namespace

Command describe_pull() {
  return {
      .summary = "Get a model from a registry, a model hub or a web server",
      .text =
          "Every mebibyte is checked as it arrives where that is possible, and the whole always. A "
          "pull that was\ncut off goes on where it was.",
      .positionals = {{.name = "NAME",
                       .help =
                           "REGISTRY/PATH:TAG, hf.co/ORG/REPO:QUANT, ollama.com/library/MODEL:TAG "
                           "or URL@sha256:…"}},
      .flags = {{.name = "as", .value = "NAME", .help = "the model's name here"},
                kLimitRateFlag,
                kPlainHttpFlag,
                kJsonFlag},
      .examples = {{"tegula pull hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M", {}},
                   {"tegula pull registry.example.org/team/helper:v1 --as helper", {}},
                   {"tegula pull ollama.com/library/llama3.2:1b --limit-rate 2MiB", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
