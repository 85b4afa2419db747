#include "source/oci_model.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"
#include "content/annotation.h"
#include "content/file_path.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "source/gguf_choice.h"
#include "source/ollama_manifest.h"

namespace tegula::source {
namespace {

using content::Descriptor;
using content::ImageManifest;

// github.com/docker/model-runner, pkg/distribution/types.
constexpr std::string_view kDockerGguf = "application/vnd.docker.ai.gguf.v3";
constexpr std::string_view kDockerLora = "application/vnd.docker.ai.gguf.v3.lora";
constexpr std::string_view kDockerTemplate = "application/vnd.docker.ai.chat.template.jinja";
constexpr std::string_view kDockerLicense = "application/vnd.docker.ai.license";

constexpr std::string_view kOllamaPrefix = "application/vnd.ollama.image.";

bool is_ollama(const ImageManifest& manifest) {
  return std::ranges::any_of(manifest.layers, [](const Descriptor& layer) {
    return layer.media_type.starts_with(kOllamaPrefix);
  });
}

// The last part of the name that the layer was given; empty if it has none that can be one.
std::string file_name(const Descriptor& layer) {
  for (const std::string_view annotation :
       {content::annotation::kFilePath, content::annotation::kTitle}) {
    const std::string* path = content::find_annotation(layer.annotations, annotation);
    if (path == nullptr || !content::check_file_path(*path)) continue;
    return path->substr(path->rfind('/') + 1);
  }
  return {};
}

Result<RemoteModel> model_of_ollama(std::string_view json, std::string_view name) {
  const OllamaManifest manifest = TRY(parse_ollama_manifest(json));
  const auto weights =
      std::ranges::find(manifest.layers, OllamaLayer::Model, &OllamaManifest::Layer::kind);
  if (weights == manifest.layers.end()) return fail(Code::Corrupt, "it has no layer of weights");
  RemoteModel out{.files = {{weights->blob, fmt::format("{}.gguf", name)}}};
  const auto add_text = [&](RemoteText::Kind kind, const Descriptor& blob) {
    out.texts.push_back({kind, blob});
  };
  add_text(RemoteText::Kind::OllamaConfig, manifest.config);
  for (const OllamaManifest::Layer& layer : manifest.layers) {
    switch (layer.kind) {
      case OllamaLayer::Model: break;
      case OllamaLayer::Adapter:
        out.adapters.push_back(
            {layer.blob, fmt::format("adapter-{}.gguf", out.adapters.size() + 1)});
        break;
      case OllamaLayer::Projector: out.left_out.push_back("its projector"); break;
      case OllamaLayer::Draft: out.left_out.push_back("its draft model"); break;
      case OllamaLayer::Template: add_text(RemoteText::Kind::Template, layer.blob); break;
      case OllamaLayer::System: add_text(RemoteText::Kind::System, layer.blob); break;
      case OllamaLayer::Params: add_text(RemoteText::Kind::Parameters, layer.blob); break;
      case OllamaLayer::Messages: add_text(RemoteText::Kind::Messages, layer.blob); break;
      case OllamaLayer::License: add_text(RemoteText::Kind::License, layer.blob); break;
    }
  }
  return out;
}

// A weight by its type, or any file that calls itself GGUF.
bool is_weight(const Descriptor& layer) {
  return layer.media_type == kDockerGguf || is_gguf(file_name(layer));
}

Result<RemoteModel> model_of_files(const ImageManifest& manifest, std::string_view name) {
  std::vector<RemoteFile> models;
  std::vector<RemoteFile> adapters;
  std::vector<std::string> left_out;
  std::vector<RemoteText> texts;
  for (const Descriptor& layer : manifest.layers) {
    const std::string file = file_name(layer);
    if (layer.media_type == kDockerLora) {
      adapters.push_back({layer, fmt::format("adapter-{}.gguf", adapters.size() + 1)});
    } else if (is_projector(file)) {
      left_out.push_back(fmt::format("the projector \"{}\"", file));
    } else if (is_weight(layer)) {
      models.push_back({layer, is_gguf(file) ? file : fmt::format("{}.gguf", name)});
    } else if (layer.media_type == kDockerTemplate || file.ends_with(".jinja")) {
      texts.push_back({RemoteText::Kind::Template, layer});
    } else if (layer.media_type == kDockerLicense || file == "LICENSE") {
      texts.push_back({RemoteText::Kind::License, layer});
    }
  }
  if (models.empty())
    return fail(Code::Unsupported, fmt::format("it is of the kind \"{}\" and holds no GGUF model",
                                               printable(manifest.kind())));
  if (models.size() > 1) {
    std::vector<std::string> names;
    for (const RemoteFile& file : models) names.push_back(file.name);
    return fail(Code::InvalidArgument, fmt::format("it holds {} models", models.size()),
                printable(fmt::format("there are: {}", fmt::join(names, ", ")), 1000));
  }
  return RemoteModel{.files = std::move(models),
                     .adapters = std::move(adapters),
                     .left_out = std::move(left_out),
                     .texts = std::move(texts)};
}

}  // namespace

Result<RemoteModel> model_in_manifest(std::string_view json, std::string_view name) {
  const ImageManifest manifest = TRY(ImageManifest::parse(json));
  return is_ollama(manifest) ? model_of_ollama(json, name) : model_of_files(manifest, name);
}

Result<void> add_text(const RemoteText& text, std::string_view bytes, RemoteModel& model) {
  switch (text.kind) {
    case RemoteText::Kind::Template: model.chat_template = bytes; return {};
    case RemoteText::Kind::System: model.system = bytes; return {};
    case RemoteText::Kind::Parameters:
      model.parameters = TRY(parse_ollama_params(bytes));
      return {};
    case RemoteText::Kind::Messages: model.messages = TRY(parse_ollama_messages(bytes)); return {};
    case RemoteText::Kind::License: model.licenses.emplace_back(bytes); return {};
    case RemoteText::Kind::OllamaConfig: {
      const OllamaConfig config = TRY(parse_ollama_config(bytes));
      if (config.renderer.empty()) return {};
      model.left_out.push_back(
          fmt::format("its prompt format \"{}\", which is code inside Ollama", config.renderer));
      return {};
    }
  }
  return {};
}

}  // namespace tegula::source
