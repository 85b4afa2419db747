#include "build/builder.h"

#include <set>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"
#include "build/pack.h"
#include "build/record.h"
#include "build/text_layer.h"
#include "content/layer.h"
#include "tensor/model_check.h"

namespace tegula::build {
namespace {

constexpr std::string_view kTarget = "gguf";

// What the recipe says goes over what the base model brought along, as in Ollama: system prompt,
// template and messages are replaced, parameters by name, adapters and licences are added.
void merge(const Recipe& recipe, BaseModel& base) {
  if (recipe.has_system) base.settings.system = recipe.system;
  if (!recipe.chat_template.empty()) base.chat_template = recipe.chat_template;
  if (!recipe.messages.empty()) base.settings.messages = recipe.messages;
  if (!recipe.requires_version.empty()) base.settings.requires_version = recipe.requires_version;
  for (const auto& [name, value] : recipe.parameters) base.settings.parameters[name] = value;
  base.licenses.insert(base.licenses.end(), recipe.licenses.begin(), recipe.licenses.end());
}

// "Modelfile:2:9: ADAPTER": what stands in front of what is wrong with a file.
std::string blame(const BuildRequest& request, std::string_view instruction,
                  modelfile::Place place) {
  if (request.path.empty() || place.line == 0) return std::string(instruction);
  return fmt::format("{}:{}:{}: {}", request.path, place.line, place.column, instruction);
}

std::unexpected<Error> same_name_twice(std::string_view name) {
  return fail(Code::InvalidArgument,
              fmt::format("two files of the pack would be named \"{}\"", printable(name)),
              "rename one of them");
}

Result<void> check_fits(const BuildRequest& request, const AdapterSource& source,
                        const tensor::Gguf& adapter, const tensor::Gguf& base) {
  TRY(tensor::check_adapter_fits(adapter, base),
      fmt::format("{} \"{}\"", blame(request, "ADAPTER", source.place), source.path));
  return {};
}

// Reads every file that the recipe names before one of them is stored: what cannot be used leaves
// the others as they are. Where there is but one file, its import does that. Gives the adapters'
// headers, for a base that has still to be found.
Result<std::vector<tensor::Gguf>> look_at_files(const BuildRequest& request,
                                                const BuildContext& context) {
  const Recipe& recipe = request.recipe;
  std::vector<tensor::Gguf> adapters;
  if (recipe.adapters.empty() && recipe.draft.empty()) return adapters;
  const auto path = [&](const std::string& written) {
    return resolve_path(written, request.folder, context.home);
  };
  const std::optional<tensor::Gguf> base = TRY(look_at_base(recipe.from, request.folder, context),
                                               blame(request, "FROM", recipe.from_place));
  std::set<os::Path> names;
  if (base) names.insert(path(recipe.from).filename());
  for (const AdapterSource& source : recipe.adapters) {
    const std::string where = blame(request, "ADAPTER", source.place);
    adapters.push_back(
        TRY(look_at(path(source.path), tensor::ModelFileKind::Adapter, context), where));
    const os::Path name = path(source.path).filename();
    if (!names.insert(name).second) return same_name_twice(name.string());
    if (base) TRY(check_fits(request, source, adapters.back(), *base));
  }
  if (!recipe.draft.empty())
    TRY(look_at(path(recipe.draft), tensor::ModelFileKind::Model, context),
        blame(request, "DRAFT", recipe.draft_place));
  return adapters;
}

// Imports the files that the recipe adds to its base.
class Importer {
 public:
  Importer(const BuildRequest& request, const BuildContext& context, content::Lease& lease,
           BaseModel& base, std::vector<LayerReport>& reports)
      : request_(request), context_(context), lease_(lease), base_(base), reports_(reports) {}

  Result<void> add_adapters(std::span<const tensor::Gguf> headers) {
    const std::vector<AdapterSource>& sources = request_.recipe.adapters;
    for (std::size_t i = 0; i < sources.size(); ++i)
      TRY(check_fits(request_, sources[i], headers[i], base_.weights.gguf));
    for (const AdapterSource& source : sources) {
      const StoredWeights adapter = TRY(import(source.path, tensor::ModelFileKind::Adapter, {}),
                                        blame(request_, "ADAPTER", source.place));
      base_.adapters.push_back(adapter.layer);
      record(InputRole::Adapter, source.path, adapter.layer);
      base_.settings.adapters.push_back(
          {std::string(content::file_path(adapter.layer)), source.scale});
    }
    return {};
  }

  Result<void> add_draft() {
    if (request_.recipe.draft.empty()) return {};
    const StoredWeights draft =
        TRY(import(request_.recipe.draft, tensor::ModelFileKind::Model, "draft-"),
            blame(request_, "DRAFT", request_.recipe.draft_place));
    base_.settings.draft = content::file_path(draft.layer);
    base_.draft = draft.layer;
    record(InputRole::Draft, request_.recipe.draft, draft.layer);
    return {};
  }

 private:
  Result<StoredWeights> import(const std::string& written, tensor::ModelFileKind kind,
                               std::string_view prefix) {
    ImportRequest import;
    import.path = resolve_path(written, request_.folder, context_.home);
    import.name = import.path.filename().string();
    // Has it already in the Modelfile that travels in a pack.
    if (!import.name.starts_with(prefix)) import.name.insert(0, prefix);
    import.kind = kind;
    import.modified = request_.created;
    StoredWeights out = TRY(import_weights(import, lease_, context_));
    reports_.push_back({out.layer, out.way});
    return out;
  }

  void record(InputRole role, const std::string& name, const content::Descriptor& layer) {
    base_.inputs.push_back({role, name, "file", layer.digest, layer.size});
  }

