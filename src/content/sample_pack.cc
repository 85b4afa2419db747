#include "content/sample_pack.h"

#include "content/annotation.h"
#include "content/blob_tree.h"
#include "content/layer.h"

namespace tegula::content {
namespace {

std::string_view type_of(std::string_view path) {
  if (path == "LICENSE") return media_type::kDoc;
  if (path == "Modelfile") return media_type::kCode;
  return path.ends_with(".gguf") ? media_type::kWeight : media_type::kWeightConfig;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> sample_files() {
  return {{"tegula.json", R"({"parameters":{"temperature":0}})"},
          {"tiny-1M-v1.0-Q8_0.gguf", "GGUF" + std::string(4096, 'w')},
          {"chat_template.jinja", "{{ messages[0].content }}"},
          {"LICENSE", "Apache-2.0\n"},
          {"Modelfile", "FROM tiny-1M-v1.0-Q8_0.gguf\n"}};
}

Descriptor layer_of(const std::string& path, std::string_view bytes) {
  return make_layer({.media_type = type_of(path),
                     .path = path,
                     .digest = Digest::of(bytes_of(bytes)),
                     .size = bytes.size(),
                     .tree_root = tree_of(bytes_of(bytes)).root});
}

Descriptor sample_layer(const std::string& path) { return layer_of(path, path); }

ModelConfig sample_config() {
  ModelConfig config{.descriptor = {.created_at = "1970-01-01T00:00:00Z",
                                    .family = "llama",
                                    .name = "tiny",
                                    .version = "1.0",
                                    .licenses = {"Apache-2.0"}},
                     .architecture = "transformer",
                     .format = "gguf",
                     .param_size = "1M",
                     .precision = "float16",
                     .quantization = "Q8_0",
                     .capabilities = ModelCapabilities{
                         .input_types = {"text"}, .output_types = {"text"}, .languages = {"en"}}};
  for (const auto& [path, bytes] : sample_files())
    config.diff_ids.push_back(Digest::of(bytes_of(bytes)));
  return config;
}

Manifest sample_manifest() {
  const std::string config = encode(sample_config()).value();
  Manifest manifest{.config = {.media_type = std::string(media_type::kModelConfig),
                               .digest = Digest::of(bytes_of(config)),
                               .size = config.size()}};
  for (const auto& [path, bytes] : sample_files()) manifest.layers.push_back(layer_of(path, bytes));
  manifest.annotations.emplace(annotation::kModctlModelfile, "NAME tiny\nMODEL *.gguf\n");
  manifest.annotations.emplace(annotation::kCreated, "1970-01-01T00:00:00Z");
  manifest.annotations.emplace(annotation::kLicenses, "Apache-2.0");
  manifest.annotations.emplace("dev.tegula.target", "gguf");
  return manifest;
}

}  // namespace tegula::content
