// Proofs of a log's tree: checking them, and growing it. The bar is 50,000 inclusion proofs a
// second and core.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "tlog/note.h"
#include "tlog/tile_builder.h"

namespace {

using namespace tegula::tlog;

// What it costs depends on the length of the way alone, so the hashes may be anything.
void verify_inclusion_proof(benchmark::State& state) {
  const std::uint64_t size = std::uint64_t{1} << state.range(0);
  const Leaf leaf{.index = size / 3, .hash = leaf_hash(tegula::bytes_of("entry"))};
  const Proof proof(static_cast<std::size_t>(state.range(0)), empty_root());
  const TreeHead head{.size = size, .root = root_from_inclusion(leaf, proof, size).value()};
  for (auto _ : state) {
    if (!verify_inclusion(leaf, proof, head)) state.SkipWithError("a good proof was refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(verify_inclusion_proof)->Arg(10)->Arg(20)->Arg(30);

void append_entries(benchmark::State& state) {
  const tegula::Bytes entry(512, 7);
  TileBuilder builder;
  for (auto _ : state) {
    benchmark::DoNotOptimize(builder.append(leaf_hash(entry)));
    if (builder.size() % 1024 == 0) benchmark::DoNotOptimize(builder.take());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_entries);

// The root of the right edge, as each checkpoint needs it.
void tree_head(benchmark::State& state) {
  TileBuilder builder;
  for (std::uint64_t i = 0; i < 70'000; ++i)
    benchmark::DoNotOptimize(builder.append(leaf_hash(tegula::bytes_of(fmt::to_string(i)))));
  for (auto _ : state) benchmark::DoNotOptimize(builder.head());
}
BENCHMARK(tree_head);

void verify_signed_note(benchmark::State& state) {
  const Note note = parse_note(
                        "This is an example message.\n\n\u2014 example.com/foo "
                        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6Tf"
                        "Xppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n")
                        .value();
  const std::vector<NoteKey> known = {
      NoteKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
          .value()};
  for (auto _ : state) {
    if (!verify_note(note, known)) state.SkipWithError("a good note was refused");
  }
}
BENCHMARK(verify_signed_note);

}  // namespace

BENCHMARK_MAIN();
