#include "build/conversion.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "build/text_layer.h"
#include "build/upload.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "tensor/byte_source.h"
#include "tensor/gguf_conversion.h"
#include "tensor/gguf_model.h"
#include "tensor/gguf_quantisation.h"
#include "tensor/hf_folder.h"
#include "tensor/model_folder.h"
#include "tensor/safetensors_conversion.h"

namespace tegula::build {
namespace {

std::string gguf_name(const ConversionRequest& request, std::string_view type) {
  if (!request.target.file.empty()) return request.target.file;
  return fmt::format("{}-{}.gguf", request.name, lower_ascii(type));
}

// Without a type, the one that most of the model's numbers have.
Result<tensor::FileType> file_type_of(const ConversionRequest& request) {
  if (request.target.quant) return *request.target.quant;
  return TRY(tensor::parse_file_type(request.source.info.quantization), "the model's own type");
}

Result<ModelFiles> import_upload(const UploadSink& sink, const tensor::FileType& type,
                                 const ConversionRequest& request, content::Lease& lease,
                                 const BuildContext& context) {
  const ImportRequest import{
      .path = sink.path(), .name = gguf_name(request, type.name), .modified = request.modified};
  return import_gguf(import, lease, context);
}

Result<ModelFiles> gguf_of_folder(const ConversionRequest& request, content::Lease& lease,
                                  const BuildContext& context) {
  const PackFolder folder = folder_of(request.source, context);
  const tensor::HfModel model = TRY(tensor::HfModel::open(folder, {}));
  const tensor::FileType file_type = TRY(file_type_of(request));
  const tensor::GgufOptions options{.file_type = file_type,
                                    .name = {},
                                    .importance = request.importance,
                                    .threads = context.threads};
  const std::unique_ptr<UploadSink> sink = TRY(UploadSink::create(lease, context.files));
  TRY(tensor::write_gguf(model, options, *sink, context.progress, context.stop));
  return import_upload(*sink, file_type, request, lease, context);
}

Result<ModelFiles> gguf_of_gguf(const ConversionRequest& request, content::Lease& lease,
                                const BuildContext& context) {
  const content::VerifiedBlob blob = TRY(
      context.store.open_verified(request.source.files[0].layer, context.progress, context.stop));
  const tensor::FileSource source = TRY(tensor::FileSource::open(blob.file()));
  const tensor::QuantisationOptions options{.file_type = *request.target.quant,
                                            .importance = request.importance,
                                            .threads = context.threads};
  const std::unique_ptr<UploadSink> sink = TRY(UploadSink::create(lease, context.files));
  TRY(tensor::quantise_gguf(*request.source.gguf, source, options, *sink, context.progress,
                            context.stop));
  return import_upload(*sink, options.file_type, request, lease, context);
}

Result<ModelFiles> write_folder(const tensor::HfSource& source, const ConversionRequest& request,
                                content::Lease& lease, const BuildContext& context) {
  const tensor::SafetensorsOptions options{
      .dtype = request.target.dtype, .mlx = request.target.mlx, .threads = context.threads};
  const std::unique_ptr<UploadFolder> sink = TRY(UploadFolder::create(lease, context.files));
  TRY(tensor::write_safetensors(source, options, *sink, context.progress, context.stop));
  ModelFiles out =
      TRY(import_folder({.path = sink->path(), .modified = request.modified}, lease, context));
  out.format = request.target.format;  // MLX without bits is a folder as any other
  return out;
}

Result<ModelFiles> folder_of_folder(const ConversionRequest& request, content::Lease& lease,
                                    const BuildContext& context) {
  const PackFolder folder = folder_of(request.source, context);
  return write_folder(TRY(tensor::HfFolder::open(folder, {})), request, lease, context);
}

Result<ModelFiles> folder_of_gguf(const ConversionRequest& request, content::Lease& lease,
                                  const BuildContext& context) {
  const content::VerifiedBlob blob = TRY(
      context.store.open_verified(request.source.files[0].layer, context.progress, context.stop));
  const tensor::FileSource source = TRY(tensor::FileSource::open(blob.file()));
  return write_folder(TRY(tensor::GgufModel::open(*request.source.gguf, source)), request, lease,
                      context);
}

// One file under another name is another layer of the same blob.
ModelFiles renamed(ModelFiles model, const std::string& name, WallTime modified) {
  content::Descriptor& layer = model.files[0].layer;
  layer = content::make_layer({.media_type = layer.media_type,
                               .path = name,
                               .digest = layer.digest,
                               .size = layer.size,
                               .tree_root = *content::tree_root(layer),
                               .modified = modified});
  model.main = name;
  return model;
}

ModelFiles as_it_is(const ConversionRequest& request) {
  ModelFiles out = request.source;
  if (out.format != Format::Gguf) out.format = request.target.format;
  if (request.target.file.empty() || request.target.file == out.main) return out;
  return renamed(std::move(out), request.target.file, request.modified);
}

}  // namespace

Result<void> check_convertible(Format source, const Target& target) {
  if (source != Format::Mlx || (target.format == Format::Mlx && target.keeps_numbers())) return {};
  return fail(
      Code::Unsupported,
      fmt::format("TARGET {}: there is no way from a model quantised for MLX to it", target.line()),
      "start from what it was made from: a GGUF file, or safetensors in F32, F16 or BF16");
}

Result<ModelFiles> convert(const ConversionRequest& request, content::Lease& lease,
                           const BuildContext& context) {
  TRY(check_convertible(request.source.format, request.target));
  const bool from_gguf = request.source.format == Format::Gguf;
  const bool to_gguf = request.target.format == Format::Gguf;
  if (to_gguf && !from_gguf) return made(gguf_of_folder(request, lease, context));
  if (from_gguf && !to_gguf) return made(folder_of_gguf(request, lease, context));
  if (request.target.keeps_numbers()) return as_it_is(request);
  return made(to_gguf ? gguf_of_gguf(request, lease, context)
                      : folder_of_folder(request, lease, context));
}

}  // namespace tegula::build
