#include "build/rebuild.h"

#include <algorithm>

#include <fmt/format.h>

#include "attest/statement.h"
#include "attest/verdict.h"
#include "base/printable.h"
#include "build/builder.h"
#include "build/pack_difference.h"
#include "build/record.h"
#include "build/text_layer.h"
#include "codec/json.h"
#include "content/file_copy.h"
#include "content/runtime_settings.h"
#include "modelfile/parser.h"
#include "tensor/gguf_join.h"

namespace tegula::build {
namespace {

using codec::Json;

Result<Recipe> read_recipe(const std::string& text) {
  const auto file = modelfile::parse(text);
  if (!file) return fail(Code::Corrupt, "the recorded Modelfile: " + file.error().text);
  auto recipe = recipe_of(*file);
  if (!recipe) return fail(recipe.error().code, "the recorded Modelfile: " + recipe.error().text);
  return std::move(*recipe);
}

// A file of a folder has the folder's name before its own.
bool is_in(const LockInput& input, const std::string& folder) {
  const bool may_be = input.role == InputRole::From || input.role == InputRole::Adapter;
  return may_be && input.name == input_name(folder, os::Path(input.name).filename().string());
}

// A part of a GGUF file lies beside the first, which is what FROM names.
bool is_part_beside(const LockInput& input, const std::string& first) {
  const os::Path path = first;
  return input.role == InputRole::From && input.name != first &&
         tensor::part_name(path.filename().string()) &&
         os::Path(input.name).parent_path() == path.parent_path();
}

// Puts files where the second build looks for them.
class Gatherer {
 public:
  // `main` is the pack's name of a model file that comes from elsewhere.
  Gatherer(const RebuildRequest& request, const Recipe& recipe, std::string main,
           const content::Store& other, const BuildContext& context)
      : request_(request),
        recipe_(recipe),
        main_(std::move(main)),
        other_(other),
        context_(context) {}

  Result<void> gather(const Lock& lock) {
    for (const LockInput& input : lock.inputs) {
      if (input.role == InputRole::Recipe || input.role == InputRole::Settings) continue;
      TRY(input.origin == "store" ? gather_pack(input) : gather_file(input),
          fmt::format("input \"{}\"", printable(input.name)));
    }
    return {};
  }

  std::map<std::string, os::Path> places, found;

 private:
  Result<void> gather_file(const LockInput& input) {
    const std::string written = owner_of(input).value_or(input.name);
    const bool is_here = input.origin == "file";
    const bool in_folder = written != input.name;
    const os::Path file = is_here || in_folder ? os::Path(input.name).filename() : os::Path(main_);
    auto& known = is_here ? places : found;
    os::Path& place = known[written];
    if (place.empty()) {
      const os::Path folder = request_.folder / "in" / fmt::to_string(places.size() + found.size());
      TRY(os::make_folders(context_.files, folder));
      place = in_folder ? folder : folder / file;
    }
    const bool is_part = is_part_beside(input, written);
    return put(input, in_folder ? (is_part ? place.parent_path() : place) / file : place);
  }

  // What the recipe names for this file, if it doesn't name the file: a folder, or a first part.
  std::optional<std::string> owner_of(const LockInput& input) const {
    if (is_in(input, recipe_.from) || is_part_beside(input, recipe_.from)) return recipe_.from;
    for (const AdapterSource& adapter : recipe_.adapters)
      if (is_in(input, adapter.path)) return adapter.path;
    return std::nullopt;
  }

  Result<void> put(const LockInput& input, const os::Path& to) {
    const content::Descriptor blob{.media_type = {}, .digest = input.digest, .size = input.size};
    if (!TRY(context_.store.has_blob(input.digest, input.size))) {
      const os::Path beside = context_.locate(input.name, request_.from);
      const Result<std::unique_ptr<os::File>> file = context_.files.open(beside);
      if (file) return copy(**file, to);
      return fail(Code::NotFound,
                  fmt::format("{} is not in the store, and not at \"{}\"",
                              content::short_form(input.digest), beside.string()),
                  "--from FOLDER says where the Modelfile lay, or pull it again");
    }
    const content::VerifiedBlob verified =
        TRY(context_.store.open_verified(blob, context_.progress, context_.stop));
    return copy(verified.file(), to);
  }

  Result<void> copy(const os::File& from, const os::Path& to) {
    NoProgress silent;
    return content::copy_file(context_.files, from, to, silent, context_.stop);
  }

  // A pack of the store goes into the other store; its blobs stay where they are.
  Result<void> gather_pack(const LockInput& input) {
    const std::unique_ptr<content::Lease> lease = TRY(other_.lease());
    const std::string json = TRY(context_.store.read_manifest_bytes(input.digest));
    const content::Manifest manifest = TRY(context_.store.read_manifest(input.digest));
    for (const content::Descriptor* const blob : content::blobs_of(manifest)) {
      TRY(other_.import_file(TRY(context_.store.blob_path(*blob)), *lease, {.in_place = true},
                             context_.progress, context_.stop));
    }
    TRY(other_.put_manifest(json, *lease));
    return {};
  }

