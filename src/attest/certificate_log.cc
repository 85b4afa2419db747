#include "attest/certificate_log.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "attest/der.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

constexpr std::uint8_t kVersion1 = 0;
constexpr std::uint16_t kSha256Rsa = 0x0401, kSha256Ecdsa = 0x0403;
constexpr std::uint64_t kMillisecondsMax = std::uint64_t{1} << 53;  // far beyond any certificate

std::unexpected<Error> no_list(std::string_view why) {
  return fail(Code::Corrupt, fmt::format("not a list of certificate timestamps: {}", why));
}

// Takes from the front of bytes, as TLS lays them out (RFC 8446 §3).
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}

  bool is_at_end() const { return bytes_.empty(); }

  std::optional<std::uint64_t> number(std::size_t size) {
    const auto bytes = take(size);
    if (!bytes) return std::nullopt;
    std::uint64_t out = 0;
    for (const std::uint8_t byte : *bytes) out = out << 8 | byte;
    return out;
  }

  std::optional<ByteView> take(std::size_t size) {
    if (bytes_.size() < size) return std::nullopt;
    const ByteView out = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return out;
  }

  // A length in two bytes, and as many bytes.
  std::optional<ByteView> vector() {
    const auto size = number(2);
    return size ? take(*size) : std::nullopt;
  }

 private:
  ByteView bytes_;
};

void append(Bytes& out, std::uint64_t number, std::size_t size) {
  for (std::size_t i = size; i > 0; --i)
    out.push_back(static_cast<std::uint8_t>(number >> (8 * (i - 1))));
}

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// Nothing for a version that isn't ours.
Result<std::optional<CertificateTimestamp>> parse_one(ByteView bytes) {
  Reader reader(bytes);
  const auto version = reader.number(1);
  if (!version) return no_list("an empty one");
  if (*version != kVersion1) return std::nullopt;
  const auto log_id = reader.take(sizeof(crypto::Hash256));
  const auto time_ms = reader.number(8);
  const auto extensions = reader.vector();
  const auto algorithm = reader.number(2);
  const auto signature = reader.vector();
  if (!log_id || !time_ms || !extensions || !algorithm || !signature || !reader.is_at_end())
    return no_list("one is cut or padded");
  if (*time_ms > kMillisecondsMax) return no_list("one is of no time");
  CertificateTimestamp out{.time_ms = *time_ms,
                           .extensions = Bytes(extensions->begin(), extensions->end()),
                           .algorithm = static_cast<std::uint16_t>(*algorithm),
                           .signature = Bytes(signature->begin(), signature->end())};
  std::ranges::copy(*log_id, out.log_id.begin());
  return out;
}

const TrustedLog* find_log(const CertificateTimestamp& timestamp,
                           std::span<const TrustedLog> logs) {
  const auto found = std::ranges::find_if(logs, [&](const TrustedLog& log) {
    return log.key && std::ranges::equal(log.id, timestamp.log_id);
  });
  return found == logs.end() ? nullptr : &*found;
}

// Logs sign by SHA-256, whatever their key.
Result<void> check_algorithm(const CertificateTimestamp& timestamp, const crypto::PublicKey& key) {
  const bool fits = (key.type() == crypto::KeyType::P256 && timestamp.algorithm == kSha256Ecdsa) ||
                    (key.type() == crypto::KeyType::Rsa && timestamp.algorithm == kSha256Rsa);
  if (fits) return {};
  return fail(Code::Untrusted, fmt::format("a signature of kind 0x{:04x} is not one of an {} key",
                                           timestamp.algorithm, name_of(key.type())));
}

Result<void> verify_one(const CertificateTimestamp& timestamp,
                        const crypto::Certificate& certificate, const crypto::Hash256& issuer_key,
                        const TrustedLog& log) {
  if (!log.validity.contains(static_cast<std::int64_t>(timestamp.time_ms / 1000)))
    return fail(Code::Untrusted, "the log's key was not to be trusted then");
  TRY(check_algorithm(timestamp, *log.key));
  return log.key->verify(signed_bytes(timestamp, certificate, issuer_key), timestamp.signature);
}

}  // namespace

Result<std::vector<CertificateTimestamp>> parse_certificate_timestamps(ByteView extension) {
  const auto content = der_content(kDerOctetString, extension);
  if (!content) return no_list("expected an octet string");
  Reader outer(*content);
  const auto list = outer.vector();
  if (!list || !outer.is_at_end()) return no_list("its length is wrong");
  std::vector<CertificateTimestamp> out;
  std::size_t count = 0;
  for (Reader reader(*list); !reader.is_at_end();) {
    if (++count > limits::kCertificateTimestampsMax)
      return fail(Code::Exhausted, fmt::format("a certificate with more than {} log timestamps",
                                               limits::kCertificateTimestampsMax));
    const auto bytes = reader.vector();
    if (!bytes) return no_list("one is cut");
    if (auto one = TRY(parse_one(*bytes))) out.push_back(std::move(*one));
  }
  return out;
}

Bytes signed_bytes(const CertificateTimestamp& timestamp, const crypto::Certificate& certificate,
                   const crypto::Hash256& issuer_key) {
  const Bytes part = certificate.signed_part_without(kCertificateTimestampsOid);
  Bytes out = {kVersion1, 0};  // certificate_timestamp
  append(out, timestamp.time_ms, 8);
  append(out, 1, 2);  // precert_entry
  append(out, issuer_key);
  append(out, part.size(), 3);
  append(out, part);
  append(out, timestamp.extensions.size(), 2);
  append(out, timestamp.extensions);
  return out;
}

Result<std::vector<CertificateLogged>> verify_certificate_logged(
    const crypto::Certificate& certificate, const crypto::Hash256& issuer_key,
    std::span<const TrustedLog> logs) {
  const auto extension = certificate.extension(kCertificateTimestampsOid);
  std::vector<CertificateLogged> out;
  if (!extension) return out;
  for (const CertificateTimestamp& one : TRY(parse_certificate_timestamps(*extension))) {
    const TrustedLog* log = find_log(one, logs);
    if (log == nullptr) continue;
    TRY(verify_one(one, certificate, issuer_key, *log),
        fmt::format("the timestamp of {}", printable(log->base_url)));
    out.push_back({.log = log->base_url, .time_ms = one.time_ms});
  }
  return out;
}

}  // namespace tegula::attest
