#include "launch/verified_model.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "content/annotation.h"
#include "content/verified_text.h"
#include "tensor/byte_source.h"
#include "tensor/gguf.h"
#include "tensor/model_check.h"

namespace tegula::launch {
namespace {

// Opens layers of one manifest, checked.
class Layers {
 public:
  Layers(content::Store& store, const content::Manifest& manifest, Progress& progress,
         const Stop& stop)
      : store_(store), manifest_(manifest), progress_(progress), stop_(stop) {}

  Result<content::VerifiedBlob> open(std::string_view path) const {
    const content::Descriptor* layer = content::find_layer(manifest_, path);
    if (layer == nullptr) {
      return fail(Code::Corrupt,
                  fmt::format("{} names the layer \"{}\", which the manifest has not",
                              content::kRuntimeSettingsFile, path));
    }
    return store_.open_verified(*layer, progress_, stop_);
  }

  Result<std::string> read(std::string_view path, std::uint64_t bytes_max) const {
    return content::read_text(TRY(open(path)), bytes_max);
  }

 private:
  content::Store& store_;
  const content::Manifest& manifest_;
  Progress& progress_;
  const Stop stop_;
};

Result<WeightFile> read_weights(const Layers& layers, const std::string& path,
                                tensor::ModelFileKind kind = tensor::ModelFileKind::Model) {
  content::VerifiedBlob blob = TRY(layers.open(path));
  const tensor::FileSource source = TRY(tensor::FileSource::open(blob.file()));
  tensor::Gguf gguf = TRY(tensor::read_gguf(source), fmt::format("layer \"{}\"", path));
  tensor::ModelInfo info = tensor::model_info(gguf, kind);
  return WeightFile{path, std::move(blob), std::move(gguf), std::move(info)};
}

Result<void> add_adapters(const Layers& layers, const tensor::Gguf& base, VerifiedModel& model) {
  for (const content::AdapterUse& use : model.settings.adapters) {
    WeightFile adapter = TRY(read_weights(layers, use.file, tensor::ModelFileKind::Adapter));
    const std::string label = fmt::format("adapter \"{}\"", use.file);
    TRY(tensor::check_adapter(adapter.gguf), label);
    TRY(tensor::check_adapter_fits(adapter.gguf, base), label);
    model.adapters.push_back(std::move(adapter));
  }
  return {};
}

// None in a store that may only be read. The model runs all the same: what it needs is open before
// somebody else's garbage collection could take its name away.
Result<std::unique_ptr<content::Lease>> lease_of(content::Store& store,
                                                 const content::Digest& digest) {
  auto lease = store.lease();
  if (!lease && lease.error().code == Code::PermissionDenied)
    return std::unique_ptr<content::Lease>();
  if (!lease) return lease;
  TRY((*lease)->protect(digest));
  return lease;
}

Result<VerifiedModel> open_model(content::Store& store, const content::Reference& reference,
                                 const content::Digest& digest, Progress& progress,
                                 const Stop& stop) {
  std::unique_ptr<content::Lease> lease = TRY(lease_of(store, digest));
  content::Manifest manifest = TRY(store.read_manifest(digest));
  const Layers layers(store, manifest, progress, stop);
  content::RuntimeSettings settings = TRY(content::RuntimeSettings::parse(
      TRY(layers.read(content::kRuntimeSettingsFile, limits::kJsonBytesMax))));

  if (!settings.is_gguf()) {
    const std::string* const target =
        content::find_annotation(manifest.annotations, content::annotation::kTarget);
    return fail(Code::Unsupported,
                fmt::format("it is built for {}, and the engine here runs GGUF",
                            target == nullptr ? "safetensors" : printable(*target)),
                "build it with TARGET gguf too, or run the tag that ends in -gguf…");
  }
  WeightFile weights = TRY(read_weights(layers, settings.model));
  TRY(tensor::check_model(weights.gguf), fmt::format("layer \"{}\"", settings.model));
  VerifiedModel out{reference, digest,       manifest, std::move(settings), std::move(weights),
                    {},        std::nullopt, {},       std::move(lease)};
  TRY(add_adapters(layers, out.model.gguf, out));
  if (!out.settings.draft.empty()) {
    WeightFile draft = TRY(read_weights(layers, out.settings.draft));
    TRY(tensor::check_model(draft.gguf), fmt::format("draft \"{}\"", out.settings.draft));
    out.draft = std::move(draft);
  }
  if (!out.settings.chat_template.empty())
    out.chat_template = TRY(layers.read(out.settings.chat_template, limits::kModelfileBytesMax));
  return out;
}

}  // namespace

Result<VerifiedModel> verify_model(content::Store& store, const content::Reference& reference,
                                   Progress& progress, const Stop& stop) {
  const content::Digest digest = TRY(store.resolve(reference));  // names the model itself
  return TRY(open_model(store, reference, digest, progress, stop),
             fmt::format("model \"{}\"", reference.str()));
}

Result<content::RuntimeSettings> read_settings(content::Store& store,
                                               const content::Manifest& manifest,
                                               Progress& progress, const Stop& stop) {
  const Layers layers(store, manifest, progress, stop);
  return content::RuntimeSettings::parse(
      TRY(layers.read(content::kRuntimeSettingsFile, limits::kJsonBytesMax)));
}

}  // namespace tegula::launch
