// Reading the header of a model with a vocabulary of 128k tokens and 280k merges, as large models
// have; and checking and describing it. Bar: under 50 ms.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "tensor/gguf_writer.h"
#include "tensor/model_info.h"

namespace tegula::tensor {
namespace {

constexpr std::size_t kTokens = 128'256;
constexpr std::size_t kMerges = 280'147;

// Half ASCII, half with the two-byte letters that byte-level vocabularies are full of.
std::vector<std::string> texts(std::size_t count, std::string_view between) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(fmt::format("{}tok{}en{}", i % 2 == 0 ? "" : "\xC4\xA0", between, i));
  return out;
}

Bytes large_header() {
  GgufWriter writer;
  writer.set_text("general.architecture", "llama");
  writer.set_u32("llama.context_length", 131'072);
  writer.set_u32("llama.embedding_length", 64);
  writer.set_u32("llama.block_count", 80);
  writer.set_text("tokenizer.ggml.model", "gpt2");
  writer.set_texts("tokenizer.ggml.tokens", texts(kTokens, ""));
  writer.set_i32s("tokenizer.ggml.token_type", std::vector<std::int32_t>(kTokens, 1));
  writer.set_texts("tokenizer.ggml.merges", texts(kMerges, " "));
  for (int i = 0; i < 720; ++i)
    writer.add_tensor(fmt::format("blk.{}.some.weight", i), DType::F32, std::array{1UL});
  return zero_file(writer);
}

void read_large_header(benchmark::State& state) {
  const Bytes file = large_header();
  std::uint64_t metadata_bytes = 0;
  for (auto _ : state) {
    const Result<Gguf> gguf = read_gguf(MemorySource(file));
    metadata_bytes = gguf->metadata_bytes();
    benchmark::DoNotOptimize(model_info(*gguf, check_model_file(*gguf).value()));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(metadata_bytes));
}
BENCHMARK(read_large_header)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tegula::tensor

BENCHMARK_MAIN();
