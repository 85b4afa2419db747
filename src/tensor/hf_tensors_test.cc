#include "tensor/hf_tensors.h"

#include <set>

#include <gtest/gtest.h>

namespace tegula::tensor {
namespace {

TEST(HfTensors, RotaryRowsGoThereAndBack) {
  constexpr std::uint64_t kRows = 96;
  for (const std::uint64_t heads : {1U, 3U, 48U}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t row = 0; row < kRows; ++row) {
      seen.insert(rotary_target_row(row, kRows, heads));
      EXPECT_EQ(rotary_source_row(rotary_target_row(row, kRows, heads), kRows, heads), row);
    }
    EXPECT_EQ(seen.size(), kRows);
  }
  EXPECT_EQ(rotary_target_row(4, 8, 1), 1U);  // the second half starts beside the first
}

// Otherwise a name would stand for two tensors in one of the directions.
TEST(HfTensors, NamesAreUniqueOnBothSides) {
  for (const HfFamily family : {HfFamily::Llama, HfFamily::Mistral, HfFamily::Qwen2,
                                HfFamily::Qwen3, HfFamily::Gemma3, HfFamily::Gemma4}) {
    HfConfig config;
    config.family = family;
    config.layers = 2;
    config.sliding = {true, false};
    std::set<std::string> hf, gguf;
    const std::vector<HfTensor> tensors = hf_tensors(config);
    for (const HfTensor& tensor : tensors) {
      hf.insert(tensor.hf);
      gguf.insert(tensor.gguf);
    }
    EXPECT_EQ(hf.size(), tensors.size());
    EXPECT_EQ(gguf.size(), tensors.size());
  }
}

}  // namespace
}  // namespace tegula::tensor
