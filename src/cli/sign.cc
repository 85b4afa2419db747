// sign: this machine's key says that a model is its own, and signs what the build has said of it.
#include <set>

#include "attest/bundle_claim.h"
#include "attest/model_signature.h"
#include "attest/statement.h"
#include "base/limits.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/signing.h"
#include "launch/signed_folder.h"

namespace tegula::cli {
namespace {

using Signed = ModelSigner::Signed;

Result<std::vector<Signed>> sign_queued(ModelSigner& signer, Session& session) {
  std::vector<Signed> out;
  const content::Store* store = TRY(session.store());
  const content::NameListing listing = TRY(store->names());
  for (const Error& problem : listing.problems) session.console().warn(problem);
  std::set<content::Digest> seen;
  for (const content::Name& name : listing.names) {
    if (!seen.insert(name.current.digest).second) continue;
    const std::vector<attest::Statement> waiting = TRY(signer.unlogged(name.current.digest));
    for (const attest::Statement& one : waiting) {
      const ModelSigner::Outcome outcome = TRY(signer.sign(name.current.digest, one));
      out.push_back({name.current.digest, one.predicate_type, outcome});
    }
  }
  return out;
}

// As OpenSSF's own tool does it: the signature lies in the folder, and what belongs to git is not a
// part of the model.
constexpr std::string_view kSignatureFile = "model.sig";

// "./model", "./model/" and "." in it are one folder, and are signed as one.
std::string name_of(const os::Path& folder) {
  const os::Path path = std::filesystem::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

Result<attest::Statement> statement_of_folder(const os::Path& folder, Session& session) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    return fail(Code::NotFound,
                fmt::format("there is no folder \"{}\"", printable(folder.string())),
                "models of the store are named without a path");
  attest::ModelSignature signature{
      .model = name_of(folder), .digest = content::Digest::of({}), .resources = {}};
  signature.ignored_paths = {".git", ".gitattributes", ".github", ".gitignore",
                             std::string(kSignatureFile)};
  signature.resources = TRY(
      launch::hash_folder(session.files(), folder, signature, session.progress(), session.stop()));
  if (signature.resources.empty())
    return fail(Code::InvalidArgument, "there is no file in the folder");
  signature.digest = attest::model_digest(signature.resources);
  return attest::statement_of(signature);
}

// The signature that lies in the folder, if this key made it: somebody else's is not ours to
// replace.
Result<std::optional<attest::Bundle>> our_signature(const os::Path& path, const ModelSigner& signer,
                                                    Session& session) {
  constexpr const char* kHint =
      "move it out of the folder first; `tegula verify-bundle --bundle FILE` takes it from "
      "anywhere";
  if (!TRY(os::exists(session.files(), path))) return std::nullopt;
  const std::string text = TRY(os::read_file(session.files(), path, limits::kBundleBytesMax));
  auto bundle = attest::parse_bundle(text);
  if (!bundle)
    return fail(Code::AlreadyExists,
                fmt::format("\"{}\" is there and is no signature that can be read: {}",
                            printable(path.string()), bundle.error().text),
                kHint);
  if (signer.has_made(*bundle)) return std::optional(std::move(*bundle));
  const std::string by = attest::claim_of(*bundle).signer;
  return fail(Code::AlreadyExists,
              fmt::format("\"{}\" is signed by {}, and would be lost", printable(path.string()),
                          by.empty() ? "another key" : printable(by)),
              kHint);
}

Result<void> log_folder(const attest::Statement& statement, const os::Path& path,
                        ModelSigner& signer, Session& session) {
  const attest::Bundle bundle = TRY(signer.bundle_of(statement));
  if (bundle.entries.empty())
    return fail(Code::Unavailable,
                "the log can't be reached, and what is unlogged counts for nobody",
                "sign again when it can");
  const std::string text = TRY(attest::encode(bundle));
  return os::write_durably(session.files(), path, bytes_of(text));
}

Result<void> sign_folder(const os::Path& folder, const Arguments& arguments, Session& session) {
  const attest::Statement statement = TRY(statement_of_folder(folder, session));
  const auto signer = TRY(ModelSigner::open(arguments, session));
  const os::Path path = folder / kSignatureFile;
  const std::optional<attest::Bundle> known = TRY(our_signature(path, *signer, session));
  const bool was = known && signer->has_signed(statement, *known);
  if (!was) TRY(log_folder(statement, path, *signer, session));
  const auto outcome = outcome_text(was ? ModelSigner::Outcome::Was : ModelSigner::Outcome::Logged);
  const std::string digest = statement.subjects.front().digest.at("sha256");
  if (arguments.has("json")) {
    session.console().json({{"bundle", path.string()},
                            {"digest", "sha256:" + digest},
                            {"predicate_type", statement.predicate_type},
                            {"outcome", outcome}});
    return {};
  }
  session.console().print(fmt::format("{:8}  {}\n", outcome, path.string()));
  if (was) session.console().say("signed and logged before, and no file has changed since");
  return {};
}

// "./model" and "/models/model", as opposed to names of the store.
bool is_path(const std::string& word) {
  return word == "." || word == ".." || word.starts_with("./") || word.starts_with("../") ||
         word.starts_with('/');
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
  if (is_path(name)) return sign_folder(name, arguments, session);
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
          "the signatures wait: --queued brings them in later.\n\nA folder, given as a path, gets "
          "an OpenSSF model signature of its files, in FOLDER/model.sig;\n`tegula verify-bundle "
          "--bundle FOLDER/model.sig … FOLDER` checks it.",
      .positionals = {{.name = "MODEL|FOLDER",
                       .help = "a name, with tag or digest; or ./FOLDER",
                       .optional = true,
                       .completes = "model"}},
      .flags = {kKeyNameFlag,
                kSigningConfigFlag,
                kTrustedRootFlag,
                {.name = "queued", .help = "bring what waits into the log"},
                kJsonFlag},
      .examples = {{"tegula sign starter", {}},
                   {"tegula sign ./Qwen3-8B", "a folder of files, outside the store"},
                   {"tegula sign --queued", {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
