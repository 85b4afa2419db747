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
std::vector<std::string> license_names(const BaseModel& base) {
  std::vector<std::string> out;
  std::ranges::copy_if(base.licenses, std::back_inserter(out), is_license_name);
  if (out.empty() && is_license_name(base.weights.info.license))
    out.push_back(base.weights.info.license);
  return out;
}

// "starter-q8_0" of "starter-q8_0.gguf". The pack's digest must not depend on the name it is given.
std::string stem(const std::string& file) { return file.substr(0, file.rfind('.')); }

content::ModelConfig config_of(const PackParts& parts,
                               const std::vector<content::Descriptor>& layers) {
  const tensor::ModelInfo& info = parts.base.weights.info;
  content::ModelConfig out;
  out.descriptor.created_at = rfc3339(parts.created);
  out.descriptor.family = info.architecture;
  out.descriptor.name = info.name.empty() ? stem(parts.base.settings.model) : info.name;
  out.descriptor.licenses = license_names(parts.base);
  out.architecture = "transformer";
  out.format = "gguf";
  out.param_size = content::param_size(info.parameters);
  out.quantization = info.quantization;
  out.capabilities = content::ModelCapabilities{
      .input_types = {"text"}, .output_types = {info.pooled ? "embedding" : "text"}};
  for (const content::Descriptor& layer : layers) out.diff_ids.push_back(layer.digest);
  return out;
}

// What modctl and KitOps look for (registry reference §1.2).
content::Annotations annotations_of(const PackParts& parts) {
  const std::string& file = parts.base.settings.model;
  const std::string name = stem(file);
  const codec::OrderedJson kitfile = {{"manifestVersion", "1.0.0"},
                                      {"package", {{"name", name}}},
                                      {"model", {{"name", name}, {"path", file}}}};
  content::Annotations out(parts.labels.begin(), parts.labels.end());
  out.emplace(content::annotation::kModctlModelfile, fmt::format("NAME {}\nMODEL *.gguf\n", name));
  out.emplace(content::annotation::kKitopsKitfile, kitfile.dump());
  out.emplace(content::annotation::kCreated, rfc3339(parts.created));
  out.emplace(content::annotation::kTarget, "gguf");
  const std::vector<std::string> licenses = license_names(parts.base);
  if (!licenses.empty())  // an SPDX expression
    out.emplace(content::annotation::kLicenses, fmt::format("{}", fmt::join(licenses, " AND ")));
  return out;
}

// Stores the text layers and lists all layers in the order weight.config, weight, doc, code.
Result<std::vector<content::Descriptor>> put_layers(const PackParts& parts, content::Lease& lease,
                                                    content::Store& store) {
  const BaseModel& base = parts.base;
  std::vector<content::Descriptor> out;
  const auto put = [&](std::string_view type, std::string_view path,
                       const std::string& text) -> Result<void> {
    out.push_back(TRY(put_text_layer(type, path, text, parts.created, lease, store)));
    return {};
  };
  content::RuntimeSettings settings = base.settings;
  settings.chat_template = base.chat_template.empty() ? "" : std::string(kChatTemplateFile);
  if (!base.chat_template.empty())
    TRY(put(media_type::kWeightConfig, kChatTemplateFile, base.chat_template));
  TRY(put(media_type::kWeightConfig, content::kRuntimeSettingsFile, settings.encode()));
  out.push_back(base.weights.layer);
  out.insert(out.end(), base.adapters.begin(), base.adapters.end());
  if (base.draft) out.push_back(*base.draft);
  if (!base.licenses.empty()) TRY(put(media_type::kDoc, kLicenseFile, license_text(base.licenses)));
  TRY(put(media_type::kCode, kModelfileFile, TRY(modelfile_of(settings, base, parts.labels))));
  return out;
}

}  // namespace

Result<Pack> assemble(const PackParts& parts, content::Lease& lease, content::Store& store) {
  std::vector<content::Descriptor> layers = TRY(put_layers(parts, lease, store));
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

Result<std::string> modelfile_of(const content::RuntimeSettings& settings, const BaseModel& base,
                                 const std::map<std::string, std::string>& labels) {
  using modelfile::Instruction;
  modelfile::Modelfile out;
  const auto add = [&](Instruction instruction, const char* name, std::string args) {
    out.commands.push_back(command(instruction, name, std::move(args)));
  };
  add(Instruction::From, "model", "./" + settings.model);
  for (const content::AdapterUse& adapter : settings.adapters) {
    add(Instruction::Adapter, "adapter",
        adapter.scale == 1.0 ? "./" + adapter.file
                             : fmt::format("./{} scale={}", adapter.file, adapter.scale));
  }
  if (!settings.draft.empty()) add(Instruction::Draft, "draft", "./" + settings.draft);
  for (const auto& [name, value] : settings.parameters) add_parameter(name, value, out);
  if (!base.chat_template.empty()) add(Instruction::Template, "template", base.chat_template);
  if (!settings.system.empty()) add(Instruction::System, "system", settings.system);
  for (const content::Message& message : settings.messages)
    add(Instruction::Message, "message", message.role + ": " + message.content);
  if (!settings.requires_version.empty())
    add(Instruction::Requires, "requires", settings.requires_version);
  for (const std::string& license : base.licenses) add(Instruction::License, "license", license);
  for (const auto& [key, value] : labels)
    add(Instruction::Label, "label", fmt::format("{}=\"{}\"", key, value));
  return modelfile::print(out);
}

}  // namespace tegula::build
