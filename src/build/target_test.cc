#include "build/target.h"

#include <gtest/gtest.h>

namespace tegula::build {
namespace {

Result<Target> parse(std::string_view line) {
  const auto written = modelfile::parse_target(line);
  EXPECT_TRUE(written) << line;
  return target_of(written.value());
}

TEST(Target, HasOneLineAndOneName) {
  struct Case {
    const char* written;
    const char* line;
    const char* name;
  };
  const Case cases[] = {
      {"gguf", "gguf", "gguf"},
      {"gguf quant=q4_k_m", "gguf quant=Q4_K_M", "gguf-q4_k_m"},
      {"gguf file=a.gguf imatrix=./i.gguf quant=IQ2_XS",
       "gguf quant=IQ2_XS imatrix=./i.gguf file=a.gguf", "gguf-iq2_xs"},
      {"mlx", "mlx", "mlx"},
      {"mlx bits=4", "mlx bits=4 group=64", "mlx-4bit"},
      {"mlx group=128 bits=3", "mlx bits=3 group=128", "mlx-3bit-g128"},
      {"safetensors", "safetensors", "safetensors"},
      {"safetensors dtype=bf16", "safetensors dtype=BF16", "safetensors-bf16"},
  };
  for (const Case& c : cases) {
    const Target target = parse(c.written).value();
    EXPECT_EQ(target.line(), c.line);
    EXPECT_EQ(target.name(), c.name);
    EXPECT_EQ(parse(target.line())->line(), c.line) << "its own line is another target";
  }
}

TEST(Target, RefusesHalfOfOne) {
  for (const char* line :
       {"gguf imatrix=i.gguf", "gguf file=a.bin", "gguf file=a/b.gguf", "mlx group=64"})
    EXPECT_EQ(parse(line).error().code, Code::InvalidArgument) << line;
}

TEST(Target, TakesEveryFileTypeThereIs) {
  for (const tensor::FileType& type : tensor::file_types())
    EXPECT_EQ(parse("gguf quant=" + std::string(type.name))->quant->number, type.number);
}

}  // namespace
}  // namespace tegula::build
