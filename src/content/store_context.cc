#include "content/store_context.h"

namespace tegula::content {

Result<StoreLock> lock_shared(const StoreContext& store) {
  return store.fs.lock(store.layout.lock(), os::LockMode::Shared, true);
}

Result<StoreLock> lock_exclusive(const StoreContext& store) {
  return store.fs.lock(store.layout.lock(), os::LockMode::Exclusive, true);
}

Result<StoreLock> lock_names(const StoreContext& store) {
  return store.fs.lock(store.layout.names_lock(), os::LockMode::Exclusive, true);
}

Result<void> make_parent(const StoreContext& store, const os::Path& path) {
  const os::Path folder = path.parent_path();
  TRY(os::make_folders(store.fs, folder));
  for (os::Path up = folder; up != store.layout.root(); up = up.parent_path())
    TRY(store.fs.sync_folder(up.parent_path()));
  return {};
}

Result<void> put_file(const StoreContext& store, const os::Path& path, ByteView bytes,
                      std::uint32_t mode) {
  TRY(make_parent(store, path));
  return os::write_durably(store.fs, path, bytes, mode);
}

Result<std::vector<std::string>> list_folder(const StoreContext& store, const os::Path& folder) {
  auto names = store.fs.list(folder);
  if (!names && names.error().code == Code::NotFound) return std::vector<std::string>();
  return names;
}

Result<std::vector<Digest>> list_digests(const StoreContext& store, const os::Path& folder) {
  constexpr std::string_view kTreeSuffix = ".bt2";
  std::vector<Digest> out;
  for (const std::string& shard : TRY(list_folder(store, folder)))
    for (const std::string& name : TRY(list_folder(store, folder / shard))) {
      std::string_view hex = name;
      if (hex.ends_with(kTreeSuffix)) hex.remove_suffix(kTreeSuffix.size());
      const Result<Digest> digest = Digest::from_hex(hex);
      if (digest) out.push_back(*digest);  // anything else is a temporary; gc takes it away
    }
  return out;
}

}  // namespace tegula::content
