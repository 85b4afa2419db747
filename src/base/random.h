// Chance comes from a Random that main hands down; tests seed it.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace tegula {

// Thread-safe unless the implementation says otherwise.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

// The operating system's generator (getrandom).
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// Repeats itself for a seed. Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

// A name nobody else has: 32 hexadecimal characters.
std::string random_name(Random& random);

}  // namespace tegula
