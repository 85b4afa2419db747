// A GGUF file as the Hugging Face model that it could have been made from: hf_model.h reversed
// (docs/reference/conversion.md#from-gguf).
//
// Every tensor of the file has its place in the model, every parameter is what config.json says,
// and the tokenizer's files mean what the file means; whatever else is refused by name. Values are
// read as they are asked for.
//
// Errors: those of gguf_config.h, gguf_tokenizer.h and tokenizer_files.h; Corrupt for a tensor that
// is missing or has another shape than the metadata says, Unsupported for one that has no place in
// the model, or a type that is not read. Each names the tensor.
// Thread rule: as HfSource.
#pragma once

#include "tensor/gguf.h"
#include "tensor/hf_config.h"
#include "tensor/hf_source.h"
#include "tensor/tokenizer_files.h"

namespace tegula::tensor {

class GgufModel final : public HfSource {
 public:
  // Borrows both.
  static Result<GgufModel> open(const Gguf& gguf, const ByteSource& source);

  const codec::Json& config() const override { return config_; }
  std::span<const HfSourceTensor> tensors() const override { return tensors_; }
  Result<void> copy(const RowRange& rows, std::span<std::uint8_t> into) const override;
  Result<void> floats(const RowRange& rows, std::span<float> into) const override;
  Result<bool> groups(const RowRange& rows, MlxFormat format, const MlxGroups& into) const override;
  Result<void> write_others(FolderSink& sink) const override;

 private:
  // Where a tensor's values come from.
  struct Origin {
    const GgufTensor* tensor = nullptr;
    std::uint64_t rotary_heads = 0;  // rows are reordered within so many heads; 0: as they are
    float added = 0;                 // to each value in the file

    std::uint64_t rows() const { return tensor->dimensions < 2 ? 1 : tensor->shape[1]; }
    bool is_reordered_vector() const { return rotary_heads > 0 && tensor->dimensions < 2; }
    bool is_computed() const { return added != 0 || is_reordered_vector(); }
  };

  explicit GgufModel(const ByteSource& source) : source_(&source) {}
  Result<void> place_tensors(const Gguf& gguf, const HfConfig& config);
  Result<void> add_files(const Gguf& gguf, const HfConfig& config);

  const ByteSource* source_;
  codec::Json config_;
  std::vector<HfSourceTensor> tensors_;  // by name
  std::vector<Origin> origins_;          // of them
  std::vector<TextFile> files_;
};

}  // namespace tegula::tensor
