#include "build/base_model.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "build/gguf_parts.h"
#include "build/text_layer.h"
#include "codec/json.h"
#include "content/layer.h"
#include "content/pack_files.h"
#include "modelfile/go_template.h"
#include "tensor/gguf_join.h"
#include "tensor/model_folder.h"

namespace tegula::build {
namespace {

std::unexpected<Error> not_a_model(const std::string& name) {
  return fail(Code::InvalidArgument, fmt::format("\"{}\" is an adapter, not a model", name),
              "FROM takes the model that it was trained on, ADAPTER takes the adapter");
}

// The model in a folder: safetensors, which are several files, or the only GGUF file.
Result<LocalModel> model_in(const os::Path& folder, const BuildContext& context) {
  if (TRY(tensor::is_model_folder(context.files, folder)))
    return LocalModel{folder, Format::Safetensors};
  const std::vector<std::string> names = TRY(context.files.list(folder));
  if (std::ranges::find(names, tensor::kAdapterConfigFile) != names.end())
    return not_a_model(folder.string());
  std::vector<std::string> ggufs;
  for (const std::string& name : names) {
    const std::optional<tensor::PartName> part = tensor::part_name(name);
    const bool is_later_part = part && part->number != 1;
    if (name.ends_with(".gguf") && !is_later_part) ggufs.push_back(name);
  }
  if (ggufs.size() == 1) {
    os::Path named = folder / ggufs[0];
    os::Path file = TRY(real_path(named));
    return LocalModel{std::move(file), Format::Gguf, std::move(named)};
  }
  return fail(
      Code::InvalidArgument,
      fmt::format("\"{}\" holds {} GGUF files, one was expected", folder.string(), ggufs.size()),
      ggufs.empty() ? "a folder of safetensors has a config.json and model.safetensors"
                    : "name the file");
}

bool looks_like_path(const std::string& from) {
  return from.starts_with("/") || from.starts_with("./") || from.starts_with("../") ||
         from.starts_with("~") || from.ends_with(".gguf") || from == "." || from == "..";
}

LockInput input_of(InputRole role, std::string name, std::string origin,
                   const content::Descriptor& layer) {
  return {role, std::move(name), std::move(origin), layer.digest, layer.size};
}

// "./models/x-00002-of-00003.gguf", beside "./models/x-00001-of-00003.gguf".
std::string name_beside(const std::string& first, const content::Descriptor& layer) {
  const std::size_t slash = first.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : first.substr(0, slash + 1);
  return folder + std::string(content::file_path(layer));
}

bool is_part(const os::Path& path) {
  const std::optional<tensor::PartName> part = tensor::part_name(path.filename().string());
  return part && part->count > 1;
}

// Of a path and the file that it leads to, the one whose name the pack gives to the file. Hugging
// Face's caches link from names to hashes, so the path's own, unless it says less.
os::Path naming(const os::Path& written, const os::Path& real) {
  const bool says_less = written.extension() != ".gguf" || (is_part(real) && !is_part(written));
  return says_less && real.extension() == ".gguf" ? real : written;
}

// Each part is an input of its own.
Result<BaseModel> base_from_parts(const BaseRequest& from, const os::Path& first, bool is_within,
                                  content::Lease& lease, const BuildContext& context) {
  const std::vector<FoundFile> parts = TRY(find_parts(first, context), first.string());
  JoinedParts joined =
      TRY(import_parts(parts, {.modified = from.modified}, lease, context), first.string());
  BaseModel out{.model = std::move(joined.model)};
  out.settings.model = out.model.main;
  for (const content::Descriptor& part : joined.parts)
    out.inputs.push_back(input_of(
        InputRole::From,
        is_within ? input_name(from.from, content::file_path(part)) : name_beside(from.from, part),
        "file", part));
  return out;
}

Result<BaseModel> base_from_file(const BaseRequest& from, const os::Path& written,
                                 const LocalModel& local, content::Lease& lease,
                                 const BuildContext& context) {
  // The file's name is in the pack, so the lock has it: FROM says it, or the input adds it.
  const std::string name = local.named.filename().string();
  const bool is_within = local.named != written;
  if (is_part(local.named)) return base_from_parts(from, local.named, is_within, lease, context);
  const ImportRequest request{
      .path = local.path, .name = name, .in_place = from.in_place, .modified = from.modified};
  ModelFiles model = TRY(import_gguf(request, lease, context));
  BaseModel out{.model = std::move(model)};
  out.settings.model = out.model.main;
  out.inputs = {input_of(InputRole::From, is_within ? input_name(from.from, name) : from.from,
                         "file", out.model.files[0].layer)};
  return out;
}

// Each file is an input of its own: "./model/config.json".
Result<BaseModel> base_from_folder(const BaseRequest& from, const os::Path& folder,
                                   content::Lease& lease, const BuildContext& context) {
  const ImportRequest request{.path = folder, .in_place = from.in_place, .modified = from.modified};
  ModelFiles model = TRY(import_folder(request, lease, context));
  BaseModel out{.model = std::move(model)};
  out.settings.model = out.model.main;
  for (const StoredFile& file : out.model.files) {
    out.inputs.push_back(input_of(InputRole::From,
                                  input_name(from.from, content::file_path(file.layer)), "file",
                                  file.layer));
  }
  return out;
}

Result<std::string> jinja_of(const std::string& text) {
  if (text.empty() || modelfile::detect_template(text) == modelfile::TemplateSyntax::Jinja)
    return text;
  return modelfile::jinja_from_go_template(text);
}

// What the model brings along besides its files, as one input.
Result<void> add_settings_input(const BaseModel& base, LockInput input,
                                std::vector<LockInput>& out) {
  content::RuntimeSettings settings = base.settings;
  settings.model.clear();  // what the file is called here says nothing of the model
  settings.chat_template = base.go_template.empty() ? base.chat_template : base.go_template;
  settings.adapters = uses_of(base.adapters);
  codec::Json json = {{"licenses", base.licenses}, {"settings", settings.encode()}};
  const std::string text = TRY(codec::canonical_json(json));
  input.role = InputRole::Settings;
  input.digest = content::Digest::of(bytes_of(text));
  input.size = text.size();
  out.push_back(std::move(input));
  return {};
}

// The model, and the files that are inputs.
Result<JoinedParts> import_model(const FoundModel& found, ImportRequest request,
                                 content::Lease& lease, const BuildContext& context) {
  if (std::ranges::find(found.files, tensor::kAdapterConfigFile, &FoundFile::name) !=
      found.files.end())
    return not_a_model("it");
  if (is_in_parts(found.files)) return import_parts(found.files, request, lease, context);
  JoinedParts out;
  if (found.is_folder()) {
    out.model = TRY(import_found(found.files, request, lease, context));
  } else {
    request.path = found.files[0].path;
    request.name = found.files[0].name;
    request.expected = found.files[0].expected;
    out.model = TRY(import_gguf(request, lease, context));
  }
  for (const StoredFile& file : out.model.files) out.parts.push_back(file.layer);
  return out;
}

Result<BaseModel> base_from_found(const BaseRequest& from, const FoundModel& found,
                                  content::Lease& lease, const BuildContext& context) {
  ImportRequest request{.in_place = true, .modified = from.modified};
  JoinedParts imported = TRY(import_model(found, request, lease, context));
  BaseModel out{.model = std::move(imported.model)};
  const std::string first = from.from.substr(0, from.from.find('/'));  // "hf" of "hf/org/repo"
  const std::string origin = found.origin.empty() ? first : found.origin;
  for (const content::Descriptor& file : imported.parts) {
    std::string name =
        found.is_folder() ? input_name(from.from, content::file_path(file)) : from.from;
    out.inputs.push_back(input_of(InputRole::From, std::move(name), origin, file));
  }
  for (const os::Path& path : found.adapters) {
    request.path = path;
    request.name = fmt::format("adapter-{}.gguf", out.adapters.size() + 1);
    request.kind = tensor::ModelFileKind::Adapter;
    ModelFiles adapter = TRY(import_gguf(request, lease, context));
    out.inputs.push_back(
        input_of(InputRole::Adapter, request.name, origin, adapter.files[0].layer));
    out.adapters.push_back({tensor::AdapterForm::Gguf, std::move(adapter.files)});
  }
  out.settings.model = out.model.main;
  out.chat_template = TRY(jinja_of(found.chat_template), "its template");
  if (out.chat_template != found.chat_template) out.go_template = found.chat_template;
  out.settings.system = found.system;
  out.settings.messages = found.messages;
  out.settings.parameters = found.parameters;
  out.licenses = found.licenses;
  LockInput settings = out.inputs.front();
  settings.name = from.from;
  TRY(add_settings_input(out, std::move(settings), out.inputs));
  return out;
}

Result<content::Descriptor> layer_of(const content::Manifest& manifest, const std::string& path) {
  const content::Descriptor* layer = content::find_layer(manifest, path);
  if (layer == nullptr)
    return fail(Code::Corrupt, fmt::format("its manifest has no layer \"{}\"", path));
  return *layer;
}

// A pack of the store, to build on.
Result<BaseModel> base_from_store(const BaseRequest& from, const content::Digest& digest,
                                  content::Lease& lease, const BuildContext& context) {
  TRY(lease.protect(digest));
  BaseModel out = TRY(base_of_pack(digest, context));
  const std::string manifest = TRY(context.store.read_manifest_bytes(digest));
  out.inputs = {{InputRole::From, from.from, "store", digest, manifest.size()}};
  return out;
}

// Whether the place that the name says has brought this very pack into the store.
Result<bool> is_found_elsewhere(const std::string& name, const content::Digest& digest,
                                const BuildContext& context) {
  const auto reference = content::Reference::parse(name);
  if (!reference || reference->host().empty()) return false;
  const auto found = TRY(context.find(reference->with_digest(digest).str()));
  return found && found->pack == digest;
}

// What the lock says the name leads to, whatever it leads to now.
Result<std::optional<content::Digest>> locked_digest(const BaseRequest& from,
                                                     const BuildContext& context) {
  const LockInput* const pin =
      from.lock == nullptr ? nullptr : from.lock->find(InputRole::From, from.from);
  if (pin == nullptr || pin->origin != "store") return std::optional<content::Digest>();
  const Result<std::string> manifest = context.store.read_manifest_bytes(pin->digest);
  if (manifest) return std::optional(pin->digest);
  if (manifest.error().code != Code::NotFound) return std::unexpected(manifest.error());
  if (TRY(is_found_elsewhere(from.from, pin->digest, context))) return std::optional(pin->digest);
  return fail(Code::NotFound,
              fmt::format("\"{}\" is locked to {}, which is not on this machine", from.from,
                          pin->digest.str()),
              "--update takes what the name leads to now");
}

Result<BaseModel> base_from_name(const BaseRequest& from, content::Lease& lease,
                                 const BuildContext& context) {
  if (const auto locked = TRY(locked_digest(from, context)))
    return base_from_store(from, *locked, lease, context);
  const auto reference = content::Reference::parse(from.from);
  if (reference) {
    const auto digest = context.store.resolve(*reference);
    if (digest) return base_from_store(from, *digest, lease, context);
    if (digest.error().code != Code::NotFound) return std::unexpected(digest.error());
  }
  if (const std::optional<FoundModel> found = TRY(context.find(from.from))) {
    if (found->pack) return base_from_store(from, *found->pack, lease, context);
    return base_from_found(from, *found, lease, context);
  }
  if (!reference) return std::unexpected(reference.error());
  return fail(Code::NotFound, fmt::format("there is no file and no model \"{}\"", from.from),
              "`tegula list --all` shows the models on this machine");
}

}  // namespace

Result<BaseModel> base_of_pack(const content::Digest& digest, const BuildContext& context) {
  const content::Manifest manifest = TRY(context.store.read_manifest(digest));
  const auto text = [&](const std::string& path) -> Result<std::string> {
    return read_text_layer(TRY(layer_of(manifest, path)), context);
  };
  content::RuntimeSettings settings =
      TRY(content::RuntimeSettings::parse(TRY(text(std::string(content::kRuntimeSettingsFile)))));
  ModelFiles model = TRY(files_of_pack(manifest, settings, context));
  BaseModel out{.model = std::move(model)};
  out.settings = std::move(settings);
  for (const content::AdapterUse& use : std::exchange(out.settings.adapters, {}))
    out.adapters.push_back(TRY(adapter_of_pack(manifest, use)));
  if (!out.settings.draft.empty()) out.draft = TRY(layer_of(manifest, out.settings.draft));
  if (!out.settings.chat_template.empty())
    out.chat_template = TRY(text(out.settings.chat_template));
  if (content::find_layer(manifest, content::kGoTemplateFile) != nullptr)
    out.go_template = TRY(text(std::string(content::kGoTemplateFile)));
  if (content::find_layer(manifest, kLicenseFile) != nullptr) {
    std::string license = TRY(text(std::string(kLicenseFile)));
    if (license.ends_with('\n')) license.pop_back();  // the end that license_text() gave it
    out.licenses.push_back(std::move(license));
  }
  return out;
}

Result<std::optional<LocalModel>> find_local(const std::string& from, const os::Path& folder,
                                             const BuildContext& context) {
  const os::Path path = context.locate(from, folder);
  const Result<os::Path> real = real_path(path);
  if (!real) return std::optional<LocalModel>();
  const os::FileStat stat = TRY(context.files.stat(*real));
  if (stat.kind == os::FileKind::Folder) return std::optional(TRY(model_in(*real, context)));
  if (stat.kind != os::FileKind::File)
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is not a file", path.string()));
  if (path.extension() == ".safetensors") {
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is one file of a model", path.string()),
                "name its folder, which has config.json and the tokenizer too");
  }
  return std::optional(LocalModel{*real, Format::Gguf, naming(path, *real)});
}

Result<BaseModel> find_base(const BaseRequest& request, content::Lease& lease,
                            const BuildContext& context) {
  const os::Path path = context.locate(request.from, request.folder);
  if (const auto local = TRY(find_local(request.from, request.folder, context))) {
    return local->format == Format::Gguf ? base_from_file(request, path, *local, lease, context)
                                         : base_from_folder(request, local->path, lease, context);
  }
  if (looks_like_path(request.from)) {
    return fail(Code::NotFound, fmt::format("there is no file \"{}\"", path.string()),
                "FROM takes a path beside the Modelfile, an absolute path, or a model's name");
  }
  return base_from_name(request, lease, context);
}

}  // namespace tegula::build
