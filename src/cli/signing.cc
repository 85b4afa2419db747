#include "cli/signing.h"

#include <algorithm>

#include "attest/valid_for.h"
#include "attest/verifier.h"
#include "base/limits.h"
#include "build/record.h"
#include "cli/build_context.h"
#include "logserver/rekor_client.h"
#include "logserver/timestamp_client.h"
#include "net/curl_environment.h"

namespace tegula::cli {
namespace {

constexpr const char* kModelName = "model";  // in a model signature, where nobody trusts it
constexpr std::string_view kConfigFile = "signing_config.json";

constexpr std::uint64_t kRekorVersion = 2, kTimestampVersion = 1;

Result<attest::SigningConfig> read_signing_config(const Arguments& arguments, Session& session) {
  const auto text = TRY(find_trust_file(arguments, kSigningConfigFlag, kConfigFile,
                                        limits::kSigningConfigBytesMax, session));
  if (!text)
    return fail(Code::NotFound, "there is no log to bring signatures into",
                "`tegula log init` makes one; put its signing_config.json and trusted_root.json "
                "beside config.toml, or name them");
  return attest::parse_signing_config(*text);
}

// The services of a signing configuration, over HTTP.
class HttpServices final : public attest::SigningServices {
 public:
  HttpServices(const attest::SigningConfig& config, net::Transport& transport, Session& session)
      : config_(config), transport_(transport), session_(session) {}

  Result<std::vector<Bytes>> stamp(ByteView signature) override {
    std::vector<Bytes> out;
    if (is_offline_ || config_.timestamp_authorities.empty()) return out;
    const std::vector<attest::Service> chosen =
        TRY(choose(config_.timestamp_authorities, config_.timestamp_choice, kTimestampVersion),
            "timestamp authorities");
    for (const attest::Service& one : chosen) {
      net::Url url = TRY(net::Url::parse(one.url));
      logserver::TimestampClient client(std::move(url), transport_, session_.clock(),
                                        session_.random());
      auto stamp = client.stamp(signature, session_.stop());
      if (!stamp && is_offline(stamp.error())) return std::vector<Bytes>();
      out.push_back(TRY(std::move(stamp)));
    }
    return out;
  }

  // Without a stamp that was wanted there is no entry either.
  Result<std::vector<attest::LogEntry>> log(const attest::RekorRequest& request) override {
    std::vector<attest::LogEntry> out;
    if (is_offline_) return out;
    const std::string text = TRY(encode(request));
    const std::vector<attest::Service> chosen =
        TRY(choose(config_.logs, config_.log_choice, kRekorVersion), "logs");
    for (const attest::Service& one : chosen) {
      const auto reply = logserver::post_rekord(transport_, one.url, text, session_.stop());
      if (!reply && is_offline(reply.error())) return std::vector<attest::LogEntry>();
      const std::string entry = TRY(reply);
      out.push_back(TRY(attest::parse_log_entry(entry), one.url));
    }
    return out;
  }

 private:
  // A service that can't be reached now is said once, and isn't waited for again: it leaves this
  // bundle and those after it for later.
  bool is_offline(const Error& error) {
    if (error.code != Code::Unavailable) return false;
    session_.console().warn(error.text);
    return is_offline_ = true;
  }

  Result<std::vector<attest::Service>> choose(const std::vector<attest::Service>& services,
                                              const attest::ServiceChoice& choice,
                                              std::uint64_t version) const {
    return choose_services(services, choice, version,
                           attest::posix_seconds(session_.clock().now()));
  }

