#include "cli/commands.h"
#include "cli/index_page.h"
#include "cli/named_model.h"
#include "cli/show_model.h"

namespace tegula::cli {
namespace {

Result<void> show_index(const content::Reference& name, const content::Digest& digest,
                        const IndexSummary& index, const Arguments& arguments, Session& session) {
  Console& console = session.console();
  const content::Store* store = TRY(session.store());
  for (const std::string_view part : kModelParts)  // which only a model has
    if (arguments.has(part) && part != "manifest") TRY(store->read_manifest(digest), name.str());
  if (arguments.has("manifest")) {
    console.print(console.shown(TRY(store->read_manifest_bytes(digest))));
  } else if (arguments.has("json")) {
    console.json(
        {{"name", name.str()}, {"digest", digest.str()}, {"targets", targets_json(index)}});
  } else {
    console.print(index_page(name.str(), digest, index));
  }
  return {};
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(ensure_model(arguments.positional(0), session));
  const content::Digest digest = TRY(TRY(session.store())->resolve(name));
  if (const auto index = TRY(find_index(digest, session)))
    return show_index(name, digest, *index, arguments, session);
  const ShownModel model = TRY(shown_model(name, session));
  for (const std::string_view part : kModelParts) {
    if (!arguments.has(part)) continue;
    session.console().print(session.console().shown(TRY(model_part(part, model, session))));
    return {};
  }
  if (arguments.has("json"))
    session.console().json(model_json(model, arguments.has("verbose")));
  else
    session.console().print(model_page(model, arguments.has("verbose")));
  return {};
}

}  // namespace

Command describe_show() {
  return {
      .summary = "Show what a model is",
      .text =
          "Architecture, parameters, quantisation, context, settings, layers with their digests. "
          "The "
          "model is\nverified first. Of NAME:TAG-all, the models it leads to.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, with tag or digest",
                       .completes = "model"}},
      .flags = {{.name = "verbose", .letter = 'v', .help = "the tensors too"},
                {.name = "modelfile", .help = "only the Modelfile"},
                {.name = "template", .help = "only the chat template"},
                {.name = "system", .help = "only the system prompt"},
                {.name = "parameters", .help = "only the parameters"},
                {.name = "license", .help = "only the licence"},
                {.name = "manifest", .help = "only the manifest, as its digest was taken"},
                {.name = "lock", .help = "only the lock of its build"},
                {.name = "provenance", .help = "only the SLSA provenance of its build"},
                kJsonFlag},
      .examples = {{"tegula show starter", {}}, {"tegula show --modelfile starter", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
