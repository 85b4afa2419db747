#include "cli/commands.h"
#include "cli/faults.h"
#include "cli/foreign.h"
#include "cli/models.h"

namespace tegula::cli {
namespace {

// Another program's model is known from the first command on that opens it.
Result<content::Digest> digest_of(const std::string& text, const content::Reference& name,
                                  Session& session) {
  Result<content::Digest> digest = TRY(session.store())->resolve(name);
  if (!digest && digest.error().code == Code::NotFound && source::is_foreign_name(text))
    digest.error().hint = fmt::format("`tegula show {}` takes it in, where it lies", text);
  return digest;
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(model_reference(arguments.positional(0)));
  const content::Digest digest = TRY(digest_of(arguments.positional(0), name, session));
  const content::Store* store = TRY(session.store());
  const content::VerifyReport report =
      TRY(store->verify(digest, session.progress(), session.stop()));
  if (arguments.has("json")) {
    codec::OrderedJson json = {{"name", name.str()}, {"digest", digest.str()}};
    json.update(json_of(report));
    session.console().json(json);
  } else {
    say_faults(report, session);
  }
  if (!report.is_good()) {
    return fail(Code::Corrupt,
                fmt::format("model \"{}\": {}", name.str(), report.faults.front().text),
                "`tegula store repair` fetches it again from a known source");
  }
  if (!arguments.has("json")) {
    session.console().print(fmt::format("{} {}: {} layers and the config, {}, every byte checked\n",
                                        session.console().green("verified"), name.str(),
                                        report.blob_count - 1, human_bytes(report.byte_count)));
  }
  return {};
}

}  // namespace

const Command kVerify = {
    .words = "verify",
    .summary = "Check every byte of a model",
    .text =
        "Reads all layers again and holds each mebibyte against the tree that the manifest names.\n"
        "Exits with 4 if anything differs, naming layer and piece.",
    .positionals = {{.name = "MODEL", .help = "a name, with tag or digest", .completes = "model"}},
    .flags = {kJsonFlag},
    .examples = {{"tegula verify starter", {}}},
    .run = run,
};

}  // namespace tegula::cli
