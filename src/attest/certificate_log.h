// Signed certificate timestamps: that a log of certificates has promised to list one (RFC 6962 §3.2
// and §3.3; docs/reference/verification.md). They stand in the certificate itself, and sign it
// without them.
//
// Thread rule: free functions over values. Errors: Corrupt for what is no list of them, Exhausted
// past a limit, Untrusted if they don't hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attest/trusted_root.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/certificate.h"
#include "crypto/sha256.h"

namespace tegula::attest {

// The extension that has them.
inline constexpr std::string_view kCertificateTimestampsOid = "1.3.6.1.4.1.11129.2.4.2";

struct CertificateTimestamp {
  crypto::Hash256 log_id{};
  std::uint64_t time_ms = 0;    // since 1970
  Bytes extensions{};           // signed too; their meaning is the log's
  std::uint16_t algorithm = 0;  // of the signature: hash and kind (RFC 5246 §7.4.1.4.1)
  Bytes signature{};

  bool operator==(const CertificateTimestamp&) const = default;
};

// The value of the extension. Those of versions that we don't know are left out, as RFC 6962 asks.
Result<std::vector<CertificateTimestamp>> parse_certificate_timestamps(ByteView extension);

// What the timestamp signs about a certificate whose issuer has this key.
Bytes signed_bytes(const CertificateTimestamp& timestamp, const crypto::Certificate& certificate,
                   const crypto::Hash256& issuer_key);

struct CertificateLogged {
  std::string log;  // its base URL
  std::uint64_t time_ms = 0;

  bool operator==(const CertificateLogged&) const = default;
};

// The timestamps of known logs; none if the certificate has none. Those of others are ignored; a
// bad one of a known log makes the certificate Untrusted.
Result<std::vector<CertificateLogged>> verify_certificate_logged(
    const crypto::Certificate& certificate, const crypto::Hash256& issuer_key,
    std::span<const TrustedLog> logs);

}  // namespace tegula::attest
