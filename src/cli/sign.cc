// sign: this machine's key says that a model is its own, and signs what the build has said of it.
#include <set>

#include "attest/statement.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/signing.h"

namespace tegula::cli {
namespace {

using Signed = ModelSigner::Signed;

Result<std::vector<Signed>> sign_queued(ModelSigner& signer, Session& session) {
  std::vector<Signed> out;
  const content::Store* store = TRY(session.store());
  const std::vector<content::Name> names = TRY(store->names());
  std::set<content::Digest> seen;
  for (const content::Name& name : names) {
    if (!seen.insert(name.current.digest).second) continue;
    const std::vector<attest::Statement> waiting = TRY(signer.unlogged(name.current.digest));
    for (const attest::Statement& one : waiting) {
      const ModelSigner::Outcome outcome = TRY(signer.sign(name.current.digest, one));
      out.push_back({name.current.digest, one.predicate_type, outcome});
    }
  }
  return out;
}

void say(const std::vector<Signed>& all, const Arguments& arguments, Session& session) {
  if (arguments.has("json"))
    session.console().json({{"signatures", json_of(all)}});
  else
    for (const Signed& one : all)
      session.console().print(fmt::format("{:8}  {}\n", outcome_text(one.outcome), one.type));
  warn_of_unlogged(all, session);
}

Result<void> run(const Arguments& arguments, Session& session) {
  const std::string name = arguments.positional(0);
  const bool is_queue = arguments.has("queued");
  if (is_queue == !name.empty())
    return fail(Code::InvalidArgument, "name a model, or --queued for all that wait for the log");
  std::vector<Signed> out;
  if (is_queue) {
    const auto signer = TRY(ModelSigner::open(arguments, session));
    out = TRY(sign_queued(*signer, session));
  } else {
    const content::Reference reference = TRY(model_reference(name));
    const content::Store* store = TRY(session.store());
    const content::Digest model = TRY(store->resolve(reference));
    const auto signer = TRY(ModelSigner::open(arguments, session));
    out = TRY(signer->sign_model(model));
  }
  say(out, arguments, session);
  return {};
}

}  // namespace

Command describe_sign() {
  return {
      .summary = "Sign a model and log the signature",
      .text =
          "Signs the model's digest, and each unsigned statement that lies beside it, such as the "
          "provenance of its\nbuild. Each signature is stamped with the time, brought into a log, "
          "checked, and attached to the model as\na Sigstore bundle; push, pull, export and import "
          "carry it along. What the key has signed already stays.\nWithout a connection to the log "
          "the signatures wait: --queued brings them in later.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, with tag or digest",
                       .optional = true,
                       .completes = "model"}},
      .flags = {kKeyNameFlag,
                kSigningConfigFlag,
                kTrustedRootFlag,
                {.name = "queued", .help = "bring what waits into the log"},
                kJsonFlag},
      .examples = {{"tegula sign starter", {}}, {"tegula sign --queued", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
