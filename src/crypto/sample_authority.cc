#include "crypto/sample_authority.h"

#include "crypto/certificate_issue.h"
#include "crypto/timestamp_objects.h"

namespace tegula::crypto {
namespace {

// The same for the same names, so that a certificate can be made again with one extension more.
Bytes serial_of(const CertificatePlan& plan) {
  const std::string text = plan.subject + "\n" + plan.names;
  const Hash256 hash = sha256(bytes_of(text));
  Bytes out(hash.begin(), hash.begin() + 8);
  out[0] = (out[0] & 0x3F) | 0x40;
  return out;
}

DistinguishedName named(const std::string& name) {
  return {.organization = {}, .common_name = name};
}

Certificate certificate_of(const CertificatePlan& plan, const PublicKey& key,
                           const Issuer& issuer) {
  return issue_certificate({.subject = named(plan.subject),
                            .validity = plan.validity,
                            .serial = serial_of(plan),
                            .is_authority = plan.is_authority,
                            .extended_usage = plan.usage,
                            .names = plan.names,
                            .extensions = plan.extensions},
                           key, issuer)
      .value();
}

CertificatePlan authority_plan(const std::string& name, const Validity& validity) {
  return {.subject = name, .validity = validity, .is_authority = true};
}

}  // namespace

SampleAuthority SampleAuthority::root(const std::string& name, const Validity& validity) {
  PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  Certificate certificate =
      certificate_of(authority_plan(name, validity), key.public_key(), {named(name), key});
  return {name, std::move(key), std::move(certificate)};
}

SampleAuthority SampleAuthority::below(const std::string& name, const Validity& validity) const {
  PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  Certificate certificate = issue(authority_plan(name, validity), key.public_key());
  return {name, std::move(key), std::move(certificate)};
}

Certificate SampleAuthority::issue(const CertificatePlan& plan, const PublicKey& key) const {
  return certificate_of(plan, key, {named(name_), key_});
}

Bytes sample_timestamp(const StampPlan& plan) {
  return issue_timestamp({.policy = "1.2.3.4",
                          .imprint = sha256_imprint(sha256(plan.message)).get(),
                          .serial = {7},
                          .time_s = plan.time_s},
                         {plan.signer, plan.key, plan.embeds})
      .value();
}

}  // namespace tegula::crypto
