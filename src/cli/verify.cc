#include "cli/commands.h"
#include "cli/faults.h"
#include "cli/foreign.h"
#include "cli/models.h"
#include "cli/trust.h"

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

// A model whose bytes are not what they were has nothing that anybody signed.
Result<void> refuse_damaged(const content::Reference& name, const content::VerifyReport& report) {
  if (report.is_good()) return {};
  return fail(Code::Corrupt,
              fmt::format("model \"{}\": {}", name.str(), report.faults.front().text),
              "`tegula store repair` fetches it again from a known source");
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference name = TRY(model_reference(arguments.positional(0)));
  const content::Digest digest = TRY(digest_of(arguments.positional(0), name, session));
  const content::Store* store = TRY(session.store());
  const content::VerifyReport report =
      TRY(store->verify(digest, session.progress(), session.stop()));
  std::optional<launch::Trust> trust;
  if (report.is_good()) trust = TRY(trust_of(name, digest, arguments, session));
  if (arguments.has("json")) {
    codec::OrderedJson json = {{"name", name.str()}, {"digest", digest.str()}};
    json.update(json_of(report));
    json["trust"] = trust ? trust_json(*trust, digest) : codec::OrderedJson();
    session.console().json(json);
  } else {
    say_faults(report, session);
  }
  TRY(refuse_damaged(name, report));
  if (!arguments.has("json")) {
    session.console().print(fmt::format("{} {}: {} blobs, {}, every byte checked\n",
                                        session.console().green("verified"), name.str(),
                                        report.blob_count, human_bytes(report.byte_count)));
    session.console().print(trust_page(*trust, digest));
  }
  if (trust->forbids())
    return fail(Code::Untrusted, fmt::format("model \"{}\": {}", name.str(), trust->verdict.why));
  return {};
}

}  // namespace

Command describe_verify() {
  return {
      .summary = "Check every byte of a model, and who signed it",
      .text =
          "Reads all layers again and holds each mebibyte against the tree that the manifest "
          "names.\n"
          "Then says which of its signatures hold, by whom and in which log they are, and what the "
          "rule of policy.toml\nfor its name makes of that. Exits with 4 if a byte differs, naming "
          "layer and piece, or if the policy forbids it.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, with tag or digest",
                       .completes = "model"}},
      .flags = {kTrustedRootFlag, kJsonFlag},
      .examples = {{"tegula verify starter", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
