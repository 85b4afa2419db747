#include "tensor/hf_folder.h"

#include "base/limits.h"
#include "tensor/file_json.h"
#include "tensor/model_folder.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

using codec::Json;

constexpr std::uint64_t kCopyBytes = 256 * 1024;

}  // namespace

HfFolder::HfFolder(const os::FileSystem& fs, os::Path folder, Json config, SafetensorsSet set)
    : fs_(&fs), folder_(std::move(folder)), config_(std::move(config)), set_(std::move(set)) {
  for (const ShardTensor& each : set_.tensors())
    tensors_.push_back({each.tensor.name, each.tensor.type, each.tensor.shape, true});
}

Result<HfFolder> HfFolder::open(const os::FileSystem& fs, const os::Path& folder) {
  const std::string text =
      TRY(os::read_file(fs, folder / kModelConfigFile, limits::kConfigFileBytesMax));
  Json config = TRY(parse_file_json(text), "\"config.json\"");
  if (!config.is_object()) return fail(Code::Corrupt, "\"config.json\": expected an object");
  SafetensorsSet set = TRY(SafetensorsSet::open(fs, folder));
  return HfFolder(fs, folder, std::move(config), std::move(set));
}

Result<void> HfFolder::copy(const RowRange& rows, std::span<std::uint8_t> into) const {
  const HfSourceTensor& tensor = tensors_[rows.tensor];
  const std::uint64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
  const std::uint64_t at = rows.first * row * safetensors_type_bits(tensor.type) / 8;
  return set_.read(set_.tensors()[rows.tensor], at, into);
}

Result<void> HfFolder::floats(const RowRange& rows, std::span<float> into) const {
  const DType type = *dtype_of(tensors_[rows.tensor].type);
  thread_local Bytes raw;  // kept from one part to the next
  raw.resize(*row_bytes(type, into.size()));
  TRY(copy(rows, raw));
  return dequantise(type, raw, into);
}

Result<bool> HfFolder::groups(const RowRange&, MlxFormat, const MlxGroups&) const { return false; }

Result<void> HfFolder::copy_file(std::string_view name, FolderSink& sink) const {
  if (!TRY(os::exists(*fs_, folder_ / name))) return {};
  const std::unique_ptr<os::File> file = TRY(fs_->open(folder_ / name));
  TRY(sink.begin(name));
  Bytes part(kCopyBytes);
  for (std::uint64_t at = 0;;) {
    const std::size_t got = TRY(file->read_at(at, part));
    if (got == 0) return sink.end();
    TRY(sink.append(ByteView(part).first(got)));
    at += got;
  }
}

Result<void> HfFolder::write_others(FolderSink& sink) const {
  for (const std::string_view name : kTokenizerFiles) TRY(copy_file(name, sink));
  return copy_file(kLicenseFile, sink);
}

}  // namespace tegula::tensor
