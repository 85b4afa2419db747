// SHA-256 (FIPS 180-4) through OpenSSL.
//
// Thread rule: a Sha256 belongs to one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace tegula::crypto {

using Hash256 = std::array<std::uint8_t, 32>;

// Streaming: update() any number of times, then finish() once per message; finish() starts anew.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(ByteView bytes);
  Hash256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash256 sha256(ByteView bytes);

}  // namespace tegula::crypto
