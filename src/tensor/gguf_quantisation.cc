#include "tensor/gguf_quantisation.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tensor/gguf_writing.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

// Those that file_type.cc mixes types for.
constexpr std::array<std::string_view, 5> kArchitectures = {"gemma3", "gemma4", "llama", "qwen2",
                                                            "qwen3"};

class GgufRows final : public TensorRows {
 public:
  GgufRows(const Gguf& gguf, const ByteSource& source) : gguf_(gguf), source_(source) {
    for (const GgufTensor& tensor : gguf.tensors()) {
      const std::span<const std::uint64_t> shape = tensor.used_shape();
      shapes_.push_back({tensor.name, {shape.begin(), shape.end()}});
    }
  }

  std::span<const GgufShape> tensors() const override { return shapes_; }

  std::optional<DType> stored_type(std::size_t tensor) const override {
    return gguf_.tensors()[tensor].type;
  }

  Result<void> copy(const RowRange& rows, std::span<std::uint8_t> into) const override {
    const GgufTensor& tensor = gguf_.tensors()[rows.tensor];
    const std::uint64_t at = tensor.offset + rows.first * (into.size() / rows.count);
    if (TRY(source_.read_at(at, into)) == into.size()) return {};
    return fail(Code::Corrupt, "the file became shorter since it was read");
  }

  Result<void> floats(const RowRange& rows, std::span<float> into) const override {
    const DType type = gguf_.tensors()[rows.tensor].type;
    thread_local Bytes raw;  // kept, as in gguf_writing.cc
    raw.resize(*row_bytes(type, into.size()));
    TRY(copy(rows, raw));
    return dequantise(type, raw, into);
  }

 private:
  const Gguf& gguf_;
  const ByteSource& source_;
  std::vector<GgufShape> shapes_;
};

std::string_view architecture_of(const Gguf& gguf) {
  const GgufValue* const value = gguf.find("general.architecture");
  return value == nullptr ? std::string_view() : value->as_text().value_or("");
}

std::uint64_t number(const Gguf& gguf, std::string_view key, std::uint64_t otherwise) {
  const GgufValue* const value = gguf.find(fmt::format("{}.{}", architecture_of(gguf), key));
  if (value == nullptr) return otherwise;
  const auto first = value->is_array() ? value->uint_item(0) : value->as_uint();
  return first.value_or(otherwise);
}

MixModel mix_model(const Gguf& gguf) {
  MixModel mix;
  mix.architecture = architecture_of(gguf);
  mix.layers = number(gguf, "block_count", 0);
  const std::uint64_t heads = number(gguf, "attention.head_count", 1);
  const std::uint64_t shared = number(gguf, "attention.head_count_kv", heads);
  mix.heads_per_kv = heads / std::max<std::uint64_t>(1, shared);
  mix.tied = gguf.find_tensor("output.weight") == nullptr;
  for (const GgufTensor& tensor : gguf.tensors())
    if (tensor.name.ends_with(".attn_v.weight")) ++mix.values;
  return mix;
}

Result<void> check_source(const Gguf& gguf) {
  const std::string_view architecture = architecture_of(gguf);
  if (std::ranges::find(kArchitectures, architecture) == kArchitectures.end() ||
      number(gguf, "expert_count", 0) > 0) {
    return fail(Code::Unsupported,
                fmt::format("models of architecture \"{}\"{} are not quantised here", architecture,
                            number(gguf, "expert_count", 0) > 0 ? " with experts" : ""),
                fmt::format("those of {} are", fmt::join(kArchitectures, ", ")));
  }
  for (const GgufTensor& tensor : gguf.tensors()) {
    if (!traits(tensor.type).quantized) continue;
    return fail(Code::Unsupported,
                fmt::format("tensor \"{}\" is {} already: a second time would lose more",
                            tensor.name, traits(tensor.type).name),
                "start from a file in F32, F16 or BF16");
  }
  return {};
}

// Everything but what says how the tensors are written.
Result<GgufWriter> metadata_of(const Gguf& gguf, const ByteSource& source) {
  GgufWriter writer;
  for (const GgufValue& value : gguf.values()) {
    if (value.key == "general.file_type" || value.key == "general.quantization_version" ||
        value.key == "general.alignment")
      continue;
    Bytes bytes(value.bytes);
    if (TRY(source.read_at(value.offset, bytes)) != bytes.size())
      return fail(Code::Corrupt, "the file became shorter since it was read");
    writer.set_copy(value, bytes);
  }
  return writer;
}

}  // namespace

Result<void> quantise_gguf(const Gguf& gguf, const ByteSource& source,
                           const QuantisationOptions& options, ByteSink& sink, Progress& progress,
                           const Stop& stop) {
  TRY(check_source(gguf));
  const GgufRows rows(gguf, source);
  const WritingOptions writing{.file_type = options.file_type,
                               .mix = mix_model(gguf),
                               .importance = options.importance,
                               .threads = options.threads};
  const GgufLayout layout = TRY(layout_tensors(rows, writing, TRY(metadata_of(gguf, source))));
  return write_tensors(rows, writing, layout, sink, progress, stop);
}

}  // namespace tegula::tensor
