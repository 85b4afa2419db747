// An authority for timestamps (RFC 3161): a key, its certificate, and answers to queries.
//
// Its stamps are signed by SHA-256 and name their certificate by it (RFC 5035), with a serial
// number of 126 random bits and an accuracy of one second. It stamps SHA-256, SHA-384 and SHA-512,
// under one policy, and knows no extensions.
//
// Thread rule: a value that doesn't change; any thread may ask it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

namespace tegula::crypto {

// Below the number that RFC 5612 keeps for examples, since this project has none of its own. Those
// that need none, below 2.25, are too large for some verifiers.
inline constexpr const char* kTimestampPolicy = "1.3.6.1.4.1.32473.3161.1";

// RFC 3161 §2.4.2, PKIFailureInfo: why there is no stamp.
enum class TimestampRefusal {
  BadAlgorithm = 0,
  BadRequest = 2,
  BadDataFormat = 5,
  TimeNotAvailable = 14,
  UnacceptedPolicy = 15,
  UnacceptedExtension = 16,
  SystemFailure = 25,
};

struct TimestampAnswer {
  Bytes response;  // a TimeStampResp in DER, whatever it says
  std::optional<TimestampRefusal> refusal{};
};

class TimestampAuthority {
 public:
  // A new P-256 key, certified by a root whose own key is forgotten at once: nobody, not even the
  // operator, can certify a second one (docs/design/0063). The name is that of an organisation, 1
  // to 64 bytes; InvalidArgument for any other.
  static Result<TimestampAuthority> create(const std::string& name, const Validity& validity,
                                           Random& random);

  // The chain is in PEM, from the key's certificate to its anchor. InvalidArgument for what is no
  // chain, Untrusted if it doesn't hold, isn't the key's, or isn't for timestamps alone.
  static Result<TimestampAuthority> open(PrivateKey key, std::string_view chain_pem);

  const PrivateKey& key() const { return key_; }
  const std::vector<Certificate>& chain() const { return chain_; }  // leaf first, anchor last
  std::string chain_pem() const;
  const Validity& validity() const { return validity_; }  // of all certificates of the chain

  // To a TimeStampReq in DER, at a time in POSIX seconds, which may not be known. InvalidArgument
  // for what is no query, Exhausted over kTimestampBytesMax; whatever else speaks against a stamp
  // is an answer too, that refuses it.
  Result<TimestampAnswer> answer(ByteView query, std::optional<std::int64_t> time_s,
                                 Random& random) const;

 private:
  TimestampAuthority(PrivateKey key, std::vector<Certificate> chain);
  static Result<TimestampAuthority> of(PrivateKey key, std::vector<Certificate> chain);

  PrivateKey key_;
  std::vector<Certificate> chain_;
  Validity validity_;
};

}  // namespace tegula::crypto
