// LoRA adapters between their three forms: PEFT (adapter_model.safetensors, adapter_config.json),
// MLX (adapters.safetensors, adapter_config.json) and GGUF (docs/reference/adapters.md).
//
// An adapter adds scale * B A to a matrix of its base model. Each form says the scale in its own
// way; where one number for all cannot say it, the rest is multiplied into B. All tensors are
// written as F32.
//
// Errors: those of the readers; NotFound for a folder without an adapter; Unsupported, by name, for
// adapters that are more than LoRA on matrices; InvalidArgument, naming the matrix, for one of
// another base. Thread rule: an Adapter's const members from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "os/file_system.h"
#include "tensor/gguf.h"
#include "tensor/hf_model.h"
#include "tensor/pipeline.h"

namespace tegula::tensor {

enum class AdapterForm { Gguf, Peft, Mlx };

inline constexpr std::string_view kAdapterConfigFile = "adapter_config.json";
inline constexpr std::string_view kPeftWeightsFile = "adapter_model.safetensors";
inline constexpr std::string_view kMlxWeightsFile = "adapters.safetensors";

// Which of the two forms that are folders the files of one have; their contents count for nothing.
Result<AdapterForm> adapter_form_of(const std::vector<std::string>& files);

// One matrix that is changed.
struct AdapterPair {
  HfMatrix matrix;
  std::uint64_t rank = 0;
  double scale = 1;      // of B A
  std::vector<float> a;  // rank rows of matrix.columns
  std::vector<float> b;  // matrix.rows rows of rank, in Hugging Face's order
};

// Reads one pair at a time: an adapter may be large.
class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual std::size_t size() const = 0;
  virtual Result<AdapterPair> read(std::size_t index) const = 0;  // in the order of the matrices
};

// `base` is the model that the adapter was trained on.
Result<std::unique_ptr<Adapter>> open_peft(const os::FileSystem& fs, const os::Path& folder,
                                           const HfConfig& base);
Result<std::unique_ptr<Adapter>> open_mlx(const os::FileSystem& fs, const os::Path& folder,
                                          const HfConfig& base);
// Borrows `source`.
Result<std::unique_ptr<Adapter>> open_gguf_adapter(const ByteSource& source, const HfConfig& base);

// What `adapter` adds, `factor` times: any finite number. Borrows it.
class ScaledAdapter final : public Adapter {
 public:
  ScaledAdapter(const Adapter& adapter, double factor) : adapter_(adapter), factor_(factor) {}

  std::size_t size() const override { return adapter_.size(); }
  Result<AdapterPair> read(std::size_t index) const override;

 private:
  const Adapter& adapter_;
  const double factor_;
};

Result<void> write_peft(const Adapter& adapter, FolderSink& sink);
Result<void> write_mlx(const Adapter& adapter, FolderSink& sink);
Result<void> write_gguf_adapter(const Adapter& adapter, const HfConfig& base, ByteSink& sink);

}  // namespace tegula::tensor
