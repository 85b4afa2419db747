#include "cli/show_model.h"

#include "base/limits.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "cli/models.h"
#include "cli/parameter.h"
#include "content/annotation.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "content/verified_text.h"

namespace tegula::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string count(std::uint64_t value) { return value == 0 ? "-" : fmt::format("{}", value); }

// What the pack states, which the Modelfile may have said; else what the model file says.
std::string license_of(const launch::VerifiedModel& model) {
  const std::string* stated =
      content::find_annotation(model.manifest.annotations, content::annotation::kLicenses);
  return stated == nullptr ? model.model.info.license : *stated;
}

Rows facts(const launch::VerifiedModel& model) {
  const tensor::ModelInfo& info = model.model.info;
  const std::string license = license_of(model);
  Rows rows = {{"  name", info.name.empty() ? "-" : info.name},
               {"  architecture", info.architecture},
               {"  parameters", tensor::parameters_text(info.parameters)},
               {"  quantization", info.quantization},
               {"  context length", count(info.context_length)},
               {"  embedding length", count(info.embedding_length)},
               {"  layers", count(info.layers.size())},
               {"  heads", fmt::format("{} ({} for keys and values)", info.heads, info.kv_heads)},
               {"  vocabulary", fmt::format("{} ({})", info.vocabulary, info.tokenizer)},
               {"  license", license.empty() ? "-" : license}};
  const bool own = model.chat_template.empty();
  const std::string& text = own ? info.chat_template : model.chat_template;
  rows.push_back({"  chat template", text.empty() ? "none"
                                                  : fmt::format("{} bytes{}", text.size(),
                                                                own ? ", the model's own" : "")});
  return rows;
}

Rows layers(const content::Manifest& manifest) {
  Rows rows = {{"  FILE", "SIZE", "DIGEST"}};
  for (const content::Descriptor& layer : manifest.layers)
    rows.push_back({fmt::format("  {}", content::file_path(layer)), human_bytes(layer.size),
                    layer.digest.str()});
  return rows;
}

std::string shape_text(const tensor::GgufTensor& tensor) {
  std::string out;
  for (const std::uint64_t extent : tensor.used_shape())
    out += fmt::format("{}{}", out.empty() ? "" : "×", extent);
  return out;
}

Rows tensors(const tensor::Gguf& gguf) {
  Rows rows = {{"  TENSOR", "TYPE", "SHAPE"}};
  for (const tensor::GgufTensor& tensor : gguf.tensors())
    rows.push_back(
        {"  " + tensor.name, std::string(tensor::dtype_name(tensor.type)), shape_text(tensor)});
  return rows;
}

codec::OrderedJson layers_json(const content::Manifest& manifest) {
  codec::OrderedJson out = codec::OrderedJson::array();
  for (const content::Descriptor& layer : manifest.layers) {
    const std::string* root =
        content::find_annotation(layer.annotations, content::annotation::kTreeRoot);
    out.push_back(
        {{"file", content::file_path(layer)},
         {"media_type", layer.media_type},
         {"digest", layer.digest.str()},
         {"size", layer.size},
         {"tree_root", root == nullptr ? codec::OrderedJson() : codec::OrderedJson(*root)}});
  }
  return out;
}

codec::OrderedJson parameters_json(const content::RuntimeSettings& settings) {
  codec::OrderedJson out = codec::OrderedJson::object();
  for (const auto& [name, value] : settings.parameters)
    out[name] = std::visit([](const auto& plain) { return codec::OrderedJson(plain); }, value);
  return out;
}

codec::OrderedJson tensors_json(const tensor::Gguf& gguf) {
  codec::OrderedJson out = codec::OrderedJson::array();
  for (const tensor::GgufTensor& tensor : gguf.tensors()) {
    codec::OrderedJson shape = codec::OrderedJson::array();
    for (const std::uint64_t extent : tensor.used_shape()) shape.push_back(extent);
    out.push_back({{"name", tensor.name},
                   {"type", tensor::dtype_name(tensor.type)},
                   {"shape", shape},
                   {"bytes", tensor.bytes},
                   {"offset", tensor.offset}});
  }
  return out;
}

Result<std::string> layer_text(std::string_view path, const launch::VerifiedModel& model,
                               Session& session) {
  const content::Descriptor* layer = content::find_layer(model.manifest, path);
  if (layer == nullptr) return std::string();
  content::Store* store = TRY(session.store());
  const content::VerifiedBlob blob =
      TRY(store->open_verified(*layer, session.progress(), session.stop()));
  return content::read_text(blob, limits::kConfigBytesMax);
}

