#include "content/import.h"

#include <system_error>

#include <fmt/format.h>

#include "base/limits.h"
#include "content/external_blob.h"
#include "content/identity_cache.h"
#include "content/synced.h"

namespace tegula::content {
namespace {

constexpr std::uint32_t kWriteBits = 0222;

// Below, a copy costs nothing, and people edit such files: config.json, a licence.
constexpr std::uint64_t kLinkedBytesMin = 16 * limits::kKiB;

// The file that comes in. `path` is its own, no link to it.
struct Source {
  os::Path path;
  std::unique_ptr<os::File> file;
  os::FileStat stat;
  WallTime opened;
};

// A way into the store that turned out not to exist here.
bool is_no_way(const Error& error) {
  return error.code == Code::Unsupported || error.code == Code::PermissionDenied ||
         error.code == Code::Exhausted;
}

std::unexpected<Error> changed(const os::Path& path) {
  return fail(Code::Unavailable, fmt::format("\"{}\" was changed while it was read", path.native()),
              "wait until nothing writes to it, and try again");
}

Result<Source> open_source(const StoreContext& store, const os::Path& path) {
  std::error_code error;
  const os::Path real = std::filesystem::canonical(path, error);  // a Hugging Face file is a link
  Source out{.path = error ? path : real, .file = nullptr, .stat = {}, .opened = store.clock.now()};
  out.file = TRY(store.fs.open(out.path));
  out.stat = TRY(out.file->stat());
  if (out.stat.size > limits::kBlobBytesMax)
    return fail(Code::Exhausted, fmt::format("\"{}\": {} bytes; at most {} are allowed",
                                             path.native(), out.stat.size, limits::kBlobBytesMax));
  return out;
}

// Nothing has written to the file since its entry was made. Links and renames don't count, so this
// is no proof that the bytes were checked; that is find_checked's business, before a model runs.
bool is_untouched(const os::FileStat& now, const CheckedFile& entry) {
  return entry.identity.size == now.size && entry.identity.modified_ns == now.modified_ns;
}

// A stored blob as it was when it came in.
Result<bool> has_untouched_blob(const StoreContext& store, const Digest& digest) {
  const auto blob = store.fs.stat(store.layout.blob(digest));
  if (!blob && blob.error().code == Code::NotFound) return false;
  if (!blob) return std::unexpected(blob.error());
  const std::optional<CheckedFile> entry = find_entry(store, *blob);
  return entry && entry->digest == digest && is_untouched(*blob, *entry);
}

Result<bool> is_external_at(const StoreContext& store, const Digest& digest, const os::Path& path) {
  const std::optional<ExternalBlob> external = TRY(read_external(store, digest));
  return external && external->path == path;
}

// The file is the blob: it came in as a hard link.
bool is_the_blob(const StoreContext& store, const Source& source, const Digest& digest) {
  const auto blob = store.fs.stat(store.layout.blob(digest));
  return blob && is_same_file(*blob, source.stat);
}

// A file checked before and unchanged since needs no second reading, if its blob is still there.
Result<std::optional<StoredBlob>> find_unchanged(const StoreContext& store, const Source& source,
                                                 const ImportOptions& options, Lease& lease) {
  const std::optional<StoredBlob> unknown;
  const std::optional<CheckedFile> entry = find_entry(store, source.stat);
  if (!entry || !is_untouched(source.stat, *entry)) return unknown;
  const bool is_checked = find_checked(store, source.stat) == entry->digest;
  if (!is_checked && !is_the_blob(store, source, entry->digest)) return unknown;
  TRY(lease.protect(entry->digest));
  const bool is_external =
      options.in_place && is_checked && TRY(is_external_at(store, entry->digest, source.path));
  if (!is_external && !TRY(has_untouched_blob(store, entry->digest))) return unknown;
  const auto tree = read_tree(store, entry->digest, source.stat.size);
  if (!tree) return unknown;
  return StoredBlob{entry->digest, source.stat.size, tree->root, ImportWay::AlreadyThere};
}

void remember_file(const StoreContext& store, const os::FileStat& stat, const Source& source,
                   const Digest& digest) {
  remember(store, {identity_of(stat), source.opened, digest});
}

// Nobody has written to the file. Its ctime doesn't count: another import of the same file makes a
// link to it and takes its write permission away, at any time.
bool holds_the_same(const os::FileStat& before, const os::FileStat& after) {
  return is_same_file(before, after) && before.size == after.size &&
         before.modified_ns == after.modified_ns;
}

Result<HashedBlob> hash_unchanged(const os::File& file, const os::Path& path, Progress& progress,
                                  const Stop& stop) {
  const os::FileStat before = TRY(file.stat());
  HashedBlob out = TRY(hash_file(file, progress, stop));
  if (!holds_the_same(before, TRY(file.stat())) || out.tree.size != before.size)
    return changed(path);
  return out;
}

// What we are about to acknowledge must not be lost with bytes that another program never synced.
Result<void> sync_in_place(const Source& source) {
  const Result<void> synced = source.file->sync();
  if (!synced && has_no_sync(synced.error())) return {};
  return synced;
}

Result<StoredBlob> use_in_place(const StoreContext& store, const Source& source, Lease& lease,
                                Progress& progress, const Stop& stop) {
  const HashedBlob hashed = TRY(hash_unchanged(*source.file, source.path, progress, stop));
  TRY(sync_in_place(source));
  remember_file(store, source.stat, source, hashed.digest);
  TRY(lease.protect(hashed.digest));
  const StoreLock lock = TRY(lock_shared(store));
  StoredBlob out{hashed.digest, source.stat.size, hashed.tree.root, ImportWay::AlreadyThere};
  TRY(put_tree(store, out.digest, hashed.tree));
  if (TRY(os::exists(store.fs, store.layout.blob(out.digest)))) return out;
  TRY(put_external(store, out.digest, {source.path, source.stat.size}));
  out.way = ImportWay::InPlace;
  return out;
}

// A half-made blob under uploads/, and how it was made. Unless kept, its destructor takes it away
// and gives a hard-linked file its mode back.
class Upload {
 public:
  Upload(const StoreContext& store, os::Path path) : store_(store), path_(std::move(path)) {}
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;
  ~Upload() {
    if (kept_) return;
    static_cast<void>(store_.fs.remove(path_));
    if (linked_ == nullptr) return;
    // If there are more links than before, somebody else's blob is this file too.
    const auto now = store_.fs.stat(linked_->path);
    if (now && now->links <= linked_->stat.links)
      static_cast<void>(store_.fs.set_mode(linked_->path, linked_->stat.mode));
  }

