#include "source/ollama_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "source/foreign_path.h"
#include "source/ollama_manifest.h"
#include "source/ollama_name.h"

namespace tegula::source {
namespace {

// As FROM and `tegula list` name it.
std::string foreign_name(const OllamaName& name) { return "ollama/" + name.str(); }

Result<OllamaName> parse_name(std::string_view path, std::string_view tag) {
  const std::vector<std::string_view> parts = plain_parts(path);
  if (parts.empty() || parts.size() > 3 || (!tag.empty() && !is_plain_name(tag)))
    return fail(Code::InvalidArgument, "expected ollama/[<host>/][<namespace>/]<model>[:<tag>]");
  OllamaName name;
  name.model = parts.back();
  name.space = parts.size() > 1 ? parts[parts.size() - 2] : kOllamaNamespace;
  name.host = parts.size() > 2 ? parts.front() : kOllamaHost;
  name.tag = tag.empty() ? "latest" : tag;
  return name;
}

Result<RealFile> find_blob(const os::FileSystem& fs, const os::Path& root,
                           const content::Descriptor& blob) {
  const os::Path path = root / "blobs" / ("sha256-" + blob.digest.hex());
  const RealFile file =
      TRY(file_inside(fs, root, path), "blob " + content::short_form(blob.digest));
  if (file.bytes != blob.size) {
    return fail(Code::Corrupt,
                fmt::format("blob {} has {} bytes, the manifest says {}", blob.digest.str(),
                            file.bytes, blob.size),
                "the download did not finish; pull the model again with Ollama");
  }
  return file;
}

// A small blob as a whole; its digest is checked.
Result<std::string> read_blob(const os::FileSystem& fs, const os::Path& root,
                              const content::Descriptor& blob) {
  const RealFile file = TRY(find_blob(fs, root, blob));
  const std::string text = TRY(os::read_file(fs, file.path, limits::kForeignTextBytesMax));
  const content::Digest got = content::Digest::of(bytes_of(text));
  if (got == blob.digest) return text;
  return fail(Code::Corrupt,
              fmt::format("digest does not match: want {}, got {}", blob.digest.str(), got.str()),
              "pull the model again with Ollama");
}

Result<std::string> read_manifest(const os::FileSystem& fs, const os::Path& root,
                                  const OllamaName& name) {
  const RealFile file = TRY(file_inside(fs, root, root / "manifests" / name.path()));
  return os::read_file(fs, file.path, limits::kManifestBytesMax);
}

std::string file_name(ForeignRole role, const OllamaName& name, std::size_t index) {
  if (role == ForeignRole::Model) return name.model + ".gguf";
  return fmt::format("{}-{}{}.gguf", name.model, role_name(role),
                     index == 0 ? "" : fmt::format("-{}", index + 1));
}

Result<void> add_file(const os::FileSystem& fs, const os::Path& root, const OllamaName& name,
                      ForeignRole role, const content::Descriptor& blob, ForeignModel& model) {
  const auto before = std::ranges::count(model.files, role, &ForeignFile::role);
  const RealFile real = TRY(find_blob(fs, root, blob));
  ForeignFile file{role, real.path, file_name(role, name, static_cast<std::size_t>(before)),
                   real.bytes, blob.digest};
  const bool first = role == ForeignRole::Model;
  model.files.insert(first ? model.files.begin() : model.files.end(), std::move(file));
  return {};
}

Result<void> add_text(OllamaLayer kind, std::string text, ForeignModel& model) {
  switch (kind) {
    case OllamaLayer::Template: model.go_template = std::move(text); break;
    case OllamaLayer::System: model.system = std::move(text); break;
    case OllamaLayer::License: model.licenses.push_back(std::move(text)); break;
    case OllamaLayer::Params: model.parameters = TRY(parse_ollama_params(text), "params"); break;
    case OllamaLayer::Messages:
      model.messages = TRY(parse_ollama_messages(text), "messages");
      break;
    case OllamaLayer::Model:
    case OllamaLayer::Projector:
    case OllamaLayer::Adapter:
    case OllamaLayer::Draft: break;
  }
  return {};
}

std::optional<ForeignRole> role_of(OllamaLayer kind) {
  switch (kind) {
    case OllamaLayer::Model: return ForeignRole::Model;
    case OllamaLayer::Projector: return ForeignRole::Projector;
    case OllamaLayer::Adapter: return ForeignRole::Adapter;
    case OllamaLayer::Draft: return ForeignRole::Draft;
    case OllamaLayer::Template:
    case OllamaLayer::System:
    case OllamaLayer::Params:
    case OllamaLayer::Messages:
    case OllamaLayer::License: return {};
  }
  return {};
}

Result<ForeignModel> read_model(const os::FileSystem& fs, const os::Path& root,
                                const OllamaName& name) {
  const std::string text = TRY(read_manifest(fs, root, name));
  const OllamaManifest manifest = TRY(parse_ollama_manifest(text), "manifest");
  const std::string config_text = TRY(read_blob(fs, root, manifest.config), "config");
  OllamaConfig config = TRY(parse_ollama_config(config_text), "config");
  ForeignModel model;
  model.kind = ForeignKind::Ollama;
  model.name = foreign_name(name);
  model.revision = content::Digest::of(bytes_of(text)).str();
  model.renderer = std::move(config.renderer);
  model.parser = std::move(config.parser);
  model.requires_version = std::move(config.requires_version);
  for (const OllamaManifest::Layer& layer : manifest.layers) {
    if (const auto role = role_of(layer.kind)) {
      TRY(add_file(fs, root, name, *role, layer.blob, model));
    } else {
      TRY(add_text(layer.kind, TRY(read_blob(fs, root, layer.blob)), model));
    }
  }
  return model;
}

// Four folders deep, without recursion: nothing a link could lead astray.
Result<std::vector<OllamaName>> all_names(const os::FileSystem& fs, const os::Path& root) {
  const os::Path manifests = root / "manifests";
  std::vector<OllamaName> names;
  for (const std::string& host : TRY(list_plain(fs, manifests))) {
    for (const std::string& space : TRY(list_plain(fs, manifests / host))) {
      for (const std::string& model : TRY(list_plain(fs, manifests / host / space))) {
        for (const std::string& tag : TRY(list_plain(fs, manifests / host / space / model)))
          names.push_back({host, space, model, tag});
        if (names.size() > limits::kForeignEntriesMax)
          return fail(Code::Exhausted,
                      fmt::format("more than {} models in the store", limits::kForeignEntriesMax));
      }
    }
  }
  return names;
}

}  // namespace

Result<ForeignListing> list_ollama(const os::FileSystem& fs, const os::Path& root) {
  ForeignListing listing;
  for (const OllamaName& name : TRY(all_names(fs, root))) {
    const auto model = read_model(fs, root, name);
    if (model) {
      listing.models.push_back({model->name, model->files.front().bytes});
    } else {
      listing.problems.push_back(Error(model.error()).within(foreign_name(name)));
    }
  }
  return listing;
}

Result<ForeignModel> find_ollama(const os::FileSystem& fs, const os::Path& root,
                                 std::string_view path, std::string_view tag) {
  return read_model(fs, root, TRY(parse_name(path, tag)));
}

}  // namespace tegula::source
