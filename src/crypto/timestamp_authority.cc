#include "crypto/timestamp_authority.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "crypto/certificate_issue.h"
#include "crypto/pem.h"
#include "crypto/timestamp_objects.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

constexpr std::string_view kLabel = "CERTIFICATE";
constexpr long kAccuracySeconds = 1;
constexpr std::size_t kNameBytesMax = 64;  // X.520, ub-organization-name

// A nonce is given back, so it may not make the answer longer than a response may be.
constexpr int kNonceBytesMax = 64;

struct Refused {
  TimestampRefusal why;
  std::string_view text;
};

// --- the answer without a stamp, which OpenSSL has no function for ---

// DER of a short form: less than 128 bytes.
Bytes tagged(std::uint8_t tag, ByteView body) {
  CHECK(body.size() < 0x80);
  Bytes out(2 + body.size());
  out[0] = tag;
  out[1] = static_cast<std::uint8_t>(body.size());
  std::ranges::copy(body, out.begin() + 2);
  return out;
}

void append(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

// PKIFailureInfo, a named bit list: it ends with its last set bit (X.690 §11.2.2).
Bytes failure_bits(TimestampRefusal why) {
  const int bit = static_cast<int>(why);
  Bytes out(static_cast<std::size_t>(bit / 8) + 2, 0);
  out.front() = static_cast<std::uint8_t>(7 - bit % 8);  // unused
  out.back() = static_cast<std::uint8_t>(0x80 >> bit % 8);
  return tagged(0x03, out);
}

Bytes rejection(const Refused& refused) {
  Bytes status = tagged(0x02, Bytes{TS_STATUS_REJECTION});
  append(status, tagged(0x30, tagged(0x0C, bytes_of(refused.text))));
  append(status, failure_bits(refused.why));
  return tagged(0x30, tagged(0x30, status));
}

TimestampAnswer refuse(const Refused& refused) {
  return {.response = rejection(refused), .refusal = refused.why};
}

// --- the query ---

bool has_parameters(const X509_ALGOR* algorithm) {
  int type = V_ASN1_UNDEF;
  X509_ALGOR_get0(nullptr, &type, nullptr, algorithm);
  return type != V_ASN1_UNDEF && type != V_ASN1_NULL;
}

std::optional<Refused> check_imprint(TS_MSG_IMPRINT* imprint) {
  const X509_ALGOR* algorithm = TS_MSG_IMPRINT_get_algo(imprint);
  const std::size_t bytes = strong_hash_bytes(algorithm);
  if (bytes == 0 || has_parameters(algorithm))
    return Refused{TimestampRefusal::BadAlgorithm, "only SHA-256, SHA-384 and SHA-512 are stamped"};
  if (ASN1_STRING_length(TS_MSG_IMPRINT_get_msg(imprint)) != static_cast<int>(bytes))
    return Refused{TimestampRefusal::BadDataFormat, "the hash has not the length of its kind"};
  return std::nullopt;
}

bool is_our_policy(TS_REQ* query) {
  const ASN1_OBJECT* policy = TS_REQ_get_policy_id(query);
  const OwnedObject ours(OBJ_txt2obj(kTimestampPolicy, 1));
  return policy == nullptr || OBJ_cmp(policy, ours.get()) == 0;
}

std::optional<Refused> check_query(TS_REQ* query) {
  if (TS_REQ_get_version(query) != 1)
    return Refused{TimestampRefusal::BadRequest, "only queries of version 1 are answered"};
  if (const auto refused = check_imprint(TS_REQ_get_msg_imprint(query))) return refused;
  if (!is_our_policy(query))
    return Refused{TimestampRefusal::UnacceptedPolicy, "there are no stamps under this policy"};
  if (TS_REQ_get_ext_count(query) > 0)
    return Refused{TimestampRefusal::UnacceptedExtension, "no extension is known here"};
  const ASN1_INTEGER* nonce = TS_REQ_get_nonce(query);
  if (nonce != nullptr && ASN1_STRING_length(nonce) > kNonceBytesMax)
    return Refused{TimestampRefusal::BadRequest, "a nonce has at most 64 bytes"};
  return std::nullopt;
}

// --- the chain ---

Validity common_validity(std::span<const Certificate> chain) {
  Validity out = chain.front().validity();
  for (const Certificate& one : chain.subspan(1)) {
    const Validity other = one.validity();
    out.not_before_s = std::max(out.not_before_s, other.not_before_s);
    out.not_after_s = std::min(out.not_after_s, other.not_after_s);
  }
  return out;
}

// RFC 3161 §2.3: for timestamps alone, and critical. All verifiers take that, and only that.
bool is_for_stamps_alone(const Certificate& leaf) {
  const int verdict =
      X509_check_purpose(CertificateAccess::handle(leaf), X509_PURPOSE_TIMESTAMP_SIGN, 0);
  forget_openssl_errors();
  return verdict == 1;
}

// A certificate that was never valid together with its authorities can't stamp anything.
Result<void> check_chain(std::span<const Certificate> chain) {
  if (chain.size() < 2)
    return fail(Code::Untrusted, "there is no authority above the certificate for timestamps");
  const Certificate& anchor = chain.back();
  const auto held = TRY(verify_chain({.leaf = chain.front(),
                                      .intermediates = chain.subspan(1, chain.size() - 2),
                                      .anchors = {&anchor, 1},
                                      .time_s = common_validity(chain).not_before_s,
                                      .usage = ExtendedUsage::TimeStamping}));
  if (!std::ranges::equal(held, chain))
    return fail(Code::Untrusted, "the chain is not in order, from the certificate to its anchor");
  if (!is_for_stamps_alone(chain.front()))
    return fail(Code::Untrusted, "the certificate is not for timestamps alone");
  return {};
}

CertificateContent root_content(const DistinguishedName& name, const Validity& validity,
                                Random& random) {
  return {.subject = name,
          .validity = validity,
          .serial = random_serial(random),
          .is_authority = true,
          .key_usage = "critical,keyCertSign"};
}

CertificateContent leaf_content(const std::string& name, const Validity& validity, Random& random) {
  return {.subject = {.organization = name, .common_name = "timestamp authority"},
          .validity = validity,
          .serial = random_serial(random),
          .key_usage = "critical,digitalSignature",
          .extended_usage = "critical,timeStamping"};
}

}  // namespace

