// attest: any statement about a model, signed and logged.
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/models.h"
#include "cli/signing.h"

namespace tegula::cli {
namespace {

using Outcome = ModelSigner::Outcome;

Result<attest::Statement> statement_of(const Arguments& arguments, const content::Digest& model,
                                       Session& session) {
  const auto type = arguments.value("type"), file = arguments.value("predicate");
  if (!type || type->find(':') == type->npos)
    return fail(Code::InvalidArgument, "--type wants the URI of the predicate's type",
                "such as https://slsa.dev/provenance/v1");
  if (!file) return fail(Code::InvalidArgument, "--predicate is missing", "a file of JSON");
  const std::string text = TRY(os::read_file(session.files(), *file, limits::kJsonBytesMax));
  attest::Statement out;
  out.subjects.push_back({.name = {}, .digest = {{"sha256", model.hex()}}});
  out.predicate_type = *type;
  out.predicate = TRY(codec::parse_json(text), *file);
  if (!out.predicate.is_object())
    return fail(Code::InvalidArgument, fmt::format("{}: a predicate is a JSON object", *file));
  return out;
}

std::string_view sentence_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Was: return "signed and logged before";
    case Outcome::Logged: return "signed and logged";
    case Outcome::Unlogged: return "signed, but not logged yet: `tegula sign --queued` tries again";
  }
  return "";
}

Result<void> run(const Arguments& arguments, Session& session) {
  const content::Reference reference = TRY(model_reference(arguments.positional(0)));
  const content::Store* store = TRY(session.store());
  const content::Digest model = TRY(store->resolve(reference));
  const attest::Statement statement = TRY(statement_of(arguments, model, session));
  const auto signer = TRY(ModelSigner::open(arguments, session));
  const Outcome outcome = TRY(signer->sign(model, statement));
  if (arguments.has("json")) {
    session.console().json({{"model", model.str()},
                            {"predicate_type", statement.predicate_type},
                            {"logged", outcome != Outcome::Unlogged}});
  } else {
    session.console().print(fmt::format("{}\n", sentence_of(outcome)));
  }
  return {};
}

}  // namespace

Command describe_attest() {
  return {
      .summary = "Sign a statement of yours about a model",
      .text =
          "Puts a JSON object of any type into an in-toto statement about the model, signs and "
          "logs "
          "it, and attaches it\nas `tegula sign` does.",
      .positionals = {{.name = "MODEL",
                       .help = "a name, with tag or digest",
                       .completes = "model"}},
      .flags = {{.name = "predicate",
                 .value = "FILE",
                 .help = "what is said: a JSON object",
                 .completes = "file"},
                {.name = "type", .value = "URI", .help = "the type of what is said"},
                kKeyNameFlag,
                kSigningConfigFlag,
                kTrustedRootFlag,
                kJsonFlag},
      .examples = {{"tegula attest starter --predicate scores.json --type "
                    "https://example.com/evaluation/v1",
                    {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
