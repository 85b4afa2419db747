#include "content/repairer.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/limits.h"
#include "content/external_blob.h"
#include "content/layer.h"
#include "content/manifest_store.h"
#include "content/readable_names.h"
#include "content/synced.h"
#include "content/tag_store.h"

namespace tegula::content {
namespace {

// Files that may hold a blob, by size.
using Candidates = std::multimap<std::uint64_t, os::Path>;

// One blob to mend: its descriptor as a manifest gives it, so with its tree's root if there is one.
struct Broken {
  Descriptor descriptor;
  Fault fault;
};

Result<void> look_through(const StoreContext& store, const os::Path& path, std::size_t depth,
                          Candidates& out) {
  const auto stat = store.fs.stat(path);
  if (!stat || depth > limits::kRepairDepthMax || out.size() >= limits::kRepairFilesMax) return {};
  if (stat->kind == os::FileKind::Folder) {
    const auto names = store.fs.list(path);
    if (!names) return {};
    for (const std::string& name : *names) TRY(look_through(store, path / name, depth + 1, out));
    return {};
  }
  const auto file = store.fs.open(path);  // through a link, as Hugging Face's files are
  if (file) out.emplace(TRY((*file)->stat()).size, path);
  return {};
}

Result<Candidates> find_candidates(const StoreContext& store, const RepairOptions& options) {
  Candidates out;
  for (const os::Path& path : options.from) {
    TRY(store.fs.stat(path));  // a path somebody typed must be there
    TRY(look_through(store, path, 0, out));
  }
  TRY(look_through(store, store.layout.models(), 0, out));
  return out;
}

// Also where the store knows the blob to lie.
std::vector<os::Path> sources_of(const StoreContext& store, const Descriptor& blob,
                                 const Candidates& candidates) {
  std::vector<os::Path> out;
  const auto external = read_external(store, blob.digest);
  if (external && *external) out.push_back((*external)->path);
  const auto [first, last] = candidates.equal_range(blob.size);
  for (auto at = first; at != last; ++at) out.push_back(at->second);
  return out;
}

struct OpenSource {
  std::unique_ptr<os::File> file;
  os::Path path;
};

// The blob's own file first: what is good in it stays.
std::vector<OpenSource> open_sources(const StoreContext& store, const Descriptor& blob,
                                     const std::vector<os::Path>& paths) {
  std::vector<OpenSource> out;
  std::vector<os::Path> all = {store.layout.blob(blob.digest)};
  all.insert(all.end(), paths.begin(), paths.end());
  for (const os::Path& path : all) {
    if (out.size() == limits::kRepairSourcesMax) break;
    auto file = store.fs.open(path);
    if (file) out.push_back({std::move(*file), path});
  }
  return out;
}

// One piece from the first source whose bytes match; where they came from, or nobody.
const OpenSource* read_good_piece(const BlobTree& tree, std::uint64_t piece,
                                  const std::vector<OpenSource>& sources, Bytes& buffer) {
  const std::size_t size = static_cast<std::size_t>(piece_size(tree.size, piece));
  buffer.resize(size);
  for (const OpenSource& source : sources) {
    const auto got = source.file->read_at(piece * limits::kTreePieceBytes, buffer);
    if (got && *got == size && verify_piece(tree, piece, buffer)) return &source;
  }
  return nullptr;
}

// Takes a half-made file away unless the blob moved into place.
class Draft {
 public:
  Draft(const StoreContext& store, os::Path path) : store_(store), path_(std::move(path)) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() { static_cast<void>(store_.fs.remove(path_)); }
  const os::Path& path() const { return path_; }

