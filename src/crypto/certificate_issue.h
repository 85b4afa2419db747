// Making certificates (RFC 5280), through OpenSSL.
//
// Thread rule: free functions over values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

namespace tegula::crypto {

// Each part at most 64 bytes, as X.520 has it; an empty one is left out.
struct DistinguishedName {
  std::string organization{};
  std::string common_name{};
};

// Usages and names are in the words of OpenSSL's configuration, a small language: they come from
// this program or were checked by it, never from outside as they are.
struct CertificateContent {
  DistinguishedName subject{};
  Validity validity{};
  Bytes serial{};  // a positive number, big-endian, at most 20 bytes
  bool is_authority = false;
  std::string key_usage{};                                  // "critical,digitalSignature"
  std::string extended_usage{};                             // "critical,timeStamping"
  std::string names{};                                      // "URI:https://…,email:a@b"; critical
  std::vector<std::pair<std::string, Bytes>> extensions{};  // OID and value, in this order, last
};

struct Issuer {
  DistinguishedName name{};
  const PrivateKey& key;  // ECDSA P-256
};

// Both keys are named by the first 160 bits of their SHA-256 (RFC 7093 §2), so an issuer has to be
// one that was made here. InvalidArgument for content that OpenSSL doesn't take, Unsupported for
// another kind of issuer's key.
Result<Certificate> issue_certificate(const CertificateContent& content, const PublicKey& key,
                                      const Issuer& issuer);

// 126 random bits: positive, and always of 16 bytes.
Bytes random_serial(Random& random);

}  // namespace tegula::crypto
