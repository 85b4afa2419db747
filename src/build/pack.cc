#include "build/pack.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "build/text_layer.h"
#include "codec/json.h"
#include "content/annotation.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "content/pack_files.h"
#include "modelfile/printer.h"

namespace tegula::build {
namespace {

namespace media_type = content::media_type;

modelfile::Command command(modelfile::Instruction instruction, std::string name, std::string args) {
  modelfile::Command out;
  out.instruction = instruction;
  out.name = std::move(name);
  out.args = std::move(args);
  return out;
}

void add_parameter(const std::string& name, const content::Parameter& value,
                   modelfile::Modelfile& out) {
  using modelfile::Instruction;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& item : *list)
      out.commands.push_back(command(Instruction::Parameter, name, item));
    return;
  }
  std::string text;
  if (const auto* flag = std::get_if<bool>(&value)) text = *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) text = fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&value)) text = fmt::format("{}", *real);
  out.commands.push_back(command(Instruction::Parameter, name, text));
}

std::string license_text(const std::vector<std::string>& licenses) {
  std::string out = fmt::format("{}", fmt::join(licenses, "\n\n"));
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

// An SPDX identifier as GGUF files carry it: one word.
bool is_license_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+") ==
             std::string_view::npos;
}

// What the Modelfile says goes before what the model file says.
std::vector<std::string> license_names(const PackParts& parts) {
  std::vector<std::string> out;
  std::ranges::copy_if(parts.base.licenses, std::back_inserter(out), is_license_name);
  if (out.empty() && is_license_name(parts.model.info.license))
    out.push_back(parts.model.info.license);
  return out;
}

// "starter-q8_0" of "starter-q8_0.gguf". The pack's digest must not depend on the name it is given.
std::string stem(const ModelFiles& model) {
  return model.format == Format::Gguf ? model.main.substr(0, model.main.rfind('.')) : "model";
}

content::ModelConfig config_of(const PackParts& parts,
                               const std::vector<content::Descriptor>& layers) {
  const tensor::ModelInfo& info = parts.model.info;
  content::ModelConfig out;
  out.descriptor.created_at = rfc3339(parts.created);
  out.descriptor.family = info.architecture;
  out.descriptor.name = info.name.empty() ? stem(parts.model) : info.name;
  out.descriptor.licenses = license_names(parts);
  out.architecture = "transformer";
  out.format = parts.model.format == Format::Gguf ? "gguf" : "safetensors";  // MLX's are too
  out.param_size = content::param_size(info.parameters);
  out.quantization = info.quantization;
  out.capabilities = content::ModelCapabilities{
      .input_types = {"text"}, .output_types = {info.pooled ? "embedding" : "text"}};
  for (const content::Descriptor& layer : layers) out.diff_ids.push_back(layer.digest);
  return out;
}

// What modctl and KitOps look for (registry reference §1.2).
content::Annotations annotations_of(const PackParts& parts) {
  const bool is_gguf = parts.model.format == Format::Gguf;
  const std::string& file = parts.model.main;
  const std::string name = stem(parts.model);
  const codec::OrderedJson kitfile = {{"manifestVersion", "1.0.0"},
                                      {"package", {{"name", name}}},
                                      {"model", {{"name", name}, {"path", file}}}};
  content::Annotations out(parts.labels.begin(), parts.labels.end());
  out.emplace(content::annotation::kModctlModelfile,
              is_gguf ? fmt::format("NAME {}\nMODEL *.gguf\n", name)
                      : fmt::format("NAME {}\nCONFIG *.json\nMODEL *.safetensors\n", name));
  out.emplace(content::annotation::kKitopsKitfile, kitfile.dump());
  out.emplace(content::annotation::kCreated, rfc3339(parts.created));
  out.emplace(content::annotation::kTarget, std::string(format_name(parts.model.format)));
  const std::vector<std::string> licenses = license_names(parts);
  if (!licenses.empty())  // an SPDX expression
    out.emplace(content::annotation::kLicenses, fmt::format("{}", fmt::join(licenses, " AND ")));
  return out;
}

// Stores the text layers and lists all layers in the order weight.config, weight, doc, code. What
// the Modelfile says stands in place of the model's own file of that name.
class Layers {
 public:
  Layers(const PackParts& parts, content::Lease& lease, content::Store& store)
      : parts_(parts), lease_(lease), store_(store) {}

