// A digest names bytes: "sha256:" and 64 lower-case hexadecimal characters (OCI image-spec 1.1,
// "Digests"). No other algorithm and no other spelling, so that one content has one name.
//
// Thread rule: a value. Errors: InvalidArgument.
#pragma once

#include <compare>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sha256.h"

namespace tegula::content {

class Digest {
 public:
  explicit Digest(const crypto::Hash256& hash) : hash_(hash) {}

  static Result<Digest> parse(std::string_view text);  // "sha256:<64 hex>"
  static Result<Digest> from_hex(
      std::string_view hex);  // "<64 hex>", as files in the store are named
  static Digest of(ByteView bytes) { return Digest(crypto::sha256(bytes)); }

  std::string str() const;  // the inverse of parse
  std::string hex() const;  // the inverse of from_hex
  const crypto::Hash256& hash() const { return hash_; }

  auto operator<=>(const Digest&) const = default;

 private:
  crypto::Hash256 hash_;
};

// "64 lower-case hexadecimal characters" or an error that says what came instead.
Result<crypto::Hash256> parse_hash(std::string_view hex);

// "sha256:9f2c31d0…": enough for people, in lists and messages.
std::string short_form(const Digest& digest);

}  // namespace tegula::content

template <>
struct std::hash<tegula::content::Digest> {
  std::size_t operator()(const tegula::content::Digest& digest) const noexcept {
    std::size_t out;
    std::memcpy(&out, digest.hash().data(), sizeof out);
    return out;
  }
};
