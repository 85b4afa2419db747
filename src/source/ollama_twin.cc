#include "source/ollama_twin.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"
#include "content/media_type.h"
#include "content/model_config.h"
#include "content/pack_files.h"
#include "content/runtime_settings.h"
#include "content/verified_text.h"

namespace tegula::source {
namespace {

using content::Descriptor;
using content::RuntimeSettings;
using Part = OllamaTwin::Part;

constexpr std::string_view kConfigType = "application/vnd.docker.container.image.v1+json";
constexpr std::string_view kLayerPrefix = "application/vnd.ollama.image.";
constexpr std::string_view kLicense = "LICENSE";

// What Ollama's PARAMETER takes (its api.Options and Runner).
constexpr std::array<std::string_view, 20> kParameters = {
    "draft_num_predict",
    "frequency_penalty",
    "main_gpu",
    "min_p",
    "num_batch",
    "num_ctx",
    "num_gpu",
    "num_keep",
    "num_predict",
    "num_thread",
    "presence_penalty",
    "repeat_last_n",
    "repeat_penalty",
    "seed",
    "stop",
    "temperature",
    "top_k",
    "top_p",
    "typical_p",
    "use_mmap",
};

Part text_part(std::string_view type, std::string bytes) {
  const Descriptor blob{.media_type = std::string(type),
                        .digest = content::Digest::of(bytes_of(bytes)),
                        .size = bytes.size()};
  return {std::string(type), blob, std::move(bytes), false};
}

codec::OrderedJson descriptor_json(const Part& part) {
  return {
      {"mediaType", part.media_type}, {"digest", part.blob.digest.str()}, {"size", part.blob.size}};
}

class TwinMaker {
 public:
  TwinMaker(const content::Manifest& pack, const content::Store& store, Progress& progress,
            const Stop& stop)
      : pack_(pack), store_(store), progress_(progress), stop_(stop) {}

  Result<OllamaTwin> make() {
    settings_ =
        TRY(RuntimeSettings::parse(TRY(text_of(TRY(layer(content::kRuntimeSettingsFile))))));
    if (!settings_.is_gguf())
      return fail(Code::Unsupported, "Ollama's manifests are of GGUF models",
                  "take the pack of a target gguf");
    TRY(add_pack_layer("model", settings_.model));
    TRY(add_adapters());
    if (!settings_.draft.empty()) left_out_.emplace_back("its draft model");
    TRY(add_template());
    if (!settings_.system.empty()) add_text("system", settings_.system);
    TRY(add_parameters());
    TRY(add_messages());
    TRY(add_license());
    Part about = TRY(config());
    OllamaTwin out{.config = std::move(about), .layers = std::move(layers_), .manifest = {}};
    out.manifest = manifest_of(out);
    out.left_out = std::move(left_out_);
    return out;
  }

 private:
  Result<Descriptor> layer(std::string_view path) const {
    const Descriptor* found = content::find_layer(pack_, path);
    if (found != nullptr) return *found;
    return fail(Code::Corrupt, fmt::format("its manifest has no layer \"{}\"", printable(path)));
  }

  Result<std::string> text_of(const Descriptor& blob) const {
    const content::VerifiedBlob verified = TRY(store_.open_verified(blob, progress_, stop_));
    return content::read_text(verified, limits::kConfigBytesMax);
  }

  Result<void> add_pack_layer(std::string_view kind, const std::string& path) {
    Descriptor blob = TRY(layer(path));
    layers_.push_back({fmt::format("{}{}", kLayerPrefix, kind), std::move(blob)});
    return {};
  }

  void add_text(std::string_view kind, std::string bytes) {
    layers_.push_back(text_part(fmt::format("{}{}", kLayerPrefix, kind), std::move(bytes)));
  }

