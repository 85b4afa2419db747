// Authorities for tests, made on the spot: certificates of any kind, and timestamps.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/key.h"

namespace tegula::crypto {

// 2026-01-01 to 2036-01-01.
inline constexpr Validity kSampleYears = {1'767'225'600, 2'082'758'400};

struct CertificatePlan {
  std::string subject = "leaf";
  Validity validity = kSampleYears;
  bool is_authority = false;
  std::string usage{};                                      // "critical,timeStamping"; empty: none
  std::string names{};                                      // "URI:https://…,email:a@b"
  std::vector<std::pair<std::string, Bytes>> extensions{};  // OID and value, in this order, last
};

// Its key is P-256.
class SampleAuthority {
 public:
  static SampleAuthority root(const std::string& name, const Validity& validity = kSampleYears);
  SampleAuthority below(const std::string& name, const Validity& validity = kSampleYears) const;

  const Certificate& certificate() const { return certificate_; }
  Certificate issue(const CertificatePlan& plan, const PublicKey& key) const;

 private:
  SampleAuthority(std::string name, PrivateKey key, Certificate certificate)
      : name_(std::move(name)), key_(std::move(key)), certificate_(std::move(certificate)) {}

  std::string name_;
  PrivateKey key_;
  Certificate certificate_;
};

struct StampPlan {
  ByteView message;
  std::int64_t time_s;
  const Certificate& signer;
  const PrivateKey& key;
  bool embeds = true;  // the signer's certificate
};

Bytes sample_timestamp(const StampPlan& plan);  // a TimeStampResp

}  // namespace tegula::crypto
