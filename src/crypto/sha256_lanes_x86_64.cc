#include <array>
#include <cpuid.h>
#include <cstdint>
#include <cstring>

#include "crypto/sha256_lanes.h"

namespace tegula::crypto {
namespace {

// Vectors go by reference, and everything is inlined into a function with the right target.
#define TEGULA_INLINE [[gnu::always_inline]] inline

constexpr std::size_t kBlockBytes = 64;

constexpr std::array<std::uint32_t, 8> kStart = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

constexpr std::array<std::uint32_t, 64> kRound = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// One word of each message.
template <std::size_t kLanes>
struct Lanes {
  typedef std::uint32_t Word __attribute__((vector_size(4 * kLanes)));
};

template <std::size_t kLanes>
using Word = typename Lanes<kLanes>::Word;

// FIPS 180-4 section 6.2.2; the names are its.
template <class Vector>
TEGULA_INLINE void compress(Vector (&state)[8], Vector (&w)[16]) {
  Vector a = state[0], b = state[1], c = state[2], d = state[3];
  Vector e = state[4], f = state[5], g = state[6], h = state[7];
#pragma GCC unroll 64
  for (std::size_t t = 0; t < 64; ++t) {
    if (t >= 16) {
      const Vector& x = w[(t + 1) % 16];
      const Vector& y = w[(t + 14) % 16];
      const Vector sigma0 = ((x >> 7) | (x << 25)) ^ ((x >> 18) | (x << 14)) ^ (x >> 3);
      const Vector sigma1 = ((y >> 17) | (y << 15)) ^ ((y >> 19) | (y << 13)) ^ (y >> 10);
      w[t % 16] += sigma0 + w[(t + 9) % 16] + sigma1;
    }
    const Vector sum1 = ((e >> 6) | (e << 26)) ^ ((e >> 11) | (e << 21)) ^ ((e >> 25) | (e << 7));
    const Vector t1 = h + sum1 + (g ^ (e & (f ^ g))) + kRound[t] + w[t % 16];
    const Vector sum0 = ((a >> 2) | (a << 30)) ^ ((a >> 13) | (a << 19)) ^ ((a >> 22) | (a << 10));
    const Vector t2 = sum0 + ((a & b) | (c & (a | b)));
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

// One block of each message, `stride` bytes apart.
template <std::size_t kLanes>
TEGULA_INLINE void load(const std::uint8_t* at, std::size_t stride, Word<kLanes> (&block)[16]) {
  alignas(4 * kLanes) std::uint32_t words[16][kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (std::size_t i = 0; i < 16; ++i) {
      std::uint32_t word;
      std::memcpy(&word, at + lane * stride + 4 * i, sizeof(word));
      words[i][lane] = __builtin_bswap32(word);
    }
  }
  std::memcpy(&block, words, sizeof(words));
}

// `size` is a multiple of a block, so that the padding is a block of its own.
template <std::size_t kLanes>
TEGULA_INLINE void hash(const std::uint8_t* messages, std::size_t size, Hash256* hashes) {
  Word<kLanes> state[8];
  Word<kLanes> block[16];
  for (std::size_t i = 0; i < 8; ++i) state[i] = Word<kLanes>{} + kStart[i];
  for (std::size_t at = 0; at < size; at += kBlockBytes) {
    load<kLanes>(messages + at, size, block);
    compress(state, block);
  }
  // A bit, zeros and the length in bits.
  for (Word<kLanes>& word : block) word = Word<kLanes>{};
  block[0] += 0x80000000u;
  block[14] += static_cast<std::uint32_t>(std::uint64_t{size} * 8 >> 32);
  block[15] += static_cast<std::uint32_t>(std::uint64_t{size} * 8);
  compress(state, block);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint32_t word = __builtin_bswap32(state[i][lane]);
      std::memcpy(hashes[lane].data() + 4 * i, &word, sizeof(word));
    }
  }
}

[[gnu::target("avx512f,avx512bw")]] void hash_16(const std::uint8_t* messages, std::size_t size,
                                                 Hash256* hashes) {
  hash<16>(messages, size, hashes);
}

[[gnu::target("avx2")]] void hash_8(const std::uint8_t* messages, std::size_t size,
                                    Hash256* hashes) {
  hash<8>(messages, size, hashes);
}

#undef TEGULA_INLINE

bool has_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

}  // namespace

bool has_sha256_lanes(std::size_t lanes) {
  switch (lanes) {
    case 1: return true;
    case 8: return __builtin_cpu_supports("avx2") != 0;
    case 16: return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    default: return false;
  }
}

std::size_t find_sha256_lanes() {
  if (has_sha256_lanes(16)) return 16;
  return has_sha256_lanes(8) && !has_sha_instructions() ? 8 : 1;
}

std::size_t sha256_in_lanes(const std::uint8_t* messages, std::size_t size, Hash256* hashes,
                            std::size_t count, std::size_t lanes) {
  if (lanes == 1 || size % kBlockBytes != 0) return 0;
  std::size_t done = 0;
  for (; done + lanes <= count; done += lanes) {
    const auto hash = lanes == 16 ? hash_16 : hash_8;
    hash(messages + done * size, size, hashes + done);
  }
  return done;
}

}  // namespace tegula::crypto
