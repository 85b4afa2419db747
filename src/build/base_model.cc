#include "build/base_model.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "build/text_layer.h"
#include "codec/json.h"
#include "content/file_path.h"
#include "content/layer.h"
#include "modelfile/go_template.h"
#include "tensor/byte_source.h"
#include "tensor/model_check.h"

namespace tegula::build {
namespace {

// GGUFs in a folder, and what else is there that we know by name.
struct FolderListing {
  std::vector<std::string> ggufs;
  bool has_safetensors = false;
};

Result<FolderListing> list_folder(const os::Path& folder, const BuildContext& context) {
  FolderListing out;
  for (const std::string& name : TRY(context.files.list(folder))) {
    if (name.ends_with(".gguf")) out.ggufs.push_back(name);
    if (name.ends_with(".safetensors")) out.has_safetensors = true;
  }
  return out;
}

Result<os::Path> only_gguf(const os::Path& folder, const BuildContext& context) {
  const FolderListing listing = TRY(list_folder(folder, context));
  if (listing.ggufs.size() == 1) return folder / listing.ggufs[0];
  if (listing.ggufs.empty() && listing.has_safetensors) {
    return fail(Code::Unsupported,
                fmt::format("\"{}\" holds safetensors, and this build cannot convert them yet",
                            folder.string()),
                "give it a GGUF file");
  }
  return fail(Code::InvalidArgument,
              fmt::format("\"{}\" holds {} GGUF files, one was expected", folder.string(),
                          listing.ggufs.size()),
              "name the file");
}

// The GGUF file a path leads to, through links and folders; nothing if there is no such path.
Result<std::optional<os::Path>> gguf_at(const os::Path& path, const BuildContext& context) {
  std::error_code error;
  const os::Path real = std::filesystem::canonical(path, error);
  if (error) return std::optional<os::Path>();
  const os::FileStat stat = TRY(context.files.stat(real));
  if (stat.kind == os::FileKind::Folder)
    return std::optional(TRY(gguf_at(TRY(only_gguf(real, context)), context)));
  if (stat.kind != os::FileKind::File)
    return fail(Code::InvalidArgument, fmt::format("\"{}\" is not a file", path.string()));
  return std::optional(real);
}

bool looks_like_path(const std::string& from) {
  return from.starts_with("/") || from.starts_with("./") || from.starts_with("../") ||
         from.starts_with("~") || from.ends_with(".gguf");
}

LockInput input_of(InputRole role, std::string name, std::string origin,
                   const content::Descriptor& layer) {
  return {role, std::move(name), std::move(origin), layer.digest, layer.size};
}

Result<BaseModel> base_from_file(const BaseRequest& from, const os::Path& written,
                                 const os::Path& real, content::Lease& lease,
                                 const BuildContext& context) {
  // A link's own name says more than what it leads to: Hugging Face caches link to hashes.
  const os::Path named = real.extension() == ".gguf" ? real : written;
  ImportRequest request;
  request.path = real;
  request.name = named.filename().string();
  request.modified = from.modified;
  StoredWeights weights = TRY(import_weights(request, lease, context));
  BaseModel out{.weights = std::move(weights)};
  out.settings.model = request.name;
  out.inputs = {input_of(InputRole::From, from.from, "file", out.weights.layer)};
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
  settings.chat_template = base.chat_template;
  codec::Json json = {{"licenses", base.licenses}, {"settings", settings.encode()}};
  const std::string text = TRY(codec::canonical_json(json));
  input.role = InputRole::Settings;
  input.digest = content::Digest::of(bytes_of(text));
  input.size = text.size();
  out.push_back(std::move(input));
  return {};
}

Result<BaseModel> base_from_found(const BaseRequest& from, const FoundModel& found,
                                  content::Lease& lease, const BuildContext& context) {
  ImportRequest request;
  request.path = found.model;
  request.name = found.file_name;
  request.in_place = true;
  request.expected = found.expected;
  request.modified = from.modified;
  StoredWeights weights = TRY(import_weights(request, lease, context));
  BaseModel out{.weights = std::move(weights)};
  out.settings.model = found.file_name;
  const std::string first = from.from.substr(0, from.from.find('/'));  // "hf" of "hf/org/repo"
  const std::string origin = found.origin.empty() ? first : found.origin;
  out.inputs = {input_of(InputRole::From, from.from, origin, out.weights.layer)};
  for (const os::Path& path : found.adapters) {
    request.path = path;
    request.name = fmt::format("adapter-{}.gguf", out.adapters.size() + 1);
    request.kind = tensor::ModelFileKind::Adapter;
    request.expected.reset();
    out.adapters.push_back(TRY(import_weights(request, lease, context)).layer);
    out.inputs.push_back(input_of(InputRole::Adapter, request.name, origin, out.adapters.back()));
    out.settings.adapters.push_back({request.name, 1.0});
  }
  out.chat_template = TRY(jinja_of(found.chat_template), "its template");
  out.settings.system = found.system;
  out.settings.messages = found.messages;
  out.settings.parameters = found.parameters;
  out.licenses = found.licenses;
  TRY(add_settings_input(out, out.inputs.front(), out.inputs));
  return out;
}

// Reads the weights of a pack again: what is built on it needs to know what they are.
Result<StoredWeights> weights_of_layer(const content::Descriptor& layer,
                                       const BuildContext& context) {
  const content::VerifiedBlob blob =
      TRY(context.store.open_verified(layer, context.progress, context.stop));
  const tensor::FileSource source = TRY(tensor::FileSource::open(blob.file()));
  tensor::Gguf gguf = TRY(tensor::read_gguf(source));
  tensor::ModelInfo info = tensor::model_info(gguf, tensor::ModelFileKind::Model);
  return StoredWeights{layer, content::ImportWay::AlreadyThere, std::move(gguf), std::move(info)};
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

// Our own reader, on a file that somebody else made.
Result<tensor::Gguf> read_model_file(const tensor::ByteSource& source, tensor::ModelFileKind kind) {
  const auto check = [&]() -> Result<tensor::Gguf> {
    tensor::Gguf gguf = TRY(tensor::read_gguf(source));
    const bool is_model = kind == tensor::ModelFileKind::Model;
    TRY(is_model ? tensor::check_model(gguf) : tensor::check_adapter(gguf));
    return gguf;
  };
  Result<tensor::Gguf> out = check();
  if (!out && out.error().hint.empty())
    out.error().hint = out.error().code == Code::Corrupt
                           ? "the file is damaged or was not made well: get it again, or another"
                           : "FROM and DRAFT take a model, ADAPTER takes a LoRA adapter of it";
  return out;
}

}  // namespace

os::Path resolve_path(const std::string& written, const os::Path& folder, const os::Path& home) {
  if (written == "~") return home;
  if (written.starts_with("~/")) return home / written.substr(2);
  std::string_view rest = written;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  return folder / rest;
}

Result<BaseModel> base_of_pack(const content::Digest& digest, const BuildContext& context) {
  const content::Manifest manifest = TRY(context.store.read_manifest(digest));
  const auto text = [&](const std::string& path) -> Result<std::string> {
    return read_text_layer(TRY(layer_of(manifest, path)), context);
  };
  content::RuntimeSettings settings =
      TRY(content::RuntimeSettings::parse(TRY(text(std::string(content::kRuntimeSettingsFile)))));
  StoredWeights weights = TRY(weights_of_layer(TRY(layer_of(manifest, settings.model)), context));
  BaseModel out{.weights = std::move(weights), .settings = std::move(settings)};
  for (const content::AdapterUse& adapter : out.settings.adapters)
    out.adapters.push_back(TRY(layer_of(manifest, adapter.file)));
  if (!out.settings.draft.empty()) out.draft = TRY(layer_of(manifest, out.settings.draft));
  if (!out.settings.chat_template.empty())
    out.chat_template = TRY(text(out.settings.chat_template));
  if (content::find_layer(manifest, kLicenseFile) != nullptr) {
    std::string license = TRY(text(std::string(kLicenseFile)));
    if (license.ends_with('\n')) license.pop_back();  // the end that license_text() gave it
    out.licenses.push_back(std::move(license));
  }
  return out;
}

Result<tensor::Gguf> look_at(const os::Path& path, tensor::ModelFileKind kind,
                             const BuildContext& context) {
  const std::unique_ptr<os::File> file = TRY(context.files.open(path));
  const tensor::FileSource source = TRY(tensor::FileSource::open(*file));
  return TRY(read_model_file(source, kind), path.string());
}

Result<std::optional<tensor::Gguf>> look_at_base(const std::string& from, const os::Path& folder,
                                                 const BuildContext& context) {
  const std::optional<os::Path> file =
      TRY(gguf_at(resolve_path(from, folder, context.home), context));
  if (!file) return std::optional<tensor::Gguf>();
  return std::optional(TRY(look_at(*file, tensor::ModelFileKind::Model, context)));
}

Result<StoredWeights> import_weights(const ImportRequest& request, content::Lease& lease,
                                     const BuildContext& context) {
  // Before the file becomes a blob, and perhaps read-only by that.
  TRY(content::check_file_path(request.name), fmt::format("\"{}\"", printable(request.name)));
  const std::string label = request.path.string();
  tensor::Gguf gguf = TRY(look_at(request.path, request.kind, context));
  tensor::ModelInfo info = tensor::model_info(gguf, request.kind);

  const content::StoredBlob blob = TRY(context.store.import_file(
      request.path, lease, {.in_place = request.in_place}, context.progress, context.stop));
  if (request.expected && *request.expected != blob.digest) {
    return fail(Code::Corrupt,
                fmt::format("\"{}\" has the digest {}, its keeper says {}", label,
                            blob.digest.str(), request.expected->str()),
                "download it again with the program that keeps it");
  }
  const content::Descriptor layer = content::make_layer({.path = request.name,
                                                         .digest = blob.digest,
                                                         .size = blob.size,
                                                         .tree_root = blob.tree_root,
                                                         .modified = request.modified});
  return StoredWeights{layer, blob.way, std::move(gguf), std::move(info)};
}

Result<BaseModel> find_base(const BaseRequest& request, content::Lease& lease,
                            const BuildContext& context) {
  const os::Path path = resolve_path(request.from, request.folder, context.home);
  if (const std::optional<os::Path> file = TRY(gguf_at(path, context)))
    return base_from_file(request, path, *file, lease, context);
  if (looks_like_path(request.from)) {
    return fail(Code::NotFound, fmt::format("there is no file \"{}\"", path.string()),
                "FROM takes a path beside the Modelfile, an absolute path, or a model's name");
  }
  return base_from_name(request, lease, context);
}

}  // namespace tegula::build
