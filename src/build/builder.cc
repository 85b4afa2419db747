#include "build/builder.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "base/printable.h"
#include "build/adapter.h"
#include "build/conversion.h"
#include "build/made_files.h"
#include "build/naming.h"
#include "build/pack.h"
#include "build/record.h"
#include "build/text_layer.h"
#include "content/file_path.h"
#include "content/layer.h"
#include "tensor/byte_source.h"
#include "tensor/gguf_join.h"
#include "tensor/importance.h"
#include "tensor/model_check.h"
#include "tensor/model_folder.h"

namespace tegula::build {
namespace {

// What the recipe says goes over what the base model brought along, as in Ollama: system prompt,
// template and messages are replaced, parameters by name, adapters and licences are added.
void merge(const Recipe& recipe, BaseModel& base) {
  if (recipe.has_system) base.settings.system = recipe.system;
  if (!recipe.chat_template.empty()) {
    base.chat_template = recipe.chat_template;
    base.go_template = recipe.go_template;
  }
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
                        const AdapterFiles& adapter, const AdapterBase& base,
                        const BuildContext& context) {
  TRY(check_adapter_fits(adapter, base, context),
      fmt::format("{} \"{}\"", blame(request, "ADAPTER", source.place), source.path));
  return {};
}

Result<void> check_all_fit(const BuildRequest& request, std::span<const AdapterFiles> adapters,
                           const AdapterBase& base, const BuildContext& context) {
  for (std::size_t i = 0; i < adapters.size(); ++i)
    TRY(check_fits(request, request.recipe.adapters[i], adapters[i], base, context));
  return {};
}

// The model beside the Modelfile that FROM names; nothing if it names something else.
Result<std::optional<AdapterBase>> look_at_base(const BuildRequest& request,
                                                const BuildContext& context) {
  const auto local = TRY(find_local(request.recipe.from, request.folder, context));
  if (!local) return std::optional<AdapterBase>();
  const os::Path written = context.locate(request.recipe.from, request.folder);
  for (const os::Path& path : {local->path, written})  // parts are looked at when they are joined
    if (tensor::part_name(path.filename().string())) return std::optional<AdapterBase>();
  AdapterBase out;
  if (local->format == Format::Gguf) {
    out.gguf = TRY(look_at(local->path, tensor::ModelFileKind::Model, context));
  } else {
    out.config = TRY(os::read_file(context.files, local->path / tensor::kModelConfigFile,
                                   limits::kConfigFileBytesMax));
  }
  return std::optional(std::move(out));
}

// What the adapter's file is called in a pack for llama.cpp.
std::string file_name_of(const AdapterFiles& adapter) {
  return adapter.form == tensor::AdapterForm::Gguf ? adapter.files[0].name : adapter.name + ".gguf";
}

// Reads every file that the recipe names before one of them is stored: what cannot be used leaves
// the others as they are. Where there is but one file, its import does that. Gives the adapters,
// for a base that has still to be found.
Result<std::vector<AdapterFiles>> look_at_files(const BuildRequest& request,
                                                const BuildContext& context) {
  const Recipe& recipe = request.recipe;
  std::vector<AdapterFiles> adapters;
  if (recipe.adapters.empty() && recipe.draft.empty()) return adapters;
  const std::optional<AdapterBase> base =
      TRY(look_at_base(request, context), blame(request, "FROM", recipe.from_place));
  std::set<std::string> names;
  if (base && base->gguf)
    names.insert(context.locate(recipe.from, request.folder).filename().string());
  for (const AdapterSource& source : recipe.adapters) {
    adapters.push_back(TRY(find_adapter(source.path, request.folder, context),
                           blame(request, "ADAPTER", source.place)));
    const std::string name = file_name_of(adapters.back());
    if (!names.insert(name).second) return same_name_twice(name);
    if (base) TRY(check_fits(request, source, adapters.back(), *base, context));
  }
  if (!recipe.draft.empty())
    TRY(look_at(context.locate(recipe.draft, request.folder), tensor::ModelFileKind::Model,
                context),
        blame(request, "DRAFT", recipe.draft_place));
  return adapters;
}

// Imports the files that the recipe adds to its base.
class Importer {
 public:
  Importer(const BuildRequest& request, const BuildContext& context, content::Lease& lease,
           BaseModel& base, std::vector<LayerReport>& reports)
      : request_(request), context_(context), lease_(lease), base_(base), reports_(reports) {}

