#include "cli/commands.h"
#include "cli/named_model.h"
#include "cli/show_model.h"

namespace tegula::cli {
namespace {

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(ensure_model(arguments.positional(0), session));
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
          "model is\nverified first.",
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
