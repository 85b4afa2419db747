// OpenSSL's objects behind timestamps, and the making of one. For this folder's sources only.
#pragma once

#include <cstdint>
#include <memory>

#include <openssl/ts.h>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/certificate.h"
#include "crypto/openssl.h"
#include "crypto/signer.h"

namespace tegula::crypto {

using OwnedImprint = std::unique_ptr<TS_MSG_IMPRINT, Free<TS_MSG_IMPRINT_free>>;
using OwnedInteger = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;
using OwnedQuery = std::unique_ptr<TS_REQ, Free<TS_REQ_free>>;
using OwnedResponse = std::unique_ptr<TS_RESP, Free<TS_RESP_free>>;
using OwnedVerification = std::unique_ptr<TS_VERIFY_CTX, Free<TS_VERIFY_CTX_free>>;

// What an i2d function of OpenSSL writes.
template <class Encode, class T>
Bytes der_bytes(Encode encode, T* object) {
  std::uint8_t* der = nullptr;
  const int size = encode(object, &der);
  CHECK(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

// Exactly one of them, with nothing behind it. InvalidArgument; Exhausted over kTimestampBytesMax.
Result<OwnedQuery> parse_timestamp_query(ByteView der);
Result<OwnedResponse> parse_timestamp_response(ByteView der);

// Bytes that a hash by this algorithm has; 0 for all but SHA-256, SHA-384 and SHA-512. Whoever can
// find a second message with the same hash can move a stamp to it.
std::size_t strong_hash_bytes(const X509_ALGOR* algorithm);

OwnedImprint sha256_imprint(ByteView hash);

// RFC 3161 §2.4.2, TSTInfo.
struct TimestampContent {
  const char* policy;  // OID
  TS_MSG_IMPRINT* imprint;
  Bytes serial;  // big-endian, positive
  std::int64_t time_s;
  const ASN1_INTEGER* nonce = nullptr;
  long accuracy_s = 0;  // 0: says none
};

struct Stamper {
  const Certificate& certificate;
  const Signer& key;   // the certificate's; signs by SHA-256
  bool embeds = true;  // the certificate
};

// A granted TimeStampResp, in DER. The errors of the signer.
Result<Bytes> issue_timestamp(const TimestampContent& content, const Stamper& stamper);

}  // namespace tegula::crypto