  Result<void> add_adapters(std::span<const AdapterFiles> found, std::span<const Target> targets) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      const AdapterSource& source = request_.recipe.adapters[i];
      const bool is_layer = std::ranges::any_of(targets, [&](const Target& target) {
        return adapter_form(target.format) == found[i].form;
      });
      const AdapterImport import{
          .scale = source.scale, .in_place = !is_layer, .modified = request_.created};
      StoredAdapter adapter = TRY(import_adapter(found[i], import, lease_, context_),
                                  blame(request_, "ADAPTER", source.place));
      record_adapter(source.path, found[i].origin, adapter);
      base_.adapters.push_back(std::move(adapter));
    }
    return {};
  }

  Result<void> add_draft() {
    if (request_.recipe.draft.empty()) return {};
    const ModelFiles draft =
        TRY(import_draft(), blame(request_, "DRAFT", request_.recipe.draft_place));
    base_.settings.draft = draft.main;
    base_.draft = draft.files[0].layer;
    record(InputRole::Draft, request_.recipe.draft, "file", *base_.draft);
    return {};
  }

 private:
  Result<ModelFiles> import_draft() {
    constexpr std::string_view kPrefix = "draft-";
    ImportRequest import;
    import.path = context_.locate(request_.recipe.draft, request_.folder);
    import.name = import.path.filename().string();
    // Has it already in the Modelfile that travels in a pack.
    if (!import.name.starts_with(kPrefix)) import.name.insert(0, kPrefix);
    import.modified = request_.created;
    ModelFiles out = TRY(import_gguf(import, lease_, context_));
    reports_.push_back({out.files[0].layer, out.files[0].way});
    return out;
  }

  // A folder is one input a file: "./support/adapter_config.json".
  void record_adapter(const std::string& written, const std::string& origin,
                      const StoredAdapter& adapter) {
    for (const StoredFile& file : adapter.files) {
      const std::string_view path = content::file_path(file.layer);
      const bool is_folder = adapter.form != tensor::AdapterForm::Gguf;
      record(InputRole::Adapter,
             is_folder ? input_name(written, content::base_name(path)) : written, origin,
             file.layer);
    }
  }

  void record(InputRole role, const std::string& name, const std::string& origin,
              const content::Descriptor& layer) {
    base_.inputs.push_back({role, name, origin, layer.digest, layer.size});
  }

  const BuildRequest& request_;
  const BuildContext& context_;
  content::Lease& lease_;
  BaseModel& base_;
  std::vector<LayerReport>& reports_;
};

// By path as written: targets may share one.
using Matrices = std::map<std::string, tensor::ImportanceMatrix>;

// The importance matrices that targets quantise with, each an input.
Result<Matrices> read_matrices(const BuildRequest& request, content::Lease& lease, BaseModel& base,
                               const BuildContext& context) {
  Matrices out;
  for (const Target& target : request.recipe.targets) {
    if (target.imatrix.empty() || out.contains(target.imatrix)) continue;
    const os::Path path = context.locate(target.imatrix, request.folder);
    const std::string label = fmt::format("imatrix \"{}\"", printable(target.imatrix));
    const content::StoredBlob blob = TRY(
        context.store.import_file(path, lease, {.in_place = true}, context.progress, context.stop),
        label);
    const content::Descriptor layer{.media_type = {}, .digest = blob.digest, .size = blob.size};
    const content::VerifiedBlob file =
        TRY(context.store.open_verified(layer, context.progress, context.stop), label);
    const tensor::FileSource source = TRY(tensor::FileSource::open(file.file()));
    out.emplace(target.imatrix, TRY(tensor::read_importance(source), label));
    base.inputs.push_back({InputRole::Imatrix, target.imatrix, "file", layer.digest, layer.size});
  }
  return out;
}

Result<void> check_unique_names(const std::vector<content::Descriptor>& layers) {
  std::set<std::string_view> seen;
  for (const content::Descriptor& layer : layers) {
    const std::string_view name = content::file_path(layer);
    if (!seen.insert(name).second) return same_name_twice(name);
  }
  return {};
}

