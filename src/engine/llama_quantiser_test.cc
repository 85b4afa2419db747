// What tensor writes is what the llama.cpp that the engine links writes: types of tensors, and
// bytes. Here because only this folder may include llama.cpp. The build of ggml's quantisers that
// the engine links joins no product and sum (llama.cmake), so that its bytes can be compared.
#include <ggml.h>
#include <llama.h>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <llama-ext.h>

#include "tensor/file_type.h"
#include "tensor/quantise.h"

namespace tegula::engine {
namespace {

using tensor::DType;
using tensor::FileType;

constexpr std::int64_t kRow = 512;
constexpr std::int64_t kRows = 12;

std::vector<float> bell(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.03F);
  std::vector<float> out(count);
  for (float& x : out) x = normal(random);
  return out;
}

Bytes theirs(DType type, const std::vector<float>& rows, const float* importance) {
  Bytes out(*tensor::row_bytes(type, kRow) * kRows);
  ggml_quantize_chunk(static_cast<ggml_type>(type), rows.data(), out.data(), 0, kRows, kRow,
                      importance);
  return out;
}

TEST(LlamaQuantiser, WritesTheSameBytes) {
  const std::vector<float> rows = bell(kRow * kRows, 1);
  std::vector<float> importance = bell(kRow, 2);
  for (float& x : importance) x = x * x;
  std::size_t compared = 0;
  for (const tensor::DTypeTraits& type : tensor::dtypes()) {
    if (!tensor::check_writable(type.type)) continue;
    for (const bool weighted : {false, true}) {
      if (!weighted && tensor::needs_importance(type.type)) continue;
      Bytes ours(*tensor::row_bytes(type.type, kRow) * kRows);
      ASSERT_TRUE(tensor::quantise(type.type, rows, kRow,
                                   weighted ? tensor::Importance(importance) : tensor::Importance(),
                                   ours));
      EXPECT_EQ(ours, theirs(type.type, rows, weighted ? importance.data() : nullptr))
          << type.name << (weighted ? ", weighted" : "");
      ++compared;
    }
  }
  EXPECT_GT(compared, 45U);
}

struct Shape {
  const char* architecture;
  std::uint32_t layers;
  std::uint32_t heads;
  std::uint32_t kv_heads;
  std::uint32_t hidden;
  bool tied;
};

// The matrices of a model, as ggml tensors.
class Model {
 public:
  explicit Model(const Shape& shape) : context_(ggml_init({64U << 20, nullptr, true}), ggml_free) {
    add("token_embd.weight", shape.hidden, 1000);
    for (std::uint32_t i = 0; i < shape.layers; ++i) {
      const auto layer = [&](const char* name, std::int64_t row, std::int64_t rows) {
        add(fmt::format("blk.{}.{}.weight", i, name), row, rows);
      };
      layer("attn_q", shape.hidden, shape.hidden);
      layer("attn_k", shape.hidden, shape.hidden / shape.heads * shape.kv_heads);
      layer("attn_v", shape.hidden, shape.hidden / shape.heads * shape.kv_heads);
      layer("attn_output", shape.hidden, shape.hidden);
      layer("ffn_gate", shape.hidden, 3 * shape.hidden);
      layer("ffn_up", shape.hidden, 3 * shape.hidden);
      layer("ffn_down", 3 * shape.hidden, shape.hidden);
    }
    if (!shape.tied) add("output.weight", shape.hidden, 1000);
  }
  std::vector<ggml_tensor*>& tensors() { return tensors_; }

 private:
  void add(const std::string& name, std::int64_t row, std::int64_t rows) {
    ggml_tensor* tensor = ggml_new_tensor_2d(context_.get(), GGML_TYPE_F32, row, rows);
    ggml_set_name(tensor, name.c_str());
    tensors_.push_back(tensor);
  }
  std::unique_ptr<ggml_context, void (*)(ggml_context*)> context_;
  std::vector<ggml_tensor*> tensors_;
};

// Nothing where llama-quantize gives up: rows that are no whole blocks, and no type to fall back
// to.
std::optional<std::vector<std::string>> their_types(const Shape& shape, const FileType& file_type,
                                                    Model& model) {
  const llama_quant_model_desc desc = {.architecture = shape.architecture,
                                       .n_embd = shape.hidden,
                                       .n_ff = 3 * shape.hidden,
                                       .n_layer = shape.layers,
                                       .n_head = shape.heads,
                                       .n_head_kv = shape.kv_heads,
                                       .n_expert = 0,
                                       .n_embd_head_k = shape.hidden / shape.heads,
                                       .n_embd_head_v = shape.hidden / shape.heads};
  const std::unique_ptr<llama_model, void (*)(llama_model*)> mock(
      llama_quant_model_from_metadata(&desc), llama_model_free);
  const llama_model_quantize_params params = llama_model_quantize_default_params();
  const std::unique_ptr<quantize_state_impl, void (*)(quantize_state_impl*)> state(
      llama_quant_init(mock.get(), &params), llama_quant_free);
  std::vector<ggml_type> types(model.tensors().size());
  try {
    llama_quant_compute_types(state.get(), static_cast<llama_ftype>(file_type.number),
                              model.tensors().data(), types.data(), types.size());
  } catch (const std::exception&) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < types.size(); ++i)
    names.push_back(fmt::format("{} {}", model.tensors()[i]->name,
                                tensor::dtype_name(static_cast<DType>(types[i]))));
  return names;
}

std::vector<std::string> our_types(const Shape& shape, const FileType& file_type, Model& model) {
  tensor::MixModel mix;
  mix.architecture = shape.architecture;
  mix.layers = mix.values = shape.layers;
  mix.heads_per_kv = shape.heads / shape.kv_heads;
  mix.tied = shape.tied;
  tensor::TypeMix types(file_type, mix);
  std::vector<std::string> names;
  for (const ggml_tensor* each : model.tensors()) {
    const std::vector<std::uint64_t> size = {static_cast<std::uint64_t>(each->ne[0]),
                                             static_cast<std::uint64_t>(each->ne[1])};
    names.push_back(
        fmt::format("{} {}", each->name, tensor::dtype_name(types.next(each->name, size))));
  }
  return names;
}

TEST(LlamaQuantiser, MixesTheSameTypes) {
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  int compared = 0;
  for (const Shape& shape :
       {Shape{"llama", 32, 32, 8, 4096, false}, Shape{"llama", 4, 4, 4, 256, true},
        Shape{"llama", 80, 64, 8, 8192, false}, Shape{"qwen3", 28, 16, 8, 1024, true},
        Shape{"qwen2", 24, 14, 2, 896, true}, Shape{"gemma3", 26, 4, 1, 1152, true},
        Shape{"llama", 3, 2, 1, 96, false}}) {
    Model model(shape);
    for (const FileType& file_type : tensor::file_types()) {
      if (file_type.name == "NVFP4") continue;  // llama-quantize makes no such file
      const auto theirs = their_types(shape, file_type, model);
      if (!theirs) continue;
      EXPECT_EQ(our_types(shape, file_type, model), *theirs)
          << shape.architecture << " " << shape.layers << " " << file_type.name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 200);
}

}  // namespace
}  // namespace tegula::engine