  const RebuildRequest& request_;
  const Recipe& recipe_;
  const std::string main_;
  const content::Store& other_;
  const BuildContext& context_;
};

// The model or the adapter of a hub or registry, which the second build finds among its files.
Result<std::optional<FoundModel>> found_model(const RebuildOrder& order, const std::string& name,
                                              const os::FileSystem& files) {
  const auto place = order.found.find(name);
  if (place == order.found.end()) return std::optional<FoundModel>();
  const os::FileStat stat = TRY(files.stat(place->second));
  const bool is_folder = stat.kind == os::FileKind::Folder;
  FoundModel out;
  for (const LockInput& input : order.lock.inputs) {
    if (!(is_folder ? is_in(input, name) : input.name == name)) continue;
    if (input.role == InputRole::Settings) continue;
    out.origin = input.origin;
    const os::Path file =
        is_folder ? place->second / os::Path(input.name).filename() : place->second;
    out.files.push_back({file, file.filename().string(), input.digest});
  }
  return std::optional(std::move(out));
}

Result<std::string> main_file(const content::Digest& pack, const BuildContext& context) {
  const content::Manifest manifest = TRY(context.store.read_manifest(pack));
  const content::Descriptor* const layer =
      content::find_layer(manifest, content::kRuntimeSettingsFile);
  if (layer == nullptr) return fail(Code::Corrupt, "it has no tegula.json");
  const std::string text = TRY(read_text_layer(*layer, context));
  return TRY(content::RuntimeSettings::parse(text)).model;
}

}  // namespace

Result<RebuildOrder> RebuildOrder::parse(std::string_view text) {
  const Json json = TRY(codec::parse_json(text));
  RebuildOrder out;
  out.recipe = TRY(codec::string_member(json, "recipe"));
  out.lock = TRY(Lock::parse(TRY(codec::string_member(json, "lock"))));
  out.threads = TRY(codec::uint_member(json, "threads"));
  const auto read = [&](std::string_view member,
                        std::map<std::string, os::Path>& into) -> Result<void> {
    for (const auto& [name, place] : TRY(codec::object_member(json, member))->items())
      into.emplace(name, place.get<std::string>());
    return {};
  };
  TRY(read("places", out.places));
  TRY(read("found", out.found));
  return out;
}

std::string RebuildOrder::encode() const {
  Json json = {{"recipe", recipe},
               {"lock", lock.encode()},
               {"threads", threads},
               {"places", Json::object()},
               {"found", Json::object()}};
  for (const auto& [name, place] : places) json["places"][name] = place.string();
  for (const auto& [name, place] : found) json["found"][name] = place.string();
  return json.dump();
}

Result<RebuildOrder> prepare_rebuild(const RebuildRequest& request, const content::Store& other,
                                     const BuildContext& context) {
  RebuildOrder order;
  order.lock = TRY(recorded_lock(request.pack, context));
  order.recipe = TRY(recorded_recipe(request.pack, order.lock, context));
  order.threads = request.threads;
  const Recipe recipe = TRY(read_recipe(order.recipe));
  const std::string main = TRY(main_file(request.pack, context));
  Gatherer gatherer(request, recipe, main, other, context);
  TRY(gatherer.gather(order.lock));
  order.places = std::move(gatherer.places);
  order.found = std::move(gatherer.found);
  return order;
}

Result<Lock> rebuild(const RebuildOrder& order, const os::Path& folder, BuildContext context) {
  context.places = order.places;
  context.threads = order.threads;
  context.find = [&](const std::string& name) { return found_model(order, name, context.files); };
  Recipe recipe = TRY(read_recipe(order.recipe));
  const content::Reference name = TRY(content::Reference::parse("rebuilt"));
  BuildRequest request{.recipe = std::move(recipe),
                       .folder = folder,
                       .name = name,
                       .created = order.lock.source_date,
                       .lock = order.lock,
                       .locked = true,
                       .reuse = false};
  request.lock->outputs.clear();  // what comes out is compared later
  return TRY(build(request, context)).lock;
}

Result<std::vector<RebuildOutput>> compare_outputs(const Lock& before, const Lock& now,
                                                   const content::Store& other,
                                                   const BuildContext& context) {
  if (before.outputs.empty()) return fail(Code::Untrusted, "its lock names no pack");
  std::vector<RebuildOutput> out;
  for (const auto& [target, expected] : before.outputs) {
    const auto got = now.outputs.find(target);
    if (got == now.outputs.end())
      return fail(Code::Corrupt, fmt::format("the rebuild made nothing for target {}", target));
    RebuildOutput output{target, expected, got->second};
    if (!output.is_same()) {
      const auto where = first_difference({context.store, expected}, {other, got->second},
                                          context.progress, context.stop);
      output.difference = where ? *where : "its manifest is not here to compare";
    }
    out.push_back(std::move(output));
  }
  return out;
}

bool is_same(const std::vector<RebuildOutput>& outputs) {
  return !outputs.empty() && std::ranges::all_of(outputs, &RebuildOutput::is_same);
}

Result<std::string> rebuild_verdict(const Lock& lock, const std::vector<RebuildOutput>& outputs,
                                    const RebuildSurroundings& surroundings,
                                    const BuilderInfo& builder) {
  attest::Statement statement;
  statement.predicate_type = attest::kRebuildType;
  Json results = Json::array();
  for (const RebuildOutput& output : outputs) {
    statement.subjects.push_back({output.target, {{"sha256", output.expected.hex()}}});
    Json result = {
        {"target", output.target}, {"expected", output.expected.str()}, {"got", output.got.str()}};
    if (!output.difference.empty()) result["difference"] = output.difference;
    results.push_back(std::move(result));
  }
  Json by = {{"id", kBuilderId}, {"version", builder.version}};
  if (builder.program) by["digest"] = builder.program->str();
  statement.predicate = {{"buildId", lock.build_id().str()},
                         {"verdict", is_same(outputs) ? "same" : "different"},
                         {"outputs", std::move(results)},
                         {"surroundings",
                          {{"network", surroundings.has_network},
                           {"user", surroundings.user},
                           {"locale", surroundings.locale},
                           {"clockOffsetSeconds", surroundings.clock_offset_seconds},
                           {"threads", surroundings.threads}}},
                         {"rebuilder", std::move(by)}};
  return attest::encode(statement);
}

}  // namespace tegula::build