  const attest::SigningConfig& config_;
  net::Transport& transport_;
  Session& session_;
  bool is_offline_ = false;
};

// The first time a machine signs it gets its key, and says so.
Result<std::unique_ptr<crypto::Signer>> open_signer(const Arguments& arguments, Session& session) {
  identity::FileKeyStore keys = TRY(open_keys(session));
  const auto named = arguments.value(kKeyNameFlag.name);
  auto out = keys.open(named.value_or(std::string(kDefaultKey)));
  if (out || named || out.error().code != Code::NotFound) return out;
  out = keys.create(kDefaultKey);
  if (out)
    session.console().say("made this machine's key; `tegula key show` prints its public half");
  return out;
}

}  // namespace

ModelSigner::ModelSigner(Session& session, std::unique_ptr<crypto::Signer> signer,
                         attest::SigningConfig config, attest::TrustedRoot root)
    : session_(session),
      signer_(std::move(signer)),
      config_(std::move(config)),
      root_(std::move(root)) {}

Result<bool> ModelSigner::is_configured(Session& session) {
  return os::exists(session.files(),
                    TRY(session.folders()).config_file.parent_path() / kConfigFile);
}

Result<std::unique_ptr<ModelSigner>> ModelSigner::open(const Arguments& arguments,
                                                       Session& session) {
  attest::SigningConfig config = TRY(read_signing_config(arguments, session));
  auto root = TRY(find_trusted_root(arguments, session));
  if (!root)
    return fail(Code::NotFound, "there is no trusted root to check the signature by",
                "put the log's trusted_root.json beside config.toml, or name it with "
                "--trusted-root");
  std::unique_ptr<crypto::Signer> signer = TRY(open_signer(arguments, session));
  std::unique_ptr<ModelSigner> out(
      new ModelSigner(session, std::move(signer), std::move(config), std::move(*root)));
  out->transport_ = TRY(net::create_curl_transport(net::curl_options(session.environment())));
  out->services_ = std::make_unique<HttpServices>(out->config_, *out->transport_, session);
  return out;
}

// Nobody is to get a bundle that doesn't hold here: the services are no more believed than anybody.
Result<void> ModelSigner::check(const attest::Statement& statement,
                                const attest::Bundle& bundle) const {
  const auto subject = attest::sha256_of(statement.subjects.front());
  if (!subject) return fail(Code::InvalidArgument, "the statement's subject has no sha256");
  const attest::SignedMessage artifact{.digest = *subject};
  const bool is_logged = !bundle.entries.empty();
  TRY(attest::verify_bundle({.bundle = bundle,
                             .artifact = artifact,
                             .root = root_,
                             .signer = signer_->public_key(),
                             .requirements = {.logs = is_logged ? 1u : 0u}}),
      "the signature does not hold here");
  return {};
}

// A log that the trusted root doesn't have counts for nobody here.
bool ModelSigner::is_logged(const attest::Statement& statement,
                            const attest::Bundle& bundle) const {
  return !bundle.entries.empty() && check(statement, bundle).has_value();
}

// Untrusted if somebody else signed it.
Result<attest::Statement> ModelSigner::statement_by_us(const attest::Bundle& bundle) const {
  const auto* envelope = std::get_if<attest::Envelope>(&bundle.content);
  if (envelope == nullptr) return fail(Code::Untrusted, "it is no statement");
  TRY(attest::verify_envelope(*envelope, signer_->public_key()));
  return attest::parse_statement(text_of(envelope->payload));
}

Result<std::vector<launch::StoredBundle>> ModelSigner::bundles(const content::Digest& manifest) {
  const content::Store* store = TRY(session_.store());
  return TRY(launch::read_bundles(*store, manifest, session_.progress(), session_.stop())).read;
}

Result<void> ModelSigner::put(const content::Digest& manifest, const attest::Bundle& bundle,
                              const attest::Statement& statement) {
  const build::BuildContext context = TRY(build_context(session_));
  const std::string text = TRY(attest::encode(bundle));
  const std::unique_ptr<content::Lease> lease = TRY(context.store.lease());
  return build::put_bundle(manifest, text, statement.predicate_type, *lease, context);
}

Result<attest::Bundle> ModelSigner::bundle_of(const attest::Statement& statement) {
  session_.progress().begin("waiting for the log", 0);
  auto answer = attest::sign_statement(statement, *signer_, *services_);
  session_.progress().end();
  attest::Bundle out = TRY(std::move(answer));
  TRY(check(statement, out));
  return out;
}

bool ModelSigner::has_signed(const attest::Statement& statement,
                             const attest::Bundle& bundle) const {
  const auto said = statement_by_us(bundle);
  return said && *said == statement && !bundle.entries.empty() && check(statement, bundle);
}

Result<ModelSigner::Outcome> ModelSigner::sign(const content::Digest& manifest,
                                               const attest::Statement& statement) {
  const std::vector<launch::StoredBundle> known = TRY(bundles(manifest));
  const launch::StoredBundle* unlogged = nullptr;
  for (const launch::StoredBundle& one : known) {
    const auto said = statement_by_us(one.bundle);
    if (!said || *said != statement) continue;
    if (is_logged(statement, one.bundle)) return Outcome::Was;
    if (one.bundle.entries.empty()) unlogged = &one;  // what another log has stays
  }
  // Anew, since the log may have taken the old signature without our hearing of it.
  const attest::Bundle bundle = TRY(bundle_of(statement));
  const bool is_logged = !bundle.entries.empty();
  if (!is_logged && unlogged != nullptr) return Outcome::Unlogged;
  TRY(put(manifest, bundle, statement));
  if (unlogged != nullptr) {
    const content::Store* store = TRY(session_.store());
    TRY(store->remove_referrer(manifest, unlogged->referrer));
  }
  return is_logged ? Outcome::Logged : Outcome::Unlogged;
}

// For those who verify models by OpenSSF's specification, outside of any registry.
Result<attest::Statement> ModelSigner::statement_of_files(const content::Digest& manifest) {
  const content::Store* store = TRY(session_.store());
  std::vector<attest::ModelResource> files = TRY(launch::files_of(*store, manifest));
  const content::Digest digest = attest::model_digest(files);
  const attest::ModelSignature signature{
      .model = kModelName, .digest = digest, .resources = std::move(files)};
  return attest::statement_of(signature);
}

Result<std::vector<ModelSigner::Signed>> ModelSigner::sign_model(const content::Digest& manifest) {
  attest::Statement signature;
  signature.subjects.push_back({.name = {}, .digest = {{"sha256", manifest.hex()}}});
  signature.predicate_type = attest::kSignatureType;
  std::vector<attest::Statement> statements = {std::move(signature)};
  statements.push_back(TRY(statement_of_files(manifest)));
  const build::BuildContext context = TRY(build_context(session_));
  const std::vector<std::string> recorded = TRY(build::recorded_statements(manifest, context));
  for (const std::string& text : recorded)
    statements.push_back(TRY(attest::parse_statement(text), "a statement beside the model"));
  std::vector<Signed> out;
  for (const attest::Statement& one : statements) {
    const Outcome outcome = TRY(sign(manifest, one), one.predicate_type);
    out.push_back({manifest, one.predicate_type, outcome});
  }
  return out;
}

Result<std::vector<attest::Statement>> ModelSigner::unlogged(const content::Digest& manifest) {
  std::vector<attest::Statement> out, logged;
  const std::vector<launch::StoredBundle> known = TRY(bundles(manifest));
  for (const launch::StoredBundle& one : known) {
    auto said = statement_by_us(one.bundle);
    if (!said) continue;
    std::vector<attest::Statement>& into = is_logged(*said, one.bundle) ? logged : out;
    if (std::ranges::find(into, *said) == into.end()) into.push_back(std::move(*said));
  }
  std::erase_if(out,
                [&](const auto& one) { return std::ranges::find(logged, one) != logged.end(); });
  return out;
}

std::string_view outcome_text(ModelSigner::Outcome outcome) {
  using Outcome = ModelSigner::Outcome;
  switch (outcome) {
    case Outcome::Was: return "was";
    case Outcome::Logged: return "logged";
    case Outcome::Unlogged: return "unlogged";
  }
  return "";
}

void warn_of_unlogged(const std::vector<ModelSigner::Signed>& all, Session& session) {
  const auto is_unlogged = [](const ModelSigner::Signed& one) {
    return one.outcome == ModelSigner::Outcome::Unlogged;
  };
  if (std::ranges::any_of(all, is_unlogged))
    session.console().warn(
        "what is unlogged counts for nobody yet; `tegula sign --queued` tries again");
}

codec::OrderedJson json_of(const std::vector<ModelSigner::Signed>& all) {
  codec::OrderedJson out = codec::OrderedJson::array();
  for (const ModelSigner::Signed& one : all)
    out.push_back({{"model", one.model.str()},
                   {"predicate_type", one.type},
                   {"outcome", outcome_text(one.outcome)}});
  return out;
}

}  // namespace tegula::cli