  const os::Path& path() const { return path_; }
  void made_by_link(const Source& source) { linked_ = &source; }
  void keep() { kept_ = true; }

 private:
  const StoreContext& store_;
  const os::Path path_;
  const Source* linked_ = nullptr;
  bool kept_ = false;
};

Result<bool> try_reflink(const StoreContext& store, const Source& source, const Upload& upload) {
  const Result<void> made = store.fs.reflink(*source.file, upload.path(), 0644);
  if (made) return true;
  if (is_no_way(made.error())) return false;
  return std::unexpected(made.error());
}

Result<bool> is_ours(const StoreContext& store, const Source& source, const Upload& upload) {
  // Whoever made the upload folder is the user we run as.
  return TRY(store.fs.stat(upload.path().parent_path())).owner == source.stat.owner;
}

Result<bool> try_hard_link(const StoreContext& store, const Source& source, Upload& upload) {
  if (source.stat.size < kLinkedBytesMin) return false;
  if (!TRY(is_ours(store, source, upload))) return false;
  const Result<void> made = store.fs.link(source.path, upload.path());
  if (!made && is_no_way(made.error())) return false;
  if (!made) return std::unexpected(made.error());
  upload.made_by_link(source);
  if (!is_same_file(TRY(store.fs.stat(upload.path())), source.stat)) return changed(source.path);
  TRY(store.fs.set_mode(upload.path(), source.stat.mode & ~kWriteBits));
  return true;
}

Result<void> expect_space(const StoreContext& store, const Source& source) {
  const std::uint64_t free = TRY(store.fs.free_bytes(store.layout.root()));
  if (free >= source.stat.size) return {};
  return fail(Code::DiskFull,
              fmt::format("\"{}\" needs {}, and the store's disk has {} left", source.path.native(),
                          human_bytes(source.stat.size), human_bytes(free)),
              "free some space (tegula store gc), or set TEGULA_HOME to a folder on another disk");
}

// Hashes what it writes, as it writes it.
Result<HashedBlob> copy_in(const StoreContext& store, const Source& source, const Upload& upload,
                           Progress& progress, const Stop& stop) {
  TRY(expect_space(store, source));
  const auto copy = TRY(store.fs.create(upload.path(), 0644));
  std::uint64_t offset = 0;
  const ReadNext read = [&](std::span<std::uint8_t> into) -> Result<std::size_t> {
    const std::size_t got = TRY(source.file->read_at(offset, into));
    TRY(copy->append(into.first(got)));
    offset += got;
    return got;
  };
  HashedBlob out = TRY(hash_stream(read, progress, stop));
  if (!holds_the_same(source.stat, TRY(source.file->stat()))) return changed(source.path);
  return out;
}

struct Brought {
  HashedBlob hashed;
  ImportWay way;
};

Result<Brought> bring_in(const StoreContext& store, const Source& source, Upload& upload,
                         const ImportOptions& options, Progress& progress, const Stop& stop) {
  if (TRY(try_reflink(store, source, upload))) {
    const auto clone = TRY(store.fs.open(upload.path()));
    HashedBlob hashed = TRY(hash_unchanged(*clone, source.path, progress, stop));
    return Brought{std::move(hashed), ImportWay::Reflink};
  }
  if (options.allow_hard_link && TRY(try_hard_link(store, source, upload))) {
    HashedBlob hashed = TRY(hash_unchanged(*source.file, source.path, progress, stop));
    return Brought{std::move(hashed), ImportWay::HardLink};
  }
  HashedBlob hashed = TRY(copy_in(store, source, upload, progress, stop));
  return Brought{std::move(hashed), ImportWay::Copy};
}

// Whether the blob that is there already is whole; read through, since its file may have changed
// since it was checked. A second copy of its bytes shall neither take its place nor become
// read-only.
Result<bool> is_present(const StoreContext& store, const HashedBlob& hashed, Progress& progress,
                        const Stop& stop) {
  const auto blob = store.fs.open(store.layout.blob(hashed.digest));
  if (!blob || TRY((*blob)->stat()).size != hashed.tree.size) return false;
  progress.begin("checking the copy in the store", hashed.tree.size);
  return TRY(hash_file(**blob, progress, stop)).digest == hashed.digest;
}

Result<StoredBlob> store_file(const StoreContext& store, const Source& source, Lease& lease,
                              const ImportOptions& options, Progress& progress, const Stop& stop) {
  Upload upload(store, TRY(lease.new_upload()));
  const Brought brought = TRY(bring_in(store, source, upload, options, progress, stop));
  const HashedBlob& hashed = brought.hashed;
  StoredBlob out{hashed.digest, hashed.tree.size, hashed.tree.root, brought.way};
  TRY(lease.protect(hashed.digest));  // before the look: it may not go afterwards
  if (!is_the_blob(store, source, hashed.digest) &&
      TRY(is_present(store, hashed, progress, stop))) {
    const StoreLock lock = TRY(lock_shared(store));
    TRY(put_tree(store, hashed.digest, hashed.tree));
    out.way = ImportWay::AlreadyThere;
    return out;
  }
  if (TRY(commit_blob(store, upload.path(), hashed, lease, IfPresent::KeepGood))) {
    out.way = ImportWay::AlreadyThere;
    const auto blob = store.fs.stat(store.layout.blob(hashed.digest));
    // The file was linked for nothing, unless it is the blob itself.
    if (blob && is_same_file(*blob, source.stat)) upload.keep();
  } else {
    upload.keep();
    const auto blob = store.fs.stat(store.layout.blob(hashed.digest));
    if (blob) remember_file(store, *blob, source, hashed.digest);
  }
  return out;
}

}  // namespace

Result<StoredBlob> import_file(const StoreContext& store, const os::Path& path, Lease& lease,
                               const ImportOptions& options, Progress& progress, const Stop& stop) {
  const Source source = TRY(open_source(store, path));
  if (const auto known = TRY(find_unchanged(store, source, options, lease))) return *known;
  progress.begin("hashing " + source.path.filename().native(), source.stat.size);
  const Result<StoredBlob> out = options.in_place
                                     ? use_in_place(store, source, lease, progress, stop)
                                     : store_file(store, source, lease, options, progress, stop);
  progress.end();
  if (!out) return out;
  const auto now = source.file->stat();
  if (now && now->size == source.stat.size && now->modified_ns == source.stat.modified_ns)
    remember_file(store, *now, source, out->digest);
  return out;
}

}  // namespace tegula::content
