// SHA-256 of messages of several sizes. Beside it: openssl speed -evp sha256 -bytes 16384.
#include <benchmark/benchmark.h>

#include "crypto/sha256.h"
#include "crypto/sha256_batch.h"

namespace {

using tegula::Bytes;
using tegula::ByteView;

// One hasher for all messages, as the blob tree hashes its 16 KiB blocks.
void reused_hasher(benchmark::State& state) {
  const Bytes message(static_cast<std::size_t>(state.range(0)), 7);
  tegula::crypto::Sha256 hasher;
  for (auto _ : state) {
    hasher.update(message);
    benchmark::DoNotOptimize(hasher.finish());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(reused_hasher)->Arg(64)->Arg(16 << 10)->Arg(1 << 20);

void one_shot(benchmark::State& state) {
  const Bytes message(static_cast<std::size_t>(state.range(0)), 7);
  for (auto _ : state) benchmark::DoNotOptimize(tegula::crypto::sha256(message));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(one_shot)->Arg(64)->Arg(16 << 10);

// The blocks of one piece of a blob tree, side by side.
void batch(benchmark::State& state) {
  const Bytes messages(1 << 20, 7);
  std::vector<tegula::crypto::Hash256> hashes(64);
  for (auto _ : state) {
    tegula::crypto::sha256_batch(messages, messages.size() / hashes.size(), hashes);
    benchmark::DoNotOptimize(hashes.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(messages.size()));
}
BENCHMARK(batch);

}  // namespace

BENCHMARK_MAIN();
