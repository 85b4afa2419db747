#include "content/collector.h"

#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "base/limits.h"
#include "content/external_blob.h"
#include "content/identity_cache.h"
#include "content/lease.h"
#include "content/manifest_store.h"
#include "content/readable_names.h"
#include "content/referrer_store.h"
#include "content/synced.h"
#include "content/tag_store.h"

namespace tegula::content {
namespace {

using DigestSet = std::unordered_set<Digest>;

struct Live {
  DigestSet manifests, blobs;
};

// What is said about a live manifest lives, too. A damaged referrer is kept and leads nowhere.
Result<void> mark_referrers(const StoreContext& store, const Digest& subject, Live& live) {
  for (const os::Path& path : TRY(list_referrer_files(store, subject))) {
    const auto json = os::read_file(store.fs, path, limits::kManifestBytesMax);
    const auto referrer = json ? parse_referrer(*json) : std::unexpected(json.error());
    if (!referrer) continue;
    for (const Descriptor* blob : blobs_of(referrer->manifest)) live.blobs.insert(blob->digest);
  }
  return {};
}

bool is_young(const StoreContext& store, const Digest& manifest, std::chrono::seconds grace) {
  if (grace.count() == 0) return false;
  const auto stat = store.fs.stat(store.layout.manifest(manifest));
  return stat && WallTime(std::chrono::nanoseconds(stat->modified_ns)) > store.clock.now() - grace;
}

// The manifest and all it needs stay. One that is gone, or damaged beyond parsing, leads nowhere.
Result<void> mark_manifest(const StoreContext& store, const Digest& digest, Live& live) {
  if (!live.manifests.insert(digest).second) return {};
  const auto index = read_index(store, digest);
  if (!index && index.error().code == Code::NotFound) return {};
  if (!index) return std::unexpected(index.error());
  if (*index) {  // leads to manifests, and has no blobs of its own
    for (const Descriptor& pack : (*index)->manifests) TRY(mark_manifest(store, pack.digest, live));
    return mark_referrers(store, digest, live);
  }
  const Manifest manifest = TRY(read_manifest(store, digest));
  for (const Descriptor* blob : blobs_of(manifest)) live.blobs.insert(blob->digest);
  return mark_referrers(store, digest, live);
}

Result<void> mark_names(const StoreContext& store, Live& live) {
  for (const Reference& reference : TRY(list_tag_files(store)))
    for (const TagVersion& version : TRY(read_tag_file(store, reference)))
      TRY(mark_manifest(store, version.digest, live), reference.str());
  return {};
}

Result<Live> mark(const StoreContext& store, const LeaseState& leases, const GcOptions& options) {
  Live live;
  TRY(mark_names(store, live));
  for (const Digest& digest : leases.protected_digests) {
    live.blobs.insert(digest);
    if (TRY(has_manifest(store, digest))) TRY(mark_manifest(store, digest, live));
  }
  for (const Digest& digest : TRY(list_digests(store, store.layout.manifests())))
    if (is_young(store, digest, options.grace)) TRY(mark_manifest(store, digest, live));
  return live;
}

// Files to sweep, each group gone for good before the next is touched.
struct Sweep {
  std::vector<os::Path> manifests, blobs, trees;
};

void add_file(const StoreContext& store, const os::Path& path, std::vector<os::Path>& to,
              GcReport& report) {
  const auto stat = store.fs.stat(path);
  if (!stat) return;
  to.push_back(path);
  report.freed_bytes += stat->size;
}

Result<Sweep> plan(const StoreContext& store, const Live& live, GcReport& report) {
  const Layout& layout = store.layout;
  Sweep out;
  for (const Digest& digest : TRY(list_digests(store, layout.manifests())))
    if (!live.manifests.contains(digest)) {
      report.manifests.push_back(digest);
      add_file(store, layout.manifest(digest), out.manifests, report);
    }
  for (const Digest& subject : TRY(list_subjects(store))) {
    if (live.manifests.contains(subject)) continue;
    for (const os::Path& path : TRY(list_referrer_files(store, subject)))
      add_file(store, path, out.manifests, report);
  }
  std::set<Digest> blobs;
  for (const os::Path& folder : {layout.blobs(), layout.external()})
    for (const Digest& digest : TRY(list_digests(store, folder)))
      if (!live.blobs.contains(digest)) blobs.insert(digest);
  std::set<Digest> trees = blobs;
  for (const Digest& digest : TRY(list_digests(store, layout.trees())))
    if (!live.blobs.contains(digest)) trees.insert(digest);
  report.blobs.assign(blobs.begin(), blobs.end());
  for (const Digest& digest : blobs) {
    add_file(store, layout.blob(digest), out.blobs, report);
    add_file(store, layout.external(digest), out.blobs, report);
  }
  for (const Digest& digest : trees) add_file(store, layout.tree(digest), out.trees, report);
  return out;
}

Result<void> move_to_trash(const StoreContext& store, const std::vector<os::Path>& files) {
  for (const os::Path& path : files) {
    const os::Path trash = store.layout.trash() / random_name(store.random);
    const Result<void> moved = store.fs.rename(path, trash);
    if (!moved && moved.error().code != Code::NotFound) return moved;
  }
  return {};
}

Result<void> sweep(const StoreContext& store, const Sweep& files) {
  const Layout& layout = store.layout;
  if (files.manifests.empty() && files.blobs.empty() && files.trees.empty()) return {};
  TRY(os::make_folders(store.fs, layout.trash()));
  // What somebody removed who was killed before syncing must not come back after what it leads to
  // is gone: names lead to manifests, manifests to blobs, and a blob is never without its tree.
  TRY(sync_folders(store, layout.repos()));
  TRY(move_to_trash(store, files.manifests));
  TRY(sync_folders(store, layout.manifests()));
  TRY(sync_folders(store, layout.referrers()));
  TRY(move_to_trash(store, files.blobs));
  TRY(sync_folders(store, layout.blobs()));
  TRY(sync_folders(store, layout.external()));
  return move_to_trash(store, files.trees);
}

// Temporaries of writers that were killed, and folders that nothing is in any more.
Result<void> find_temporaries(const StoreContext& store, const os::Path& folder,
                              std::vector<os::Path>& out) {
  for (const std::string& name : TRY(list_folder(store, folder))) {
    const auto stat = store.fs.stat(folder / name);
    if (stat && stat->kind == os::FileKind::Folder)
      TRY(find_temporaries(store, folder / name, out));
    else if (os::is_temporary_name(name))
      out.push_back(folder / name);
  }
  return {};
}

// Somebody is bringing it in, or may want to go on with it.
bool is_wanted(const StoreContext& store, const os::Path& partial) {
  const auto lock = store.fs.lock(partial / "lock", os::LockMode::Exclusive, false);
  if (!lock && lock.error().code == Code::Unavailable) return true;
  const auto stat = store.fs.stat(partial / "data");
  return stat && WallTime(std::chrono::nanoseconds(stat->modified_ns)) >
                     store.clock.now() - limits::kPartialKept;
}

Result<std::vector<os::Path>> find_leftovers(const StoreContext& store, const LeaseState& leases) {
  const Layout& layout = store.layout;
  std::vector<os::Path> out;
  const std::set<std::string> live(leases.live.begin(), leases.live.end());
  for (const std::string& name : leases.dead) out.push_back(layout.leases() / name);
  for (const std::string& name : TRY(list_folder(store, layout.uploads())))
    if (!live.contains(name)) out.push_back(layout.uploads() / name);
  for (const std::string& name : TRY(list_folder(store, layout.partials())))
    if (!is_wanted(store, layout.partials() / name)) out.push_back(layout.partials() / name);
  for (const std::string& name : TRY(list_folder(store, layout.trash())))
    out.push_back(layout.trash() / name);
  for (const os::Path& folder :
       {layout.blobs(), layout.trees(), layout.manifests(), layout.external(), layout.referrers(),
        layout.repos(), layout.root()}) {
    if (folder != layout.root()) {
      TRY(find_temporaries(store, folder, out));
      continue;
    }
    for (const std::string& name : TRY(list_folder(store, folder)))
      if (os::is_temporary_name(name)) out.push_back(folder / name);
  }
  return out;
}

// Remembered checks of files that are no blobs any more. Best effort, like the cache itself.
void forget_dead_entries(const StoreContext& store, const Live& live) {
  const auto names = list_folder(store, store.layout.verified());
  if (!names) return;
  for (const std::string& name : *names) {
    const os::Path path = store.layout.verified() / name;
    const auto text = os::read_file(store.fs, path, limits::kKiB);
    const auto entry = text ? parse_checked_file(*text) : fail(Code::Corrupt, "");
    const bool is_temporary = name.starts_with(kCheckedTemporary);
    if (is_temporary || !entry || !live.blobs.contains(entry->digest))
      static_cast<void>(store.fs.remove(path));
  }
}

Result<void> remove_empty_folders(const StoreContext& store, const os::Path& folder) {
  for (const std::string& name : TRY(list_folder(store, folder))) {
    const auto stat = store.fs.stat(folder / name);
    if (!stat || stat->kind != os::FileKind::Folder) continue;
    TRY(remove_empty_folders(store, folder / name));
    static_cast<void>(store.fs.remove(folder / name));  // stays if it isn't empty
  }
  return {};
}

}  // namespace

Result<GcReport> collect_garbage(const StoreContext& store, const GcOptions& options) {
  GcReport report;
  std::vector<os::Path> leftovers;
  {
    const StoreLock lock = TRY(lock_exclusive(store));
    const LeaseState leases = TRY(read_leases(store));
    const Live live = TRY(mark(store, leases, options));
    const Sweep files = TRY(plan(store, live, report));
    leftovers = TRY(find_leftovers(store, leases));
    report.leftovers = leftovers.size();
    if (options.dry_run) return report;
    TRY(sweep(store, files));
    forget_dead_entries(store, live);
    TRY(remove_empty_folders(store, store.layout.repos()));
    TRY(remove_empty_folders(store, store.layout.referrers()));
    // Out of the way at once, so that no new lease or writer is mistaken for an old one.
    for (const os::Path& path : leftovers) TRY(os::remove_tree(store.fs, path));
    static_cast<void>(rebuild_readable(store));
  }
  // The slow part: unlinking gigabytes. Another collection may do the same.
  for (const std::string& name : TRY(list_folder(store, store.layout.trash())))
    TRY(os::remove_tree(store.fs, store.layout.trash() / name));
  return report;
}

}  // namespace tegula::content