 private:
  const StoreContext& store_;
  const os::Path path_;
};

// Piece by piece. The sources' names, or nothing if some piece is nowhere.
Result<std::optional<std::string>> mend_by_pieces(const StoreContext& store, const Broken& broken,
                                                  const BlobTree& tree,
                                                  const std::vector<OpenSource>& sources,
                                                  Lease& lease, Progress& progress,
                                                  const Stop& stop) {
  const Draft draft(store, TRY(lease.new_upload()));
  const auto file = TRY(store.fs.create(draft.path(), 0644));
  const os::Path own = store.layout.blob(broken.descriptor.digest);
  crypto::Sha256 flat;
  Bytes buffer;
  std::string from;
  for (std::uint64_t piece = 0; piece < tree.pieces.size(); ++piece) {
    TRY(stop.check());
    const OpenSource* source = read_good_piece(tree, piece, sources, buffer);
    if (source == nullptr) return std::optional<std::string>();
    if (source->path != own) from = source->path.native();
    flat.update(buffer);
    TRY(file->append(buffer));
    progress.advance(buffer.size());
  }
  const HashedBlob hashed{Digest(flat.finish()), tree};
  if (hashed.digest != broken.descriptor.digest) return std::optional<std::string>();
  TRY(commit_blob(store, draft.path(), hashed, lease, IfPresent::Replace));
  return std::optional(from);
}

// Copies the source into the draft and hashes what it copies.
Result<HashedBlob> copy_source(const StoreContext& store, const OpenSource& source,
                               const os::Path& to, Progress& progress, const Stop& stop) {
  const auto copy = TRY(store.fs.create(to, 0644));
  std::uint64_t offset = 0;
  const ReadNext read = [&](std::span<std::uint8_t> into) -> Result<std::size_t> {
    const std::size_t got = TRY(source.file->read_at(offset, into));
    TRY(copy->append(into.first(got)));
    offset += got;
    return got;
  };
  return hash_stream(read, progress, stop);
}

// Without a tree to trust only a whole file will do.
Result<std::optional<std::string>> mend_whole(const StoreContext& store, const Broken& broken,
                                              const std::vector<OpenSource>& sources, Lease& lease,
                                              Progress& progress, const Stop& stop) {
  const Digest& want = broken.descriptor.digest;
  for (const OpenSource& source : sources) {
    const auto hashed = hash_file(*source.file, progress, stop);
    TRY(stop.check());
    if (!hashed || hashed->digest != want) continue;
    if (source.path == store.layout.blob(want)) {  // only the tree was bad
      TRY(put_tree(store, want, hashed->tree));
      return std::optional(std::string());
    }
    const Draft draft(store, TRY(lease.new_upload()));
    const HashedBlob copied = TRY(copy_source(store, source, draft.path(), progress, stop));
    if (copied.digest != want) continue;  // it was changed just now
    TRY(commit_blob(store, draft.path(), copied, lease, IfPresent::Replace));
    return std::optional(source.path.native());
  }
  return std::optional<std::string>();
}

Result<std::optional<std::string>> mend_blob(const StoreContext& store, const Broken& broken,
                                             const Candidates& candidates, Lease& lease,
                                             Progress& progress, const Stop& stop) {
  const std::vector<OpenSource> sources =
      open_sources(store, broken.descriptor, sources_of(store, broken.descriptor, candidates));
  const std::optional<BlobTree> tree = read_trusted_tree(store, broken.descriptor);
  if (tree) return mend_by_pieces(store, broken, *tree, sources, lease, progress, stop);
  return mend_whole(store, broken, sources, lease, progress, stop);
}

// A manifest is small and known only by its digest: any file with these bytes is it.
Result<std::optional<std::string>> mend_manifest(const StoreContext& store, const Digest& digest,
                                                 const Candidates& candidates) {
  for (const auto& [size, path] : candidates) {
    if (size > limits::kManifestBytesMax) break;
    const auto json = os::read_file(store.fs, path, limits::kManifestBytesMax);
    if (!json || Digest::of(bytes_of(*json)) != digest) continue;
    const StoreLock lock = TRY(lock_shared(store));
    TRY(put_file(store, store.layout.manifest(digest), bytes_of(*json), 0444));
    return std::optional(path.native());
  }
  return std::optional<std::string>();
}

std::string advice_for(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::BadTagFile:
      return "tegula rm the name and build or pull the model again; what it named is kept until gc";
    case FaultKind::Unreadable: return "see to the disk or its permissions, then repair again";
    case FaultKind::BadManifest:
      return "build or pull the model again, or name a copy with --from FILE|DIR";
    case FaultKind::MissingBlob:
    case FaultKind::WrongSize:
    case FaultKind::BadPiece:
    case FaultKind::BadBlob:
    case FaultKind::BadTree: break;
  }
  return "name a good copy with --from FILE|DIR, or build or pull the model again";
}

// The first fault of each blob, with its descriptor as far as a manifest gives one.
std::vector<Broken> list_broken(const StoreContext& store, const std::vector<Fault>& faults) {
  std::map<Digest, Descriptor> known;
  if (const auto manifests = list_digests(store, store.layout.manifests()))
    for (const Digest& digest : *manifests) {
      const auto manifest = read_manifest(store, digest);
      if (!manifest) continue;
      for (const Descriptor* blob : blobs_of(*manifest))
        if (!known.contains(blob->digest) || tree_root(*blob))
          known.insert_or_assign(blob->digest, *blob);
    }
  std::vector<Broken> out;
  for (const Fault& fault : faults) {
    const auto same = [&](const Broken& broken) { return broken.fault.digest == fault.digest; };
    if (fault.digest && std::ranges::any_of(out, same)) continue;
    const auto found = fault.digest ? known.find(*fault.digest) : known.end();
    const Digest digest = fault.digest.value_or(Digest::of({}));
    out.push_back({found != known.end()
                       ? found->second
                       : Descriptor{.media_type = "", .digest = digest, .size = fault.size},
                   fault});
  }
  return out;
}

Result<std::optional<std::string>> mend(const StoreContext& store, const Broken& broken,
                                        const Candidates& candidates, Lease& lease,
                                        Progress& progress, const Stop& stop) {
  switch (broken.fault.kind) {
    case FaultKind::BadTagFile:
    case FaultKind::Unreadable: return std::optional<std::string>();
    case FaultKind::BadManifest: return mend_manifest(store, broken.descriptor.digest, candidates);
    case FaultKind::MissingBlob:
    case FaultKind::WrongSize:
    case FaultKind::BadPiece:
    case FaultKind::BadBlob:
    case FaultKind::BadTree: break;
  }
  return mend_blob(store, broken, candidates, lease, progress, stop);
}

// The readable files are links to blobs that were just replaced. A convenience: no reason to fail.
Result<void> refresh_readable(const StoreContext& store) {
  const StoreLock shared = TRY(lock_shared(store));
  const StoreLock names = TRY(lock_names(store));
  return rebuild_readable(store);
}

}  // namespace

