#include "tensor/gguf_conversion.h"

#include "tensor/gguf_writing.h"
#include "tensor/hf_tensors.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

// A Hugging Face model's values, in the order of the GGUF file.
class HfRows final : public TensorRows {
 public:
  explicit HfRows(const HfModel& model) : model_(model) {
    for (const GgufPlan& plan : model.plan()) shapes_.push_back({plan.name, plan.shape});
  }

  std::span<const GgufShape> tensors() const override { return shapes_; }

  std::optional<DType> stored_type(std::size_t tensor) const override {
    const GgufPlan& plan = model_.plan()[tensor];
    if (plan.from == nullptr || plan.added != 0) return std::nullopt;
    return dtype_of(plan.from->tensor.type);
  }

  Result<void> copy(const RowRange& rows, std::span<std::uint8_t> into) const override {
    const GgufPlan& plan = model_.plan()[rows.tensor];
    const std::uint64_t row_size = into.size() / rows.count;
    if (plan.rotary_heads == 0)
      return model_.tensors().read(*plan.from, rows.first * row_size, into);
    const bool vector = plan.shape.size() < 2;  // a bias: its elements are what rows are elsewhere
    const std::uint64_t count = vector ? plan.shape[0] : rows.count;
    const std::uint64_t all = vector ? plan.shape[0] : plan.rows();
    const std::uint64_t bytes = into.size() / count;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t from = rotary_source_row(rows.first + i, all, plan.rotary_heads);
      TRY(model_.tensors().read(*plan.from, from * bytes, into.subspan(i * bytes, bytes)));
    }
    return {};
  }

  Result<void> floats(const RowRange& rows, std::span<float> into) const override {
    const GgufPlan& plan = model_.plan()[rows.tensor];
    if (plan.from == nullptr) {
      std::ranges::copy(plan.values, into.begin());
      return {};
    }
    const DType from = *dtype_of(plan.from->tensor.type);
    thread_local Bytes raw;  // kept, as in gguf_writing.cc
    raw.resize(*row_bytes(from, into.size()));
    TRY(copy(rows, raw));
    TRY(dequantise(from, raw, into));
    if (plan.added == 0) return {};
    for (float& x : into) x += plan.added;
    return {};
  }

 private:
  const HfModel& model_;
  std::vector<GgufShape> shapes_;
};

MixModel mix_model(const HfModel& model) {
  const HfConfig& config = model.config();
  MixModel mix;
  mix.architecture = config.architecture;
  mix.layers = config.layers;
  mix.heads_per_kv = config.heads / config.kv_heads_of(0);
  mix.tied = true;
  for (const GgufPlan& plan : model.plan()) {
    if (plan.name.ends_with(".attn_v.weight")) ++mix.values;
    if (plan.name == "output.weight") mix.tied = false;
  }
  return mix;
}

GgufWriter metadata_of(const HfModel& model, const GgufOptions& options) {
  GgufWriter writer;
  writer.set_text("general.architecture", model.config().architecture);
  writer.set_text("general.type", "model");
  if (!options.name.empty()) writer.set_text("general.name", options.name);
  write_parameters(model.config(), writer);
  write_tokenizer(model.tokenizer(), writer);
  return writer;
}

}  // namespace

Result<void> write_gguf(const HfModel& model, const GgufOptions& options, ByteSink& sink,
                        Progress& progress, const Stop& stop) {
  const HfRows rows(model);
  const WritingOptions writing{.file_type = options.file_type,
                               .mix = mix_model(model),
                               .importance = options.importance,
                               .threads = options.threads};
  const GgufLayout layout = TRY(layout_tensors(rows, writing, metadata_of(model, options)));
  return write_tensors(rows, writing, layout, sink, progress, stop);
}

}  // namespace tegula::tensor