Lock lock_of(const BuildRequest& request, const BaseModel& base,
             const std::vector<Target>& targets) {
  Lock out;
  const ByteView recipe = bytes_of(request.recipe.text);
  out.inputs.push_back({InputRole::Recipe, std::string(kModelfileFile), "file",
                        content::Digest::of(recipe), recipe.size()});
  out.inputs.insert(out.inputs.end(), base.inputs.begin(), base.inputs.end());
  out.source_date = request.created;
  for (const Target& target : targets) out.targets.push_back(target.line());
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
Result<StoredPack> store_pack(const PackParts& parts, content::Lease& lease,
                              const BuildContext& context) {
  Pack pack = TRY(assemble(parts, lease, context.store));
  TRY(check_unique_names(pack.manifest.layers));
  const std::string text = TRY(content::encode(pack.manifest));
  const content::Digest digest = TRY(context.store.put_manifest(text, lease));
  return StoredPack{digest, std::move(pack.manifest)};
}

// The same inputs must give what they gave before.
Result<void> check_output(const BuildRequest& request, const Lock& now, const std::string& target,
                          const content::Digest& digest) {
  if (!request.locked) return {};
  const auto before = request.lock->outputs.find(target);
  if (before == request.lock->outputs.end() || before->second == digest) return {};
  return fail(Code::Untrusted,
              fmt::format("build {} gave {}, the lock says {}", now.build_id().str(), digest.str(),
                          before->second.str()),
              "the lock was made by another version of Tegula, or by hand");
}

Result<BaseModel> base_of(const BuildRequest& request, content::Lease& lease,
                          const BuildContext& context) {
  const Recipe& recipe = request.recipe;
  const bool is_layer =
      recipe.targets.empty() || std::ranges::any_of(recipe.targets, &Target::keeps_numbers);
  const BaseRequest from{.from = recipe.from,
                         .folder = request.folder,
                         .modified = request.created,
                         .lock = request.lock ? &*request.lock : nullptr,
                         .in_place = !is_layer};
  auto base = find_base(from, lease, context);
  if (base || request.path.empty()) return base;
  return std::unexpected(std::move(base).error().within(blame(request, "FROM", recipe.from_place)));
}

// Makes and stores the pack of each target.
class TargetBuilder {
 public:
  TargetBuilder(const BuildRequest& request, const BuildContext& context, content::Lease& lease,
                const BaseModel& base, const AdapterBase& adapter_base, const Matrices& matrices,
                std::vector<LayerReport>& reports)
      : request_(request),
        context_(context),
        lease_(lease),
        base_(base),
        adapter_base_(adapter_base),
        matrices_(matrices),
        reports_(reports) {}

  Result<StoredPack> build(const Target& target) {
    const std::string where = fmt::format("target {}", target.name());
    if (base_.draft && target.format != Format::Gguf)
      return fail(Code::Unsupported, "DRAFT goes with GGUF targets only", "add TARGET gguf");
    const ModelFiles model = TRY(make(target), where);
    const std::vector<StoredAdapter> adapters = TRY(make_adapters(model), where);
    report(model.files);
    for (const StoredAdapter& adapter : adapters) report(adapter.files);
    return store_pack({base_, model, adapters, request_.recipe.labels, request_.created}, lease_,
                      context_);
  }

 private:
  Result<ModelFiles> make(const Target& target) {
    const auto matrix = matrices_.find(target.imatrix);
    const ConversionRequest conversion{
        .source = base_.model,
        .target = target,
        .name = model_name(request_.recipe.from),
        .importance = matrix == matrices_.end() ? nullptr : &matrix->second,
        .modified = request_.created};
    if (!is_made(base_.model.format, target)) return convert(conversion, lease_, context_);
    const MadeFrom from{base_.model, target, conversion.name, digest_of_matrix(target)};
    if (request_.reuse)
      if (auto made = find_made(from, request_.created, lease_, context_)) return std::move(*made);
    ModelFiles made = TRY(convert(conversion, lease_, context_));
    keep_made(from, made, context_);
    return made;
  }

  std::optional<content::Digest> digest_of_matrix(const Target& target) const {
    for (const LockInput& input : base_.inputs)
      if (input.role == InputRole::Imatrix && input.name == target.imatrix) return input.digest;
    return std::nullopt;
  }

  // The adapters in the form of the model, of which they are.
  Result<std::vector<StoredAdapter>> make_adapters(const ModelFiles& model) {
    std::vector<StoredAdapter> out;
    for (const StoredAdapter& source : base_.adapters) {
      const std::string where = fmt::format("ADAPTER \"{}\"", source.path());
      const AdapterConversion conversion{.source = source,
                                         .form = adapter_form(model.format),
                                         .base = adapter_base_,
                                         .modified = request_.created};
      out.push_back(TRY(convert_adapter(conversion, lease_, context_), where));
      if (model.gguf) TRY(check_for_engine(out.back(), *model.gguf), where);
    }
    return out;
  }

  Result<void> check_for_engine(const StoredAdapter& adapter, const tensor::Gguf& model) const {
    const content::VerifiedBlob blob =
        TRY(context_.store.open_verified(adapter.files[0].layer, context_.progress, context_.stop));
    const tensor::FileSource source = TRY(tensor::FileSource::open(blob.file()));
    return tensor::check_adapter_fits(TRY(tensor::read_gguf(source)), model);
  }

  void report(const std::vector<StoredFile>& files) {
    for (const StoredFile& file : files) reports_.push_back({file.layer, file.way});
  }

  const BuildRequest& request_;
  const BuildContext& context_;
  content::Lease& lease_;
  const BaseModel& base_;
  const AdapterBase& adapter_base_;
  const Matrices& matrices_;
  std::vector<LayerReport>& reports_;
};

// The targets of the recipe; without any, the model as it is.
Result<std::vector<Target>> targets_of(const BuildRequest& request, const BaseModel& base) {
  if (request.recipe.targets.empty()) return std::vector{plain_target(base.model.format)};
  for (std::size_t i = 0; i < request.recipe.targets.size(); ++i) {
    TRY(check_convertible(base.model.format, request.recipe.targets[i]),
        blame(request, "TARGET", request.recipe.target_places[i]));
  }
  return request.recipe.targets;
}

}  // namespace