// The text of the first referrer of that type; empty if there is none.
Result<std::string> referrer_text(std::string_view type, const launch::VerifiedModel& model,
                                  Session& session) {
  content::Store* store = TRY(session.store());
  for (const content::Referrer& referrer : TRY(store->referrers(model.digest))) {
    if (referrer.manifest.artifact_type != type) continue;
    const content::VerifiedBlob blob = TRY(
        store->open_verified(referrer.manifest.layers.front(), session.progress(), session.stop()));
    return content::read_text(blob, limits::kConfigBytesMax);
  }
  return std::string();
}

Rows referrer_rows(const std::vector<content::Referrer>& referrers) {
  Rows rows = {{"  TYPE", "DIGEST"}};
  for (const content::Referrer& referrer : referrers)
    rows.push_back({"  " + printable(referrer.manifest.kind()), referrer.digest.str()});
  return rows;
}

codec::OrderedJson referrers_json(const std::vector<content::Referrer>& referrers) {
  codec::OrderedJson out = codec::OrderedJson::array();
  for (const content::Referrer& referrer : referrers) {
    out.push_back({{"digest", referrer.digest.str()},
                   {"artifact_type", referrer.manifest.kind()},
                   {"annotations", referrer.manifest.annotations}});
  }
  return out;
}

Result<std::string> raw_part(std::string_view part, const launch::VerifiedModel& model,
                             Session& session) {
  if (part == "modelfile") return layer_text("Modelfile", model, session);
  if (part == "license") return layer_text("LICENSE", model, session);
  if (part == "system") return model.settings.system;
  if (part == "parameters") return parameter_lines(model.settings.parameters);
  if (part == "manifest") return TRY(session.store())->read_manifest_bytes(model.digest);
  if (part == "lock") return referrer_text(content::media_type::kLock, model, session);
  if (part == "provenance") return referrer_text(content::media_type::kInToto, model, session);
  if (part == "template")
    return model.chat_template.empty() ? model.model.info.chat_template : model.chat_template;
  const std::string_view near = nearest(part, kModelParts);
  return fail(Code::InvalidArgument, fmt::format("a model has no part \"{}\"", part),
              near.empty()
                  ? "modelfile, template, system, parameters, license, manifest, lock or provenance"
                  : fmt::format("did you mean {}?", near));
}

}  // namespace

std::string model_page(const ShownModel& shown, bool with_tensors) {
  const launch::VerifiedModel& model = shown.model;
  std::string out = fmt::format("{}\n{}\n\nModel\n{}", model.reference.str(), model.digest.str(),
                                columns(facts(model)));
  if (!model.settings.parameters.empty()) {
    Rows rows;
    for (const auto& [name, value] : model.settings.parameters)
      rows.push_back({"  " + name, parameter_text(value)});
    out += "\nParameters\n" + columns(rows);
  }
  if (!model.settings.system.empty())
    out += fmt::format("\nSystem\n  {}\n", printable_lines(model.settings.system));
  out += "\nLayers\n" + columns(layers(model.manifest));
  if (!shown.referrers.empty())
    out += "\nSaid about it\n" + columns(referrer_rows(shown.referrers));
  if (with_tensors) out += "\nTensors\n" + columns(tensors(model.model.gguf));
  return out;
}

codec::OrderedJson model_json(const ShownModel& shown, bool with_tensors) {
  const launch::VerifiedModel& model = shown.model;
  const tensor::ModelInfo& info = model.model.info;
  const std::string& own = info.chat_template;
  codec::OrderedJson out = {
      {"name", model.reference.str()},
      {"digest", model.digest.str()},
      {"model_name", text_or_null(info.name)},
      {"architecture", info.architecture},
      {"parameters", info.parameters},
      {"parameters_text", tensor::parameters_text(info.parameters)},
      {"quantization", info.quantization},
      {"context_length", info.context_length},
      {"embedding_length", info.embedding_length},
      {"layer_count", info.layers.size()},
      {"heads", info.heads},
      {"kv_heads", info.kv_heads},
      {"vocabulary", info.vocabulary},
      {"tokenizer", info.tokenizer},
      {"license", text_or_null(license_of(model))},
      {"template", text_or_null(model.chat_template.empty() ? own : model.chat_template)},
      {"system", text_or_null(model.settings.system)},
      {"settings", parameters_json(model.settings)},
      {"layers", layers_json(model.manifest)},
      {"referrers", referrers_json(shown.referrers)}};
  out["tensors"] = with_tensors ? tensors_json(model.model.gguf) : codec::OrderedJson();
  return out;
}

Result<std::string> model_part(std::string_view part, const launch::VerifiedModel& model,
                               Session& session) {
  std::string out = TRY(raw_part(part, model, session));
  if (!out.empty() && !out.ends_with('\n') && part != "manifest") out += '\n';
  return out;
}

}  // namespace tegula::cli
