#include "build/adapter.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "build/pack_folder.h"
#include "build/upload.h"
#include "content/file_path.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "tensor/byte_source.h"
#include "tensor/hf_config_of_gguf.h"
#include "tensor/model_check.h"
#include "tensor/model_folder.h"

namespace tegula::build {
namespace {

using tensor::AdapterForm;

namespace media_type = content::media_type;

std::string_view weights_of(AdapterForm form) {
  return form == AdapterForm::Peft ? tensor::kPeftWeightsFile : tensor::kMlxWeightsFile;
}

bool looks_like_path(std::string_view written) {
  return written.starts_with("/") || written.starts_with(".") || written.starts_with("~") ||
         written.ends_with(".gguf");
}

Result<AdapterFiles> adapter_in(const os::Path& folder, const BuildContext& context) {
  AdapterFiles out;
  out.form = TRY(tensor::adapter_form_of(TRY(context.files.list(folder))), folder.string());
  out.folder = folder;
  for (const std::string_view name : {tensor::kAdapterConfigFile, weights_of(out.form)}) {
    os::Path real = TRY(real_path(folder / name));
    out.files.push_back({std::move(real), std::string(name)});
  }
  return out;
}

Result<AdapterFiles> adapter_at(const os::Path& path, const BuildContext& context) {
  const os::Path real = TRY(real_path(path));
  if (TRY(context.files.stat(real)).kind == os::FileKind::Folder) return adapter_in(real, context);
  if (path.extension() == ".safetensors") {
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is one file of an adapter", path.string()),
                "name its folder, which has adapter_config.json too");
  }
  AdapterFiles out;
  out.gguf = TRY(look_at(path, tensor::ModelFileKind::Adapter, context));
  out.files = {{path, path.filename().string()}};
  return out;
}

// One file is a GGUF file, named as the recipe calls it.
Result<AdapterFiles> adapter_from(const FoundModel& found, const std::string& written,
                                  const BuildContext& context) {
  if (found.pack) {
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is a model", written),
                "ADAPTER takes a LoRA adapter: a GGUF file, or a folder of PEFT or MLX");
  }
  AdapterFiles out;
  out.origin = found.origin.empty() ? written.substr(0, written.find('/')) : found.origin;
  out.lease = found.lease;
  if (!found.is_folder()) {
    out.files = {found.files[0]};
    out.files[0].name = model_name(written) + ".gguf";
    out.gguf = TRY(look_at(found.files[0].path, tensor::ModelFileKind::Adapter, context));
    return out;
  }
  std::vector<std::string> names;
  for (const FoundFile& file : found.files) names.push_back(file.name);
  out.form = TRY(tensor::adapter_form_of(names), written);
  for (const std::string_view name : {tensor::kAdapterConfigFile, weights_of(out.form)})
    out.files.push_back(*std::ranges::find(found.files, name, &FoundFile::name));
  return out;
}

Result<std::unique_ptr<tensor::Adapter>> open_folder(const os::FileSystem& files,
                                                     const os::Path& folder, AdapterForm form,
                                                     const tensor::HfConfig& base) {
  return form == AdapterForm::Peft ? tensor::open_peft(files, folder, base)
                                   : tensor::open_mlx(files, folder, base);
}

// "adapters/support/adapter_config.json"
std::string path_in_pack(std::string_view name, std::string_view file) {
  return fmt::format("{}/{}/{}", kAdaptersFolder, name, file);
}

std::string_view type_of(std::string_view file) {
  return file == tensor::kAdapterConfigFile ? media_type::kWeightConfig : media_type::kWeight;
}

Result<StoredAdapter> import_files(const std::vector<FoundFile>& files, std::string_view name,
                                   AdapterForm form, ImportRequest request, content::Lease& lease,
                                   const BuildContext& context) {
  StoredAdapter out;
  out.form = form;
  for (const FoundFile& file : files) {
    request.path = file.path;
    request.name = path_in_pack(name, file.name);
    request.expected = file.expected;
    out.files.push_back(TRY(import_layer(request, type_of(file.name), lease, context)));
  }
  return out;
}