Result<BuildResult> build(const BuildRequest& request, const BuildContext& context) {
  const std::unique_ptr<content::Lease> lease = TRY(context.store.lease());
  const std::vector<AdapterFiles> adapters = TRY(look_at_files(request, context));
  BaseModel base = TRY(base_of(request, *lease, context));
  const std::vector<Target> targets = TRY(targets_of(request, base));
  const PackNames names = TRY(names_of(request.name, targets, context.store));
  AdapterBase adapter_base;
  if (!adapters.empty() || !base.adapters.empty())
    adapter_base = TRY(adapter_base_of(base.model, context));
  TRY(check_all_fit(request, adapters, adapter_base, context));
  merge(request.recipe, base);
  std::vector<LayerReport> reports;
  for (const StoredFile& file : base.model.files) reports.push_back({file.layer, file.way});
  Importer importer(request, context, *lease, base, reports);
  TRY(importer.add_adapters(adapters, targets));
  TRY(importer.add_draft());
  const Matrices matrices = TRY(read_matrices(request, *lease, base, context));
  Lock lock = lock_of(request, base, targets);
  TRY(check_locked(request, lock));
  TargetBuilder builder(request, context, *lease, base, adapter_base, matrices, reports);
  std::vector<StoredPack> packs;
  for (const Target& target : targets) {
    packs.push_back(TRY(builder.build(target)));
    TRY(check_output(request, lock, target.line(), packs.back().digest));
    lock.outputs.emplace(target.line(), packs.back().digest);
  }
  for (const StoredPack& pack : packs)
    TRY(put_record(pack.digest, lock, request.recipe.text, *lease, context));
  Named named = TRY(name_packs(names, request.event, targets, packs, reports, *lease, context));
  return BuildResult{std::move(named.packs), std::move(named.all), std::move(named.withdrawn),
                     std::move(lock)};
}

Result<BuiltPack> build_with_settings(const content::Digest& base,
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
  const StoredPack pack =
      TRY(store_pack({model, model.model, model.adapters, no_labels, created}, *lease, context));
  return give_name(pack, {name, plain_target(model.model.format).name(), "saved"}, {}, context);
}

}  // namespace tegula::build
