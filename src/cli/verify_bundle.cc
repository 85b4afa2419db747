// verify-bundle: one file and one bundle, by nothing but what is on this machine. Words and exit
// status are those of Sigstore's conformance client.
#include <memory>
#include <optional>

#include "attest/model_signature.h"
#include "attest/valid_for.h"
#include "attest/verifier.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/trust.h"
#include "cli/verification.h"
#include "content/file_digest.h"
#include "launch/signed_folder.h"
#include "os/file_view.h"
#include "tlog/policy.h"

namespace tegula::cli {
namespace {

constexpr std::uint64_t kReadAtOnceMax = 1 * limits::kMiB;

// What the signature may be over: small files as they are, large ones through a view, and where
// there is none, their digest, which is all that most keys sign.
struct Artifact {
  std::string text;
  std::unique_ptr<os::File> file;
  std::optional<os::FileView> view;
  attest::SignedMessage message{.digest = content::Digest(crypto::Hash256{}), .bytes = {}};
};

Result<void> read_large(Artifact& out, std::uint64_t size) {
  if (auto view = os::FileView::map(*out.file, 0, size)) {
    out.view.emplace(std::move(*view));
    out.message.bytes = out.view->bytes();
    out.message.digest = content::Digest::of(out.view->bytes());
  } else {
    NoProgress silent;
    out.message.digest = TRY(content::digest_of_range(*out.file, 0, size, silent, Stop()));
  }
  return {};
}

// A folder goes by the digest that its signature has for it. What can't be read has none, which the
// verifier says.
Result<content::Digest> digest_for_folder(const attest::Bundle& bundle) {
  const auto* envelope = std::get_if<attest::Envelope>(&bundle.content);
  if (envelope == nullptr)
    return fail(Code::InvalidArgument, "the bundle is of a file, not of a folder");
  const auto statement = attest::parse_statement(text_of(envelope->payload));
  const auto digest = statement ? attest::sha256_of(statement->subjects.front()) : std::nullopt;
  return digest.value_or(content::Digest(crypto::Hash256{}));
}

// Whether its files are those, once the signature is known to hold.
Result<void> check_files(const os::Path& folder, const attest::Verification& verification,
                         Session& session) {
  if (!verification.model_signature)
    return fail(Code::Untrusted, "the bundle is no model signature, and says nothing of files");
  return launch::check_folder(session.files(), folder, *verification.model_signature,
                              session.progress(), session.stop());
}

// A bundle that can't be checked doesn't hold.
template <class T>
Result<T> held(Result<T> result) {
  if (!result && result.error().code == Code::Unsupported) result.error().code = Code::Untrusted;
  return result;
}

Result<void> read_artifact(const std::string& word, Session& session, Artifact& out) {
  auto file = session.files().open(word);
  if (!file) {
    const auto digest = content::Digest::parse(word);
    if (!digest) return std::unexpected(std::move(file).error());
    out.message.digest = *digest;
    return {};
  }
  out.file = std::move(*file);
  const std::uint64_t size = TRY(out.file->stat()).size;
  if (size > kReadAtOnceMax) return read_large(out, size);
  out.text = TRY(os::read_file(session.files(), word, kReadAtOnceMax));
  out.message.bytes = bytes_of(out.text);
  out.message.digest = content::Digest::of(bytes_of(out.text));
  return {};
}

// With a key and without a log there is nobody to believe.
Result<attest::TrustedRoot> read_root(const Arguments& arguments, Session& session) {
  if (auto root = TRY(find_trusted_root(arguments, session))) return std::move(*root);
  if (arguments.has("key") && arguments.has("allow-unlogged")) return attest::TrustedRoot();
  const os::Path path = TRY(session.folders()).config_file.parent_path() / "trusted_root.json";
  return fail(Code::NotFound, "there is no trusted root to verify by",
              "name one with --trusted-root, or put it at " + path.string());
}

Result<attest::ExpectedSigner> expected_signer(const Arguments& arguments, Session& session) {
  const auto name = arguments.value("certificate-identity"),
             issuer = arguments.value("certificate-oidc-issuer"), key = arguments.value("key");
  if (key && (name || issuer))
    return fail(Code::InvalidArgument, "a bundle is signed with a key or with a certificate",
                "give --key alone");
  if (key) {
    const std::string pem = TRY(os::read_file(session.files(), *key, limits::kKeyBytesMax));
    return TRY(crypto::PublicKey::from_pem(pem), *key);
  }
  if (!name || !issuer)
    return fail(Code::InvalidArgument, "whose signature shall it be?",
                "--certificate-identity and --certificate-oidc-issuer, or --key");
  return attest::Identity{.name = *name, .issuer = *issuer};
}

Result<std::optional<tlog::Policy>> read_policy(const Arguments& arguments, Session& session) {
  const auto path = arguments.value("log-policy");
  if (!path) return std::nullopt;
  const std::string text = TRY(os::read_file(session.files(), *path, limits::kPolicyBytesMax));
  return TRY(tlog::parse_policy(text), *path);
}

Result<attest::Bundle> read_bundle(const Arguments& arguments, Session& session) {
  const auto path = arguments.value("bundle");
  if (!path) return fail(Code::InvalidArgument, "--bundle is missing", "such as a.sigstore.json");
  const std::string text = TRY(os::read_file(session.files(), *path, limits::kBundleBytesMax));
  return TRY(held(attest::parse_bundle(text)), *path);
}

Result<void> run(const Arguments& arguments, Session& session) {
  const attest::Bundle bundle = TRY(read_bundle(arguments, session));
  const attest::ExpectedSigner signer = TRY(expected_signer(arguments, session));
  const attest::TrustedRoot root = TRY(read_root(arguments, session));
  const std::optional<tlog::Policy> policy = TRY(read_policy(arguments, session));
  Artifact artifact;
  const std::string word = arguments.positional(0);
  std::error_code no_folder;
  const bool is_folder = std::filesystem::is_directory(word, no_folder);
  if (is_folder)
    artifact.message.digest = TRY(digest_for_folder(bundle));
  else
    TRY(read_artifact(word, session, artifact));
  attest::VerifyRequest request{.bundle = bundle,
                                .artifact = artifact.message,
                                .root = root,
                                .signer = signer,
                                .policy = policy ? &*policy : nullptr,
                                .predicate_type = arguments.value("type")};
  if (arguments.has("allow-unlogged")) {
    request.requirements = {.logs = 0, .certificate_logs = 0};
    request.assumed_time_s = attest::posix_seconds(session.clock().now());
  }
  const attest::Verification verification = TRY(held(attest::verify_bundle(request)));
  if (is_folder) TRY(check_files(word, verification, session));
  if (artifact.view && !artifact.view->is_whole())
    return fail(Code::Unavailable, "the file could not be read to its end");
  if (arguments.has("json"))
    session.console().json(verification_json(verification, artifact.message.digest));
  else
    session.console().print(verification_page(verification, artifact.message.digest));
  return {};
}

}  // namespace

Command describe_verify_bundle() {
  return {
      .summary = "Check a Sigstore bundle against a file, offline",
      .text =
          "Says who signed the file, when, and in which log, or why that doesn't hold (exit status "
          "4). Believes\nthe logs and authorities of a trusted root and nobody else, and asks "
          "nobody.",
      .positionals = {{.name = "FILE_OR_DIGEST",
                       .help = "the file, or sha256:… of it; for a statement, its subject; for a "
                               "model signature, the model's folder",
                       .completes = "file"}},
      .flags = {{.name = "bundle", .value = "FILE", .help = "the bundle", .completes = "file"},
                {.name = "certificate-identity",
                 .value = "NAME",
                 .help = "whom the certificate names, letter for letter"},
                {.name = "certificate-oidc-issuer",
                 .value = "URL",
                 .help = "who vouched for that name"},
                {.name = "key",
                 .value = "FILE",
                 .help = "the signer's public key in PEM, in place of a name",
                 .completes = "file"},
                kTrustedRootFlag,
                {.name = "log-policy",
                 .value = "FILE",
                 .help = "a tlog-policy: which logs, and which witnesses must have seen them",
                 .completes = "file"},
                {.name = "type", .value = "URI", .help = "the predicate type of the statement"},
                {.name = "allow-unlogged",
                 .help = "hold without any log; a certificate, if nothing "
                         "proves when it signed, must be valid today"},
                kJsonFlag},
      .examples = {{"tegula verify-bundle --bundle a.sigstore.json --key signer.pub --trusted-root "
                    "root.json a.txt",
                    {}},
                   {"tegula verify-bundle --bundle a.sigstore.json --certificate-identity "
                    "me@example.com --certificate-oidc-issuer https://accounts.example.com a.txt",
                    {}}},
      .run = run,
  };
}

}  // namespace tegula::cli