// Writes an adapter in the form that is asked for.
class Writer {
 public:
  Writer(const AdapterConversion& request, const tensor::HfConfig& base, content::Lease& lease,
         const BuildContext& context)
      : request_(request), base_(base), lease_(lease), context_(context) {}

  Result<StoredAdapter> write(const tensor::Adapter& adapter) {
    const StoredAdapter& source = request_.source;
    if (source.form == request_.form && source.scale == 1) return source;
    StoredAdapter out = TRY(request_.form == AdapterForm::Gguf ? gguf(adapter) : folder(adapter));
    mark_as_made(out.files);
    return out;
  }

 private:
  Result<StoredAdapter> gguf(const tensor::Adapter& adapter) {
    const std::unique_ptr<UploadSink> sink = TRY(UploadSink::create(lease_, context_.files));
    TRY(tensor::write_gguf_adapter(adapter, base_, *sink));
    const ImportRequest import{.path = sink->path(),
                               .name = request_.source.name() + ".gguf",
                               .kind = tensor::ModelFileKind::Adapter,
                               .modified = request_.modified};
    ModelFiles made = TRY(import_gguf(import, lease_, context_));
    return StoredAdapter{AdapterForm::Gguf, std::move(made.files), request_.source.scale};
  }

  // Other programs take no scale beside the adapter: it goes into it.
  Result<StoredAdapter> folder(const tensor::Adapter& adapter) {
    if (base_.nested) {
      return fail(Code::Unsupported,
                  "the base is the text model of a larger one, whose modules each program calls "
                  "otherwise",
                  "give the adapter in the target's form and without a scale, or take TARGET gguf");
    }
    const tensor::ScaledAdapter scaled(adapter, request_.source.scale);
    const std::unique_ptr<UploadFolder> sink = TRY(UploadFolder::create(lease_, context_.files));
    TRY(request_.form == AdapterForm::Peft ? tensor::write_peft(scaled, *sink)
                                           : tensor::write_mlx(scaled, *sink));
    std::vector<FoundFile> files;
    for (const std::string_view name : {tensor::kAdapterConfigFile, weights_of(request_.form)})
      files.push_back({sink->path() / name, std::string(name)});
    return import_files(files, request_.source.name(), request_.form,
                        {.modified = request_.modified}, lease_, context_);
  }

  const AdapterConversion& request_;
  const tensor::HfConfig& base_;
  content::Lease& lease_;
  const BuildContext& context_;
};

}  // namespace

std::string StoredAdapter::path() const {
  return form == AdapterForm::Gguf ? file() : os::Path(file()).parent_path().string();
}

std::string StoredAdapter::name() const { return model_name(path(), "adapter"); }

Result<tensor::HfConfig> AdapterBase::shapes() const {
  if (gguf) return TRY(tensor::hf_config_of(*gguf), "adapters in another form than GGUF");
  return TRY(tensor::parse_hf_shapes(config), "\"config.json\"");
}

Result<AdapterBase> adapter_base_of(const ModelFiles& model, const BuildContext& context) {
  AdapterBase out;
  out.gguf = model.gguf;
  if (out.gguf) return out;
  out.config = TRY(os::read_file(folder_of(model, context), tensor::kModelConfigFile,
                                 limits::kConfigFileBytesMax));
  return out;
}

AdapterForm adapter_form(Format target) {
  switch (target) {
    case Format::Gguf: return AdapterForm::Gguf;
    case Format::Safetensors: return AdapterForm::Peft;
    case Format::Mlx: return AdapterForm::Mlx;
  }
  return AdapterForm::Gguf;
}

Result<AdapterFiles> find_adapter(const std::string& written, const os::Path& folder,
                                  const BuildContext& context) {
  const os::Path path = context.locate(written, folder);
  std::optional<AdapterFiles> out;
  if (real_path(path)) {
    out = TRY(adapter_at(path, context));
  } else if (!looks_like_path(written)) {
    if (const std::optional<FoundModel> found = TRY(context.find(written)))
      out = TRY(adapter_from(*found, written, context));
  }
  if (!out) {
    return fail(Code::NotFound, fmt::format("there is no file \"{}\"", path.string()),
                "ADAPTER takes a GGUF file, a folder of PEFT or MLX, or hf.co/org/repo");
  }
  out->name = model_name(written, "adapter");
  return std::move(*out);
}

