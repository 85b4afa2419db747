#include "build/model_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/printable.h"
#include "build/text_layer.h"
#include "content/file_path.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "content/pack_files.h"
#include "tensor/byte_source.h"
#include "tensor/model_folder.h"

namespace tegula::build {
namespace {

namespace media_type = content::media_type;

// Our own reader, on a file that somebody else made.
Result<tensor::Gguf> read_model_file(const tensor::ByteSource& source, tensor::ModelFileKind kind) {
  const auto check = [&]() -> Result<tensor::Gguf> {
    tensor::Gguf gguf = TRY(tensor::read_gguf(source));
    const bool is_model = kind == tensor::ModelFileKind::Model;
    TRY(is_model ? tensor::check_model(gguf) : tensor::check_adapter(gguf));
    return gguf;
  };
  Result<tensor::Gguf> out = check();
  if (!out && out.error().hint.empty())
    out.error().hint = out.error().code == Code::Corrupt
                           ? "the file is damaged or was not made well: get it again, or another"
                           : "FROM and DRAFT take a model, ADAPTER takes a LoRA adapter of it";
  return out;
}

ModelFiles files_of_folder(std::vector<StoredFile> files, const tensor::ModelFolder& folder) {
  const Format format = folder.mlx ? Format::Mlx : Format::Safetensors;
  return {format, std::move(files), folder.main, folder.info, {}};
}

std::string_view type_of(std::string_view file) {
  if (file.ends_with(".safetensors")) return media_type::kWeight;
  return file == tensor::kLicenseFile ? media_type::kDoc : media_type::kWeightConfig;
}

// Reads them from the store.
Result<ModelFiles> describe(std::vector<StoredFile> files, const BuildContext& context) {
  std::vector<content::Descriptor> layers;
  for (const StoredFile& file : files) layers.push_back(file.layer);
  const PackFolder folder(std::move(layers), context);
  return files_of_folder(std::move(files), TRY(tensor::read_model_folder(folder, {})));
}

Result<ModelFiles> gguf_of_layer(const content::Descriptor& layer, const BuildContext& context) {
  const content::VerifiedBlob blob =
      TRY(context.store.open_verified(layer, context.progress, context.stop));
  const tensor::FileSource source = TRY(tensor::FileSource::open(blob.file()));
  tensor::Gguf gguf = TRY(tensor::read_gguf(source));
  tensor::ModelInfo info = tensor::model_info(gguf, tensor::ModelFileKind::Model);
  return ModelFiles{Format::Gguf,
                    {{layer, content::ImportWay::AlreadyThere}},
                    std::string(content::file_path(layer)),
                    std::move(info),
                    std::move(gguf)};
}

// Whether an adapter has the file: it is one, or is in the folder that is one.
bool is_of_adapter(std::string_view path, const content::RuntimeSettings& settings) {
  return std::ranges::any_of(settings.adapters, [&](const content::AdapterUse& use) {
    const std::string_view file = use.file;
    const std::size_t slash = file.rfind('/');
    return path == file || (slash != file.npos && path.starts_with(file.substr(0, slash + 1)));
  });
}

// Settings, adapters and what the build wrote itself are no part of the model.
bool is_of_model(const content::Descriptor& layer, const content::RuntimeSettings& settings) {
  const std::string_view path = content::file_path(layer);
  if (path == content::kRuntimeSettingsFile || path == settings.chat_template ||
      path == content::kGoTemplateFile)
    return false;
  if (is_of_adapter(path, settings)) return false;
  return layer.media_type == media_type::kWeight || layer.media_type == media_type::kWeightConfig;
}

}  // namespace

std::string_view format_name(Format format) {
  switch (format) {
    case Format::Gguf: return "gguf";
    case Format::Safetensors: return "safetensors";
    case Format::Mlx: return "mlx";
  }
  return "";
}

Result<tensor::Gguf> look_at(const os::Path& path, tensor::ModelFileKind kind,
                             const BuildContext& context) {
  const std::unique_ptr<os::File> file = TRY(context.files.open(path));
  const tensor::FileSource source = TRY(tensor::FileSource::open(*file));
  return TRY(read_model_file(source, kind), path.string());
}

Result<StoredFile> import_layer(const ImportRequest& request, std::string_view type,
                                content::Lease& lease, const BuildContext& context) {
  const content::StoredBlob blob = TRY(context.store.import_file(
      request.path, lease, {.in_place = request.in_place}, context.progress, context.stop));
  if (request.expected && *request.expected != blob.digest) {
    return fail(Code::Corrupt,
                fmt::format("\"{}\" has the digest {}, its keeper says {}", request.path.string(),
                            blob.digest.str(), request.expected->str()),
                "download it again with the program that keeps it");
  }
  return StoredFile{content::make_layer({.media_type = type,
                                         .path = request.name,
                                         .digest = blob.digest,
                                         .size = blob.size,
                                         .tree_root = blob.tree_root,
                                         .modified = request.modified}),
                    blob.way};
}

Result<ModelFiles> import_gguf(const ImportRequest& request, content::Lease& lease,
                               const BuildContext& context) {
  // Before the file becomes a blob, and perhaps read-only by that.
  TRY(content::check_file_path(request.name), fmt::format("\"{}\"", printable(request.name)));
  tensor::Gguf gguf = TRY(look_at(request.path, request.kind, context));
  tensor::ModelInfo info = tensor::model_info(gguf, request.kind);
  StoredFile file = TRY(import_layer(request, media_type::kWeight, lease, context));
  return ModelFiles{
      Format::Gguf, {std::move(file)}, request.name, std::move(info), std::move(gguf)};
}

Result<ModelFiles> import_folder(const ImportRequest& request, content::Lease& lease,
                                 const BuildContext& context) {
  const tensor::ModelFolder model =
      TRY(tensor::read_model_folder(context.files, request.path), request.path.string());
  std::vector<StoredFile> files;
  const auto import = [&](const std::vector<std::string>& names,
                          std::string_view type) -> Result<void> {
    for (const std::string& name : names) {
      TRY(content::check_file_path(name), fmt::format("\"{}\"", printable(name)));
      ImportRequest one = request;
      one.path = TRY(real_path(request.path / name));
      one.name = name;
      files.push_back(TRY(import_layer(one, type, lease, context)));
    }
    return {};
  };
  TRY(import(model.configs, media_type::kWeightConfig));
  TRY(import(model.weights, media_type::kWeight));
  TRY(import(model.docs, media_type::kDoc));
  return files_of_folder(std::move(files), model);
}

Result<ModelFiles> import_found(const std::vector<FoundFile>& found, const ImportRequest& request,
                                content::Lease& lease, const BuildContext& context) {
  std::vector<StoredFile> files;
  for (const FoundFile& file : found) {
    TRY(content::check_file_path(file.name), fmt::format("\"{}\"", printable(file.name)));
    ImportRequest one = request;
    one.path = file.path;
    one.name = file.name;
    one.expected = file.expected;
    files.push_back(TRY(import_layer(one, type_of(file.name), lease, context)));
  }
  return describe(std::move(files), context);
}

std::string model_name(const std::string& written, std::string_view otherwise) {
  std::string_view text = written;
  while (text.ends_with('/')) text.remove_suffix(1);
  text.remove_prefix(std::min(text.rfind('/') + 1, text.size()));
  text = text.substr(0, text.find_first_of(":@"));
  if (text.ends_with(".gguf")) text.remove_suffix(5);
  std::string out = lower_ascii(text);
  std::erase_if(out, [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_');
  });
  return out.find_first_not_of(".-_") == std::string::npos ? std::string(otherwise) : out;
}

Result<ModelFiles> files_of_pack(const content::Manifest& manifest,
                                 const content::RuntimeSettings& settings,
                                 const BuildContext& context) {
  const content::Descriptor* const main = content::find_layer(manifest, settings.model);
  if (main == nullptr) {
    return fail(Code::Corrupt,
                fmt::format("its manifest has no layer \"{}\"", printable(settings.model)));
  }
  if (settings.is_gguf()) return gguf_of_layer(*main, context);
  std::vector<StoredFile> files;
  for (const content::Descriptor& layer : manifest.layers) {
    if (is_of_model(layer, settings)) files.push_back({layer, content::ImportWay::AlreadyThere});
  }
  return describe(std::move(files), context);
}

Result<ModelFiles> files_of_layers(std::vector<StoredFile> files, Format format,
                                   const BuildContext& context) {
  if (format != Format::Gguf) return describe(std::move(files), context);
  if (files.size() != 1) return fail(Code::Corrupt, "a GGUF model is one file");
  return gguf_of_layer(files.front().layer, context);
}

PackFolder folder_of(const ModelFiles& model, const BuildContext& context) {
  std::vector<content::Descriptor> layers;
  for (const StoredFile& file : model.files) layers.push_back(file.layer);
  return PackFolder(std::move(layers), context);
}

void mark_as_made(std::vector<StoredFile>& files) {
  for (StoredFile& file : files)
    if (file.way != content::ImportWay::AlreadyThere) file.way = content::ImportWay::Written;
}

Result<ModelFiles> made(Result<ModelFiles> model) {
  if (model) mark_as_made(model->files);
  return model;
}

}  // namespace tegula::build
