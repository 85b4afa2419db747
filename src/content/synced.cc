#include "content/synced.h"

#include <set>

namespace tegula::content {
namespace {

Result<void> sync_below(const StoreContext& store, const os::Path& folder) {
  for (const std::string& name : TRY(store.fs.list(folder))) {
    const auto stat = store.fs.stat(folder / name);
    if (stat && stat->kind == os::FileKind::Folder) TRY(sync_below(store, folder / name));
  }
  return store.fs.sync_folder(folder);
}

}  // namespace

Result<void> sync_name(const StoreContext& store, const os::Path& path) {
  for (os::Path at = path; at != store.layout.root(); at = at.parent_path())
    TRY(store.fs.sync_folder(at.parent_path()));
  return {};
}

Result<void> sync_blobs(const StoreContext& store, const std::vector<const Descriptor*>& blobs) {
  std::set<os::Path> folders;
  const auto add = [&](os::Path path) {
    while (path != store.layout.root()) folders.insert(path = path.parent_path());
  };
  for (const Descriptor* blob : blobs)
    for (const os::Path& path : {store.layout.blob(blob->digest), store.layout.tree(blob->digest),
                                 store.layout.external(blob->digest)})
      if (TRY(os::exists(store.fs, path))) add(path);
  for (const os::Path& folder : folders) TRY(store.fs.sync_folder(folder));
  return {};
}

Result<void> sync_folders(const StoreContext& store, const os::Path& folder) {
  if (!TRY(os::exists(store.fs, folder))) return {};
  TRY(sync_below(store, folder));
  return sync_name(store, folder);
}

Result<void> sync_root(const StoreContext& store) {
  for (os::Path at = store.layout.root(); at.has_relative_path(); at = at.parent_path()) {
    const Result<void> synced = store.fs.sync_folder(at.parent_path());
    if (!synced && has_no_sync(synced.error())) return {};  // not made by anybody like us
    TRY(synced);
  }
  return {};
}

bool has_no_sync(const Error& error) {
  return error.code == Code::PermissionDenied || error.code == Code::InvalidArgument ||
         error.code == Code::Unsupported;
}

}  // namespace tegula::content