Result<RepairReport> repair(const StoreContext& store, const RepairOptions& options,
                            Progress& progress, const Stop& stop) {
  const Candidates candidates = TRY(find_candidates(store, options));
  RepairReport out;
  // What an earlier repair made whole, and was killed before syncing, shall stay whole.
  for (const os::Path& folder :
       {store.layout.blobs(), store.layout.trees(), store.layout.manifests()})
    TRY(sync_folders(store, folder));
  // A manifest that came back may show more that is missing; then one more round finds it.
  for (int round = 0; round < 2; ++round) {
    const VerifyReport report = TRY(verify_all(store, progress, stop));
    out.checked_count = report.blob_count;
    out.left.clear();
    const auto lease = TRY(Lease::create(store));
    for (const Broken& broken : list_broken(store, report.faults)) {
      progress.begin("repairing " + broken.fault.file, broken.descriptor.size);
      const auto source = mend(store, broken, candidates, *lease, progress, stop);
      progress.end();
      if (!source) return std::unexpected(source.error());
      if (*source)
        out.repaired.push_back({broken.descriptor.digest, broken.fault.file, **source});
      else
        out.left.push_back({broken.fault, advice_for(broken.fault)});
    }
    if (std::ranges::none_of(
            report.faults, [](const Fault& fault) { return fault.kind == FaultKind::BadManifest; }))
      break;
  }
  if (!out.repaired.empty()) static_cast<void>(refresh_readable(store));
  return out;
}

}  // namespace tegula::content
