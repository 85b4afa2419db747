#include "build/made_files.h"

#include "base/limits.h"
#include "build/lock.h"
#include "codec/json.h"
#include "content/layer.h"

namespace tegula::build {
namespace {

using codec::Json;

constexpr std::size_t kEntriesMax = 1000;  // then all go, and are made again when they are wanted

os::Path folder(const BuildContext& context) { return context.store.path() / "made"; }

os::Path file_of(const content::Digest& key, const BuildContext& context) {
  return folder(context) / key.hex();
}

Json json_of(const content::Descriptor& layer) {
  return {{"path", content::file_path(layer)},
          {"type", layer.media_type},
          {"digest", layer.digest.str()},
          {"size", layer.size}};
}

// The layer as it would be made now; its blob must be in the store.
Result<StoredFile> file_in_store(const Json& json, WallTime modified, content::Lease& lease,
                                 const BuildContext& context) {
  const std::string path = TRY(codec::string_member(json, "path"));
  const std::string type = TRY(codec::string_member(json, "type"));
  const std::string hex = TRY(codec::string_member(json, "digest"));
  const std::uint64_t size = TRY(codec::uint_member(json, "size"));
  const content::Digest digest = TRY(content::Digest::parse(hex));
  const content::Descriptor blob{.media_type = type, .digest = digest, .size = size};
  TRY(lease.protect(digest));
  if (!TRY(context.store.has_blob(digest, blob.size)))
    return fail(Code::NotFound, "it is not in the store any more");
  const content::BlobTree tree = TRY(context.store.read_tree(blob));
  content::Descriptor layer = content::make_layer({.media_type = type,
                                                   .path = path,
                                                   .digest = digest,
                                                   .size = blob.size,
                                                   .tree_root = tree.root,
                                                   .modified = modified});
  TRY(content::check_layer(layer));
  return StoredFile{std::move(layer), content::ImportWay::AlreadyThere};
}

Result<ModelFiles> read_made(const MadeFrom& from, WallTime modified, content::Lease& lease,
                             const BuildContext& context) {
  const std::string text =
      TRY(os::read_file(context.files, file_of(from.key(), context), limits::kJsonBytesMax));
  const Json json = TRY(codec::parse_json(text));
  std::vector<StoredFile> files;
  for (const Json& file : *TRY(codec::array_member(json, "files")))
    files.push_back(TRY(file_in_store(file, modified, lease, context)));
  if (files.empty()) return fail(Code::Corrupt, "it names no file");
  ModelFiles out = TRY(files_of_layers(std::move(files), from.target.format, context));
  const bool is_plain_mlx = from.target.format == Format::Mlx && !from.target.mlx;
  if (is_plain_mlx && out.format == Format::Safetensors)
    out.format = Format::Mlx;  // without bits it is a folder as any other
  if (out.format == from.target.format) return out;
  return fail(Code::Corrupt, "it is of another format");
}

// Old entries are worth little: their blobs may be gone, and nobody says so here.
Result<void> make_room(const BuildContext& context) {
  TRY(os::make_folders(context.files, folder(context)));
  const std::vector<std::string> names = TRY(context.files.list(folder(context)));
  if (names.size() < kEntriesMax) return {};
  for (const std::string& name : names) TRY(context.files.remove(folder(context) / name));
  return {};
}

Result<void> write_made(const MadeFrom& from, const ModelFiles& made, const BuildContext& context) {
  TRY(make_room(context));
  Json json = {{"files", Json::array()}};
  for (const StoredFile& file : made.files) json["files"].push_back(json_of(file.layer));
  return os::write_durably(context.files, file_of(from.key(), context),
                           bytes_of(TRY(codec::canonical_json(json))));
}

}  // namespace

content::Digest MadeFrom::key() const {
  Json json = {{"numerics", kNumerics},
               {"target", target.line()},
               {"name", name},
               {"imatrix", imatrix ? imatrix->str() : ""},
               {"files", Json::array()}};
  for (const StoredFile& file : source.files)
    json["files"].push_back(
        {{"path", content::file_path(file.layer)}, {"digest", file.layer.digest.str()}});
  return content::Digest::of(bytes_of(json.dump()));  // members are sorted
}

bool is_made(Format source, const Target& target) {
  const bool changes_form = (target.format == Format::Gguf) != (source == Format::Gguf);
  return changes_form || !target.keeps_numbers();
}

std::optional<ModelFiles> find_made(const MadeFrom& from, WallTime modified, content::Lease& lease,
                                    const BuildContext& context) {
  auto made = read_made(from, modified, lease, context);
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

void keep_made(const MadeFrom& from, const ModelFiles& made, const BuildContext& context) {
  static_cast<void>(write_made(from, made, context));
}

}  // namespace tegula::build