  Result<void> add_adapters() {
    if (settings_.adapters.size() > 1)
      return fail(Code::Unsupported,
                  fmt::format("it has {} adapters; Ollama runs one", settings_.adapters.size()));
    for (const content::AdapterUse& adapter : settings_.adapters) {
      if (adapter.scale != 1.0)
        return fail(Code::Unsupported,
                    fmt::format("its adapter \"{}\" has the scale {}; Ollama has none",
                                printable(adapter.file), adapter.scale));
      TRY(add_pack_layer("adapter", adapter.file));
    }
    return {};
  }

  Result<void> add_template() {
    if (settings_.chat_template.empty()) return {};
    const std::string path(content::kGoTemplateFile);
    if (content::find_layer(pack_, path) != nullptr) return add_pack_layer("template", path);
    left_out_.emplace_back("its chat template, which is Jinja: Ollama takes the model file's own");
    return {};
  }

  // Sorted by name, as Go writes a map.
  Result<void> add_parameters() {
    codec::Json json = codec::Json::object();
    for (const auto& [name, value] : settings_.parameters) {
      if (std::ranges::find(kParameters, name) == kParameters.end()) {
        left_out_.push_back(fmt::format("its parameter {}", printable(name)));
        continue;
      }
      json[name] = std::visit([](const auto& plain) { return codec::Json(plain); }, value);
    }
    if (!json.empty()) add_text("params", TRY(codec::canonical_json(json), "parameters"));
    return {};
  }

  Result<void> add_messages() {
    codec::OrderedJson json = codec::OrderedJson::array();
    for (const content::Message& message : settings_.messages)
      json.push_back({{"role", message.role}, {"content", message.content}});
    if (!json.empty()) add_text("messages", json.dump());
    return {};
  }

  // As the Modelfile had it: without the line's end that the pack's file has.
  Result<void> add_license() {
    const Descriptor* found = content::find_layer(pack_, kLicense);
    if (found == nullptr) return {};
    std::string text = TRY(text_of(*found));
    if (text.ends_with('\n')) text.pop_back();
    add_text("license", std::move(text));
    return {};
  }

  // Whatever it runs on, Ollama's own say amd64 and linux.
  Result<Part> config() const {
    const content::ModelConfig pack =
        TRY(content::ModelConfig::parse(TRY(text_of(pack_.config))), "config");
    codec::OrderedJson json = {{"model_format", "gguf"},
                               {"model_family", pack.descriptor.family},
                               {"model_families", {pack.descriptor.family}},
                               {"model_type", pack.param_size},
                               {"file_type", pack.quantization}};
    if (!settings_.requires_version.empty()) json["requires"] = settings_.requires_version;
    json["architecture"] = "amd64";
    json["os"] = "linux";
    json["rootfs"] = {{"type", "layers"}, {"diff_ids", codec::OrderedJson::array()}};
    for (const Part& part : layers_) json["rootfs"]["diff_ids"].push_back(part.blob.digest.str());
    return text_part(kConfigType, json.dump());
  }

  static std::string manifest_of(const OllamaTwin& twin) {
    codec::OrderedJson json;
    json["schemaVersion"] = 2;
    json["mediaType"] = content::media_type::kDockerManifest;
    json["config"] = descriptor_json(twin.config);
    json["layers"] = codec::OrderedJson::array();
    for (const Part& part : twin.layers) json["layers"].push_back(descriptor_json(part));
    return json.dump();
  }

  const content::Manifest& pack_;
  const content::Store& store_;
  Progress& progress_;
  const Stop& stop_;
  RuntimeSettings settings_;
  std::vector<Part> layers_;
  std::vector<std::string> left_out_;
};

}  // namespace

std::vector<const Part*> OllamaTwin::parts() const {
  std::vector<const Part*> out = {&config};
  for (const Part& part : layers) out.push_back(&part);
  return out;
}

Result<OllamaTwin> make_ollama_twin(const content::Digest& pack, const content::Store& store,
                                    Progress& progress, const Stop& stop) {
  const content::Manifest manifest = TRY(store.read_manifest(pack));
  return TRY(TwinMaker(manifest, store, progress, stop).make(), "Ollama's manifest");
}

}  // namespace tegula::source
