#include "content/readable_names.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "content/blob_store.h"
#include "content/identity_cache.h"
#include "content/layer.h"
#include "content/manifest_store.h"
#include "content/tag_store.h"

namespace tegula::content {
namespace {

std::optional<Manifest> manifest_of(const StoreContext& store,
                                    const std::optional<Digest>& digest) {
  if (!digest) return std::nullopt;
  const auto manifest = read_manifest(store, *digest);
  return manifest ? std::optional(*manifest) : std::nullopt;
}

bool is_no_way(const Error& error) {
  return error.code == Code::Unsupported || error.code == Code::PermissionDenied ||
         error.code == Code::Exhausted;
}

Result<void> copy_to(const StoreContext& store, const OpenBlob& blob, const os::Path& to) {
  const auto copy = TRY(store.fs.create(to, 0444));
  Bytes buffer(limits::kMiB);
  for (std::uint64_t at = 0;; at += buffer.size()) {
    const std::size_t got = TRY(blob.file->read_at(at, buffer));
    TRY(copy->append(ByteView(buffer).first(got)));
    if (got < buffer.size()) return copy->sync();
  }
}

// False: a blob outside the store on a disk without reflinks; it is not worth a second copy.
Result<bool> make_twin(const StoreContext& store, const OpenBlob& blob, const os::Path& to) {
  const Result<void> cloned = store.fs.reflink(*blob.file, to, 0444);
  // A clone is a new file, whose bytes a crash may take although the blob's are safe.
  if (cloned) TRY(TRY(store.fs.open(to))->sync());
  if (cloned) return true;
  if (!is_no_way(cloned.error())) return std::unexpected(cloned.error());
  if (blob.is_external) return false;
  const Result<void> linked = store.fs.link(blob.path, to);
  if (linked) return true;
  if (!is_no_way(linked.error())) return std::unexpected(linked.error());
  TRY(copy_to(store, blob, to));
  return true;
}

// What is known of a twin that is no link: enough to see that it still is one, and never enough to
// count as checked.
void remember_twin(const StoreContext& store, const os::Path& path, const Digest& digest) {
  const auto stat = store.fs.stat(path);
  if (stat) remember(store, {identity_of(*stat), WallTime{}, digest});
}

bool is_twin(const StoreContext& store, const os::Path& path, const OpenBlob& blob,
             const Digest& digest) {
  const auto have = store.fs.stat(path);
  if (!have) return false;
  if (is_same_file(*have, blob.stat)) return true;
  const std::optional<CheckedFile> entry = find_entry(store, *have);
  return entry && entry->digest == digest && entry->identity.size == have->size &&
         entry->identity.modified_ns == have->modified_ns;
}

Result<void> put_twin(const StoreContext& store, const Descriptor& layer, const os::Path& target) {
  const OpenBlob blob = TRY(open_blob(store, layer.digest, layer.size));
  if (is_twin(store, target, blob, layer.digest)) return {};
  TRY(os::make_folders(store.fs, target.parent_path()));
  const os::Path temporary = target.parent_path() / (".tegula-tmp-" + random_name(store.random));
  if (!TRY(make_twin(store, blob, temporary))) return {};
  const Result<void> renamed = store.fs.rename(temporary, target);
  if (!renamed) {
    static_cast<void>(store.fs.remove(temporary));
    return renamed;
  }
  const auto stat = store.fs.stat(target);
  if (stat && !is_same_file(*stat, blob.stat)) remember_twin(store, target, layer.digest);
  return {};
}

// The folders of `path` up to `stop_at`, as far as nothing is in them.
void remove_empty_folders(const StoreContext& store, os::Path path, const os::Path& stop_at) {
  while (path != stop_at && path.has_relative_path() && store.fs.remove(path))
    path = path.parent_path();
}

Result<void> remove_file(const StoreContext& store, const os::Path& path) {
  const Result<void> removed = store.fs.remove(path);
  if (!removed && removed.error().code != Code::NotFound) return removed;
  remove_empty_folders(store, path.parent_path(), store.layout.models());
  return {};
}

// What we put under `folder` and isn't in `keep`. Our files are read-only; what somebody may write
// to is somebody's own.
Result<void> sweep(const StoreContext& store, const os::Path& folder,
                   const std::set<os::Path>& keep) {
  for (const std::string& name : TRY(list_folder(store, folder))) {
    const os::Path path = folder / name;
    const auto stat = store.fs.stat(path);
    if (!stat || keep.contains(path)) continue;
    if (stat->kind == os::FileKind::Folder) {
      TRY(sweep(store, path, keep));
      static_cast<void>(store.fs.remove(path));  // stays if it isn't empty
    } else if (stat->kind == os::FileKind::File &&
               ((stat->mode & 0222) == 0 || os::is_temporary_name(name))) {
      TRY(store.fs.remove(path));
    }
  }
  return {};
}

}  // namespace

Result<void> update_readable(const StoreContext& store, const Reference& reference,
                             const std::optional<Digest>& before,
                             const std::optional<Digest>& after) {
  const os::Path folder = store.layout.readable(reference);
  const std::optional<Manifest> fresh = manifest_of(store, after);
  const std::optional<Manifest> old = before == after ? std::nullopt : manifest_of(store, before);
  if (old)
    for (const Descriptor& layer : old->layers)
      if (!fresh || find_layer(*fresh, file_path(layer)) == nullptr)
        TRY(remove_file(store, folder / file_path(layer)));
  if (fresh)
    for (const Descriptor& layer : fresh->layers)
      TRY(put_twin(store, layer, folder / file_path(layer)));
  return {};
}

Result<void> rebuild_readable(const StoreContext& store) {
  std::set<os::Path> keep;
  std::vector<std::pair<Descriptor, os::Path>> wanted;
  for (const Reference& reference : TRY(list_tag_files(store))) {
    const auto history = read_tag_file(store, reference);
    const std::optional<Manifest> manifest =
        history ? manifest_of(store, history->back().digest) : std::nullopt;
    if (!manifest) continue;
    for (const Descriptor& layer : manifest->layers) {
      const os::Path path = store.layout.readable(reference) / file_path(layer);
      keep.insert(path);
      wanted.emplace_back(layer, path);
    }
  }
  TRY(sweep(store, store.layout.models(), keep));
  for (const auto& [layer, path] : wanted) static_cast<void>(put_twin(store, layer, path));
  return {};
}

}  // namespace tegula::content