Result<void> check_adapter_fits(const AdapterFiles& adapter, const AdapterBase& base,
                                const BuildContext& context) {
  if (adapter.gguf && base.gguf) return tensor::check_adapter_fits(*adapter.gguf, *base.gguf);
  if (adapter.folder.empty()) return {};
  const tensor::HfConfig shapes = TRY(base.shapes());
  TRY(open_folder(context.files, adapter.folder, adapter.form, shapes));
  return {};
}

Result<StoredAdapter> import_adapter(const AdapterFiles& adapter, const AdapterImport& request,
                                     content::Lease& lease, const BuildContext& context) {
  ImportRequest import{.in_place = request.in_place, .modified = request.modified};
  if (adapter.form != AdapterForm::Gguf) {
    StoredAdapter out =
        TRY(import_files(adapter.files, adapter.name, adapter.form, import, lease, context));
    out.scale = request.scale;
    return out;
  }
  import.path = adapter.files[0].path;
  import.name = adapter.files[0].name;
  import.expected = adapter.files[0].expected;
  import.kind = tensor::ModelFileKind::Adapter;
  ModelFiles file = TRY(import_gguf(import, lease, context));
  return StoredAdapter{AdapterForm::Gguf, std::move(file.files), request.scale};
}

Result<StoredAdapter> convert_adapter(const AdapterConversion& request, content::Lease& lease,
                                      const BuildContext& context) {
  const StoredAdapter& source = request.source;
  if (source.form == AdapterForm::Gguf && request.form == AdapterForm::Gguf) return source;
  const tensor::HfConfig shapes = TRY(request.base.shapes());
  Writer writer(request, shapes, lease, context);
  if (source.form == AdapterForm::Gguf) {
    const content::VerifiedBlob blob =
        TRY(context.store.open_verified(source.files[0].layer, context.progress, context.stop));
    const tensor::FileSource file = TRY(tensor::FileSource::open(blob.file()));
    const std::unique_ptr<tensor::Adapter> adapter = TRY(tensor::open_gguf_adapter(file, shapes));
    return writer.write(*adapter);
  }
  std::vector<content::Descriptor> layers;
  for (const StoredFile& file : source.files) layers.push_back(file.layer);
  const PackFolder folder(std::move(layers), context);
  const std::unique_ptr<tensor::Adapter> adapter =
      TRY(open_folder(folder, source.path(), source.form, shapes));
  return writer.write(*adapter);
}

Result<StoredAdapter> adapter_of_pack(const content::Manifest& manifest,
                                      const content::AdapterUse& use) {
  StoredAdapter out;
  out.scale = use.scale;
  const std::string_view file = content::base_name(use.file);
  if (file == tensor::kPeftWeightsFile) out.form = AdapterForm::Peft;
  if (file == tensor::kMlxWeightsFile) out.form = AdapterForm::Mlx;
  std::vector<std::string> paths = {use.file};
  if (out.form != AdapterForm::Gguf)
    paths.insert(paths.begin(),
                 (os::Path(use.file).parent_path() / tensor::kAdapterConfigFile).string());
  for (const std::string& path : paths) {
    const content::Descriptor* const layer = content::find_layer(manifest, path);
    if (layer == nullptr)
      return fail(Code::Corrupt, fmt::format("its manifest has no layer \"{}\"", printable(path)));
    out.files.push_back({*layer, content::ImportWay::AlreadyThere});
  }
  return out;
}

std::vector<content::AdapterUse> uses_of(const std::vector<StoredAdapter>& adapters) {
  std::vector<content::AdapterUse> out;
  for (const StoredAdapter& adapter : adapters) out.push_back({adapter.file(), adapter.scale});
  return out;
}

}  // namespace tegula::build