TimestampAuthority::TimestampAuthority(PrivateKey key, std::vector<Certificate> chain)
    : key_(std::move(key)), chain_(std::move(chain)), validity_(common_validity(chain_)) {}

Result<TimestampAuthority> TimestampAuthority::create(const std::string& name,
                                                      const Validity& validity, Random& random) {
  if (name.empty() || name.size() > kNameBytesMax)
    return fail(Code::InvalidArgument,
                fmt::format("a timestamp authority's name has 1 to {} bytes", kNameBytesMax));
  const PrivateKey root_key = TRY(PrivateKey::generate(KeyType::P256));
  PrivateKey key = TRY(PrivateKey::generate(KeyType::P256));
  const Issuer root{.name = {.organization = name, .common_name = "timestamp root"},
                    .key = root_key};
  std::vector<Certificate> chain;
  chain.push_back(
      TRY(issue_certificate(leaf_content(name, validity, random), key.public_key(), root)));
  chain.push_back(TRY(
      issue_certificate(root_content(root.name, validity, random), root_key.public_key(), root)));
  return of(std::move(key), std::move(chain));
}

Result<TimestampAuthority> TimestampAuthority::open(PrivateKey key, std::string_view chain_pem) {
  if (chain_pem.size() > 2 * limits::kCertificateBytesMax * limits::kCertificateChainMax)
    return fail(Code::Exhausted, "the certificates are too many or too long");
  std::vector<Certificate> chain;
  for (const Bytes& der : TRY(pem_decode_all(kLabel, chain_pem, limits::kCertificateChainMax)))
    chain.push_back(TRY(Certificate::from_der(der)));
  return of(std::move(key), std::move(chain));
}

Result<TimestampAuthority> TimestampAuthority::of(PrivateKey key, std::vector<Certificate> chain) {
  if (key.public_key().type() != KeyType::P256)
    return fail(Code::InvalidArgument, "timestamps are signed by ECDSA P-256 keys only");
  TRY(check_chain(chain));
  if (TRY(chain.front().public_key()) != key.public_key())
    return fail(Code::Untrusted, "the certificate is not the key's");
  return TimestampAuthority(std::move(key), std::move(chain));
}

std::string TimestampAuthority::chain_pem() const {
  std::string out;
  for (const Certificate& one : chain_) out += pem_encode(kLabel, one.der());
  return out;
}

Result<TimestampAnswer> TimestampAuthority::answer(ByteView query,
                                                   std::optional<std::int64_t> time_s,
                                                   Random& random) const {
  const OwnedQuery asked = TRY(parse_timestamp_query(query));
  if (const auto refused = check_query(asked.get())) return refuse(*refused);
  if (!time_s || !validity_.contains(*time_s))
    return refuse({TimestampRefusal::TimeNotAvailable, "the clock can't be relied upon now"});
  const auto response = issue_timestamp({.policy = kTimestampPolicy,
                                         .imprint = TS_REQ_get_msg_imprint(asked.get()),
                                         .serial = random_serial(random),
                                         .time_s = *time_s,
                                         .nonce = TS_REQ_get_nonce(asked.get()),
                                         .accuracy_s = kAccuracySeconds},
                                        {.certificate = chain_.front(),
                                         .key = key_,
                                         .embeds = TS_REQ_get_cert_req(asked.get()) != 0});
  if (!response) return refuse({TimestampRefusal::SystemFailure, "the key can't sign now"});
  return TimestampAnswer{.response = *response};
}

}  // namespace tegula::crypto
