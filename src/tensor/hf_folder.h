// A folder of safetensors as a model to be written again. Any architecture.
//
// Errors: those of the readers, naming the file. Thread rule: as HfSource.
#pragma once

#include "os/file_system.h"
#include "tensor/hf_source.h"
#include "tensor/safetensors_set.h"

namespace tegula::tensor {

class HfFolder final : public HfSource {
 public:
  // Borrows `fs`.
  static Result<HfFolder> open(const os::FileSystem& fs, const os::Path& folder);

  const codec::Json& config() const override { return config_; }
  std::span<const HfSourceTensor> tensors() const override { return tensors_; }
  Result<void> copy(const RowRange& rows, std::span<std::uint8_t> into) const override;
  Result<void> floats(const RowRange& rows, std::span<float> into) const override;
  Result<bool> groups(const RowRange& rows, MlxFormat format, const MlxGroups& into) const override;
  Result<void> write_others(FolderSink& sink) const override;

 private:
  HfFolder(const os::FileSystem& fs, os::Path folder, codec::Json config, SafetensorsSet set);
  Result<void> copy_file(std::string_view name, FolderSink& sink) const;

  const os::FileSystem* fs_;
  os::Path folder_;
  codec::Json config_;
  SafetensorsSet set_;
  std::vector<HfSourceTensor> tensors_;
};

}  // namespace tegula::tensor
