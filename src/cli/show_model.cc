#include "cli/show_model.h"

#include <span>

#include <fmt/ranges.h>

#include "base/limits.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "build/model_files.h"
#include "build/provenance.h"
#include "cli/build_context.h"
#include "cli/models.h"
#include "cli/parameter.h"
#include "content/annotation.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "content/verified_text.h"
#include "tensor/safetensors_set.h"

namespace tegula::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string count(std::uint64_t value) { return value == 0 ? "-" : fmt::format("{}", value); }

// What the pack states, which the Modelfile may have said; else what the model file says.
std::string license_of(const ShownModel& model) {
  const std::string* stated =
      content::find_annotation(model.manifest.annotations, content::annotation::kLicenses);
  return stated == nullptr ? model.info.license : *stated;
}

Rows facts(const ShownModel& model) {
  const tensor::ModelInfo& info = model.info;
  const std::string license = license_of(model);
  Rows rows = {{"  name", info.name.empty() ? "-" : info.name},
               {"  target", model.target},
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

Rows tensors(const ShownModel& model) {
  Rows rows = {{"  TENSOR", "TYPE", "SHAPE"}};
  for (const ShownTensor& tensor : model.tensors)
    rows.push_back(
        {"  " + tensor.name, tensor.type, fmt::format("{}", fmt::join(tensor.shape, "×"))});
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

Rows adapters(const content::RuntimeSettings& settings) {
  Rows rows;
  for (const content::AdapterUse& adapter : settings.adapters)
    rows.push_back({"  " + printable(adapter.file), fmt::format("scale {}", adapter.scale)});
  return rows;
}

codec::OrderedJson adapters_json(const content::RuntimeSettings& settings) {
  codec::OrderedJson out = codec::OrderedJson::array();
  for (const content::AdapterUse& adapter : settings.adapters)
    out.push_back({{"file", adapter.file}, {"scale", adapter.scale}});
  return out;
}

codec::OrderedJson tensors_json(const ShownModel& model) {
  codec::OrderedJson out = codec::OrderedJson::array();
  for (const ShownTensor& tensor : model.tensors) {
    out.push_back({{"name", tensor.name},
                   {"type", tensor.type},
                   {"shape", tensor.shape},
                   {"file", tensor.file},
                   {"bytes", tensor.bytes},
                   {"offset", tensor.offset}});
  }
  return out;
}

Result<std::string> layer_text(std::string_view path, const ShownModel& model, Session& session) {
  const content::Descriptor* layer = content::find_layer(model.manifest, path);
  if (layer == nullptr) return std::string();
  content::Store* store = TRY(session.store());
  const content::VerifiedBlob blob =
      TRY(store->open_verified(*layer, session.progress(), session.stop()));
  return content::read_text(blob, limits::kConfigBytesMax);
}

// What the statement says, of a statement; else what the referrer is.
std::string kind_of(const content::Referrer& referrer) {
  const std::string* const predicate =
      content::find_annotation(referrer.manifest.annotations, content::annotation::kPredicateType);
  return predicate == nullptr ? referrer.manifest.kind() : *predicate;
}

// The text of the first referrer of that kind; empty if there is none.
Result<std::string> referrer_text(std::string_view kind, const ShownModel& model,
                                  Session& session) {
  content::Store* store = TRY(session.store());
  for (const content::Referrer& referrer : TRY(store->referrers(model.digest))) {
    if (kind_of(referrer) != kind) continue;
    const content::VerifiedBlob blob = TRY(
        store->open_verified(referrer.manifest.layers.front(), session.progress(), session.stop()));
    return content::read_text(blob, limits::kConfigBytesMax);
  }
  return std::string();
}

Rows referrer_rows(const std::vector<content::Referrer>& referrers) {
  Rows rows = {{"  KIND", "DIGEST"}};
  for (const content::Referrer& referrer : referrers)
    rows.push_back({"  " + printable(kind_of(referrer)), referrer.digest.str()});
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

Result<std::string> raw_part(std::string_view part, const ShownModel& model, Session& session) {
  if (part == "modelfile") return layer_text("Modelfile", model, session);
  if (part == "license") return layer_text("LICENSE", model, session);
  if (part == "system") return model.settings.system;
  if (part == "parameters") return parameter_lines(model.settings.parameters);
  if (part == "manifest") return TRY(session.store())->read_manifest_bytes(model.digest);
  if (part == "lock") return referrer_text(content::media_type::kLock, model, session);
  if (part == "provenance") return referrer_text(build::kProvenanceType, model, session);
  if (part == "template")
    return model.chat_template.empty() ? model.info.chat_template : model.chat_template;
  const std::string_view near = nearest(part, kModelParts);
  return fail(Code::InvalidArgument, fmt::format("a model has no part \"{}\"", part),
              near.empty()
                  ? "modelfile, template, system, parameters, license, manifest, lock or provenance"
                  : fmt::format("did you mean {}?", near));
}

std::vector<ShownTensor> tensors_of(const tensor::Gguf& gguf, const std::string& file) {
  std::vector<ShownTensor> out;
  for (const tensor::GgufTensor& each : gguf.tensors()) {
    const std::span<const std::uint64_t> shape = each.used_shape();
    out.push_back({each.name,
                   std::string(tensor::dtype_name(each.type)),
                   {shape.begin(), shape.end()},
                   file,
                   each.bytes,
                   each.offset});
  }
  return out;
}

Result<std::vector<ShownTensor>> tensors_of(const build::ModelFiles& model,
                                            const build::BuildContext& context) {
  const build::PackFolder folder = build::folder_of(model, context);
  const tensor::SafetensorsSet set = TRY(tensor::SafetensorsSet::open(folder, {}));
  std::vector<ShownTensor> out;
  for (const tensor::ShardTensor& each : set.tensors()) {
    out.push_back({each.tensor.name, std::string(tensor::safetensors_type_name(each.tensor.type)),
                   each.tensor.shape, set.shards()[each.shard], each.tensor.bytes,
                   each.tensor.offset});
  }
  return out;
}

}  // namespace

Result<ShownModel> shown_model(const launch::VerifiedModel& model, Session& session) {
  const content::Store* const store = TRY(session.store());
  ShownModel out{model.reference,     model.digest, model.manifest,
                 model.settings,      "gguf",       model.model.info,
                 model.chat_template, {},           {}};
  out.tensors = tensors_of(model.model.gguf, model.model.path);
  out.referrers = TRY(store->referrers(model.digest));
  return out;
}

Result<ShownModel> shown_model(const content::Reference& name, Session& session) {
  content::Store* const store = TRY(session.store());
  const content::Digest digest = TRY(store->resolve(name));
  const content::Manifest manifest = TRY(store->read_manifest(digest));
  const content::RuntimeSettings settings =
      TRY(launch::read_settings(*store, manifest, session.progress(), session.stop()));
  if (settings.is_gguf()) {
    return shown_model(TRY(launch::verify_model(*store, name, session.progress(), session.stop())),
                       session);
  }
  for (const content::Descriptor& layer : manifest.layers)
    TRY(store->open_verified(layer, session.progress(), session.stop()));
  const build::BuildContext context = TRY(build_context(session));
  const build::ModelFiles model = TRY(build::files_of_pack(manifest, settings, context));
  const std::string* const target =
      content::find_annotation(manifest.annotations, content::annotation::kTarget);
  ShownModel out{
      name,       digest, manifest, settings, std::string(build::format_name(model.format)),
      model.info, {},     {},       {}};
  if (target != nullptr) out.target = printable(*target);
  out.tensors = TRY(tensors_of(model, context));
  out.referrers = TRY(store->referrers(digest));
  const std::string& path = settings.chat_template;
  if (!path.empty()) out.chat_template = TRY(layer_text(path, out, session));
  return out;
}

std::string model_page(const ShownModel& model, bool with_tensors) {
  std::string out = fmt::format("{}\n{}\n\nModel\n{}", model.reference.str(), model.digest.str(),
                                columns(facts(model)));
  if (!model.settings.parameters.empty()) {
    Rows rows;
    for (const auto& [name, value] : model.settings.parameters)
      rows.push_back({"  " + name, parameter_text(value)});
    out += "\nParameters\n" + columns(rows);
  }
  if (!model.settings.adapters.empty()) out += "\nAdapters\n" + columns(adapters(model.settings));
  if (!model.settings.system.empty())
    out += fmt::format("\nSystem\n  {}\n", printable_lines(model.settings.system));
  out += "\nLayers\n" + columns(layers(model.manifest));
  if (!model.referrers.empty())
    out += "\nSaid about it\n" + columns(referrer_rows(model.referrers));
  if (with_tensors) out += "\nTensors\n" + columns(tensors(model));
  return out;
}

codec::OrderedJson model_json(const ShownModel& model, bool with_tensors) {
  const tensor::ModelInfo& info = model.info;
  const std::string& own = info.chat_template;
  codec::OrderedJson out = {
      {"name", model.reference.str()},
      {"digest", model.digest.str()},
      {"target", model.target},
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
      {"adapters", adapters_json(model.settings)},
      {"layers", layers_json(model.manifest)},
      {"referrers", referrers_json(model.referrers)}};
  out["tensors"] = with_tensors ? tensors_json(model) : codec::OrderedJson();
  return out;
}

Result<std::string> model_part(std::string_view part, const ShownModel& model, Session& session) {
  std::string out = TRY(raw_part(part, model, session));
  if (!out.empty() && !out.ends_with('\n') && part != "manifest") out += '\n';
  return out;
}

}  // namespace tegula::cli