  const BuildRequest& request_;
  const BuildContext& context_;
  content::Lease& lease_;
  BaseModel& base_;
  std::vector<LayerReport>& reports_;
};

Result<void> check_unique_names(const std::vector<content::Descriptor>& layers) {
  std::set<std::string_view> seen;
  for (const content::Descriptor& layer : layers) {
    const std::string_view name = content::file_path(layer);
    if (!seen.insert(name).second) return same_name_twice(name);
  }
  return {};
}

Lock lock_of(const BuildRequest& request, const BaseModel& base) {
  Lock out;
  const ByteView recipe = bytes_of(request.recipe.text);
  out.inputs.push_back({InputRole::Recipe, std::string(kModelfileFile), "file",
                        content::Digest::of(recipe), recipe.size()});
  out.inputs.insert(out.inputs.end(), base.inputs.begin(), base.inputs.end());
  out.source_date = request.created;
  out.targets = {std::string(kTarget)};
  return out;
}

Result<void> check_locked(const BuildRequest& request, const Lock& now) {
  if (!request.locked) return {};
  if (!request.lock)
    return fail(Code::Untrusted, "there is no lock to hold the build to",
                "build once without --locked");
  const std::vector<std::string> changes = differences(*request.lock, now);
  if (changes.empty()) return {};
  return fail(Code::Untrusted, fmt::format("the build is locked: {}", fmt::join(changes, "; ")),
              "build without --locked to take the change");
}

// Layers, config, manifest: in this order, so that nothing names what is not there.
struct StoredPack {
  content::Digest digest;
  content::Manifest manifest;
};

Result<StoredPack> store_pack(const PackParts& parts, content::Lease& lease,
                              const BuildContext& context) {
  Pack pack = TRY(assemble(parts, lease, context.store));
  TRY(check_unique_names(pack.manifest.layers));
  const std::string text = TRY(content::encode(pack.manifest));
  const content::Digest digest = TRY(context.store.put_manifest(text, lease));
  return StoredPack{digest, std::move(pack.manifest)};
}

// The same inputs must give what they gave before.
Result<void> check_output(const BuildRequest& request, const Lock& now,
                          const content::Digest& digest) {
  if (!request.locked) return {};
  const auto before = request.lock->outputs.find(kTarget);
  if (before == request.lock->outputs.end() || before->second == digest) return {};
  return fail(Code::Untrusted,
              fmt::format("build {} gave {}, the lock says {}", now.build_id().str(), digest.str(),
                          before->second.str()),
              "the lock was made by another version of Tegula, or by hand");
}

Result<BuildResult> give_name(const StoredPack& pack, const content::Reference& name,
                              std::string_view event, std::span<const LayerReport> reports,
                              const BuildContext& context) {
  const content::TagChange change = TRY(context.store.tag(name, pack.digest, event));
  BuildResult out{pack.digest, {}, change.changed(), change.note, {}};
  for (const content::Descriptor& layer : pack.manifest.layers) {
    LayerReport report{layer, content::ImportWay::Written};
    for (const LayerReport& known : reports) {
      if (known.layer == layer) report.way = known.way;
    }
    out.layers.push_back(std::move(report));
  }
  return out;
}

Result<BaseModel> base_of(const BuildRequest& request, content::Lease& lease,
                          const BuildContext& context) {
  const Recipe& recipe = request.recipe;
  const Lock* const lock = request.lock ? &*request.lock : nullptr;
  auto base = find_base({recipe.from, request.folder, request.created, lock}, lease, context);
  if (base || request.path.empty()) return base;
  return std::unexpected(std::move(base).error().within(blame(request, "FROM", recipe.from_place)));
}

}  // namespace

Result<BuildResult> build(const BuildRequest& request, const BuildContext& context) {
  const std::unique_ptr<content::Lease> lease = TRY(context.store.lease());
  const std::vector<tensor::Gguf> adapters = TRY(look_at_files(request, context));
  BaseModel base = TRY(base_of(request, *lease, context));
  merge(request.recipe, base);
  std::vector<LayerReport> reports = {{base.weights.layer, base.weights.way}};
  Importer importer(request, context, *lease, base, reports);
  TRY(importer.add_adapters(adapters));
  TRY(importer.add_draft());
  Lock lock = lock_of(request, base);
  TRY(check_locked(request, lock));
  const PackParts parts{base, request.recipe.labels, request.created};
  const StoredPack pack = TRY(store_pack(parts, *lease, context));
  TRY(check_output(request, lock, pack.digest));
  lock.outputs.emplace(std::string(kTarget), pack.digest);
  TRY(put_record(pack.digest, lock, request.recipe.text, *lease, context));
  BuildResult out = TRY(give_name(pack, request.name, request.event, reports, context));
  out.lock = std::move(lock);
  return out;
}

Result<BuildResult> build_with_settings(const content::Digest& base,
                                        const content::RuntimeSettings& settings,
                                        const content::Reference& name, WallTime created,
                                        const BuildContext& context) {
  const std::unique_ptr<content::Lease> lease = TRY(context.store.lease());
  TRY(lease->protect(base));
  BaseModel model = TRY(base_of_pack(base, context));
  model.settings.system = settings.system;
  model.settings.messages = settings.messages;
  model.settings.parameters = settings.parameters;
  const std::map<std::string, std::string> no_labels;
  const PackParts parts{model, no_labels, created};
  const StoredPack pack = TRY(store_pack(parts, *lease, context));
  return give_name(pack, name, "saved", {}, context);
}

}  // namespace tegula::build