  Result<std::vector<content::Descriptor>> put() {
    const BaseModel& base = parts_.base;
    content::RuntimeSettings settings = base.settings;
    settings.model = parts_.model.main;
    settings.adapters = uses_of(parts_.adapters);
    settings.chat_template = base.chat_template.empty() ? "" : std::string(kChatTemplateFile);
    if (!base.chat_template.empty())
      TRY(text(media_type::kWeightConfig, kChatTemplateFile, base.chat_template));
    if (!base.go_template.empty())
      TRY(text(media_type::kWeightConfig, content::kGoTemplateFile, base.go_template));
    TRY(text(media_type::kWeightConfig, content::kRuntimeSettingsFile, settings.encode()));
    add_files(media_type::kWeightConfig);
    add_files(media_type::kWeight);
    if (base.draft) out_.push_back(*base.draft);
    if (!base.licenses.empty())
      TRY(text(media_type::kDoc, kLicenseFile, license_text(base.licenses)));
    add_files(media_type::kDoc);
    TRY(text(media_type::kCode, kModelfileFile, TRY(modelfile_of(settings, parts_))));
    return std::move(out_);
  }

 private:
  Result<void> text(std::string_view type, std::string_view path, const std::string& text) {
    out_.push_back(TRY(put_text_layer(type, path, text, parts_.created, lease_, store_)));
    return {};
  }

  void add_files(std::string_view type) {
    for (const StoredFile& file : parts_.model.files) {
      const std::string_view path = content::file_path(file.layer);
      const bool is_replaced = (path == kChatTemplateFile && !parts_.base.chat_template.empty()) ||
                               (path == kLicenseFile && !parts_.base.licenses.empty());
      if (file.layer.media_type == type && !is_replaced) out_.push_back(file.layer);
    }
    for (const StoredAdapter& adapter : parts_.adapters)
      for (const StoredFile& file : adapter.files)
        if (file.layer.media_type == type) out_.push_back(file.layer);
  }

  const PackParts& parts_;
  content::Lease& lease_;
  content::Store& store_;
  std::vector<content::Descriptor> out_;
};

}  // namespace

Result<Pack> assemble(const PackParts& parts, content::Lease& lease, content::Store& store) {
  std::vector<content::Descriptor> layers = TRY(Layers(parts, lease, store).put());
  content::ModelConfig config = config_of(parts, layers);
  const content::StoredBlob blob =
      TRY(store.put_bytes(bytes_of(TRY(content::encode(config))), lease));
  content::Manifest manifest{.config = {.media_type = std::string(media_type::kModelConfig),
                                        .digest = blob.digest,
                                        .size = blob.size},
                             .layers = std::move(layers)};
  manifest.annotations = annotations_of(parts);
  return Pack{std::move(manifest), std::move(config)};
}

Result<std::string> modelfile_of(const content::RuntimeSettings& settings, const PackParts& parts) {
  using modelfile::Instruction;
  const BaseModel& base = parts.base;
  modelfile::Modelfile out;
  const auto add = [&](Instruction instruction, const char* name, std::string args) {
    out.commands.push_back(command(instruction, name, std::move(args)));
  };
  const bool is_one_file = parts.model.format == Format::Gguf;
  add(Instruction::From, "model", is_one_file ? "./" + settings.model : ".");
  for (const StoredAdapter& adapter : parts.adapters) {
    add(Instruction::Adapter, "adapter",
        adapter.scale == 1.0 ? "./" + adapter.path()
                             : fmt::format("./{} scale={}", adapter.path(), adapter.scale));
  }
  if (!settings.draft.empty()) add(Instruction::Draft, "draft", "./" + settings.draft);
  for (const auto& [name, value] : settings.parameters) add_parameter(name, value, out);
  if (!base.chat_template.empty())
    add(Instruction::Template, "template",
        base.go_template.empty() ? base.chat_template : base.go_template);
  if (!settings.system.empty()) add(Instruction::System, "system", settings.system);
  for (const content::Message& message : settings.messages)
    add(Instruction::Message, "message", message.role + ": " + message.content);
  if (!settings.requires_version.empty())
    add(Instruction::Requires, "requires", settings.requires_version);
  for (const std::string& license : base.licenses) add(Instruction::License, "license", license);
  for (const auto& [key, value] : parts.labels)
    add(Instruction::Label, "label", fmt::format("{}=\"{}\"", key, value));
  return modelfile::print(out);
}

}  // namespace tegula::build
