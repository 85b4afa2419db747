// A whole Sigstore for tests: authorities of certificates and timestamps, a log of certificates, a
// log of each version of Rekor, a witness, and bundles that all of them vouch for.
#pragma once

#include <optional>
#include <string>

#include "attest/bundle.h"
#include "attest/log_body.h"
#include "attest/statement.h"
#include "attest/trusted_root.h"
#include "crypto/key.h"
#include "crypto/sample_authority.h"
#include "tlog/note_key.h"

namespace tegula::attest {

// When the samples sign: their certificates begin a minute before and last ten.
inline constexpr std::int64_t kSampleTime = crypto::kSampleYears.not_before_s + 1'000'000;

enum class SampleLog { Rekor1, Rekor2 };

// What a sample bundle is made of. Everything may be changed before it is made.
struct SamplePlan {
  std::string artifact = "artifact";
  bool is_statement = false;             // about the artifact, in an envelope
  std::optional<Statement> statement{};  // instead of the sample one
  std::optional<SampleLog> log = SampleLog::Rekor2;
  bool has_timestamp = true;
  bool has_certificate_timestamp = true;
  bool has_certificate = true;  // else a key
  std::string names = "email:signer@example.com";
  std::string issuer = "https://issuer.example";
  std::string entry_kind{};  // instead of the log's own: "dsse 0.0.1", "intoto 0.0.2"
  std::int64_t time_s = kSampleTime;
  std::int64_t stamp_time_s = 0;  // 0: time_s
};

class SampleSigstore {
 public:
  SampleSigstore();

  TrustedRoot root() const;
  Bundle bundle(const SamplePlan& plan) const;

  const crypto::PrivateKey& key() const { return key_; }  // that signs
  const crypto::SampleAuthority& authority() const { return issuer_; }
  const crypto::SampleAuthority& top() const { return top_; }
  const crypto::SampleAuthority& stamper() const { return stamper_; }
  const tlog::NoteKey& witness() const { return witness_key_; }
  const crypto::PublicKey& log_key(SampleLog log) const;

  static SignedMessage message(const std::string& artifact);  // borrows

 private:
  crypto::Certificate certificate(const SamplePlan& plan) const;
  Bytes certificate_timestamp(const crypto::Certificate& without) const;
  void add_entry(const SamplePlan& plan, SampleLog log, Bundle& bundle) const;
  std::string checkpoint(SampleLog log, const Bytes& body) const;
  std::string origin(SampleLog log) const;

  crypto::SampleAuthority top_ = crypto::SampleAuthority::root("top");
  crypto::SampleAuthority issuer_ = top_.below("issuer");
  crypto::SampleAuthority stamper_ = crypto::SampleAuthority::root("stamper");
  crypto::PrivateKey key_, stamp_key_, certificate_log_, rekor1_, rekor2_, witness_signer_;
  crypto::Certificate stamp_certificate_;
  tlog::NoteKey rekor1_key_, rekor2_key_, witness_key_;
};

}  // namespace tegula::attest
