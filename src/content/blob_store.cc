#include "content/blob_store.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "content/external_blob.h"
#include "content/identity_cache.h"

namespace tegula::content {
namespace {

// The blob's own file; nothing if there is none.
Result<std::optional<os::FileStat>> stat_blob(const StoreContext& store, const Digest& digest) {
  const auto stat = store.fs.stat(store.layout.blob(digest));
  if (stat) return *stat;
  if (stat.error().code == Code::NotFound) return std::optional<os::FileStat>();
  return std::unexpected(stat.error());
}

std::unexpected<Error> no_blob(const Digest& digest) {
  return fail(Code::NotFound, fmt::format("blob {} is not in the store", digest.str()),
              "tegula store repair, or build or pull the model again");
}

std::unexpected<Error> wrong_size(const Digest& digest, const OpenBlob& blob, std::uint64_t want) {
  return fail(Code::Corrupt,
              fmt::format("blob {} at \"{}\": expected {} bytes, got {}", digest.str(),
                          blob.path.native(), want, blob.stat.size),
              blob.is_external ? "the file was changed by another program; import it again"
                               : "tegula store repair");
}

Result<OpenBlob> open_at(const StoreContext& store, os::Path path, bool is_external) {
  OpenBlob out;
  out.file = TRY(store.fs.open(path));
  out.stat = TRY(out.file->stat());
  out.path = std::move(path);
  out.is_external = is_external;
  return out;
}

// The blob that is there is the file itself, or is good for certain.
Result<bool> stays(const StoreContext& store, const os::Path& file, const HashedBlob& hashed) {
  const std::optional<os::FileStat> present = TRY(stat_blob(store, hashed.digest));
  if (!present) return false;
  return is_same_file(*present, TRY(store.fs.stat(file))) ||
         (present->size == hashed.tree.size && find_checked(store, *present) == hashed.digest);
}

// Nobody writes to it any more, and its bytes survive a crash. Before any lock: it may take long.
Result<void> seal(const StoreContext& store, const os::Path& path) {
  constexpr std::uint32_t kWriteBits = 0222;
  const os::FileStat stat = TRY(store.fs.stat(path));
  if ((stat.mode & kWriteBits) != 0) TRY(store.fs.set_mode(path, stat.mode & ~kWriteBits));
  return TRY(store.fs.open(path))->sync();
}

bool holds_bytes(const StoreContext& store, const Digest& digest, ByteView bytes) {
  const auto have = os::read_file(store.fs, store.layout.blob(digest), bytes.size());
  return have && *have == text_of(bytes);
}

}  // namespace

std::string_view way_name(ImportWay way) {
  switch (way) {
    case ImportWay::AlreadyThere: return "already_there";
    case ImportWay::Reflink: return "reflink";
    case ImportWay::HardLink: return "hard_link";
    case ImportWay::Copy: return "copy";
    case ImportWay::InPlace: return "in_place";
    case ImportWay::Written: return "written";
  }
  return "copy";
}

Result<OpenBlob> open_blob(const StoreContext& store, const Digest& digest, std::uint64_t size) {
  auto blob = open_at(store, store.layout.blob(digest), false);
  if (!blob && blob.error().code == Code::NotFound) {
    const std::optional<ExternalBlob> external = TRY(read_external(store, digest));
    if (!external) return no_blob(digest);
    blob = open_at(store, external->path, true);
  }
  if (!blob) return blob;
  if (blob->stat.size != size) return wrong_size(digest, *blob, size);
  return blob;
}

Result<bool> has_blob(const StoreContext& store, const Digest& digest, std::uint64_t size) {
  const std::optional<os::FileStat> stat = TRY(stat_blob(store, digest));
  if (stat) return stat->size == size;
  const std::optional<ExternalBlob> external = TRY(read_external(store, digest));
  if (!external) return false;
  const auto file = store.fs.open(external->path);
  return file && TRY((*file)->stat()).size == size;
}

Result<StoredBlob> put_bytes(const StoreContext& store, ByteView bytes, Lease& lease) {
  const HashedBlob hashed = hash_bytes(bytes);
  StoredBlob out{hashed.digest, bytes.size(), hashed.tree.root, ImportWay::AlreadyThere};
  TRY(lease.protect(out.digest));
  const StoreLock lock = TRY(lock_shared(store));
  TRY(put_tree(store, out.digest, hashed.tree));
  if (holds_bytes(store, out.digest, bytes)) return out;
  TRY(put_file(store, store.layout.blob(out.digest), bytes, 0444));
  out.way = ImportWay::Written;
  return out;
}

Result<BlobTree> read_tree(const StoreContext& store, const Digest& digest, std::uint64_t size) {
  const std::uint64_t bytes_max = piece_count(size) * sizeof(crypto::Hash256);
  const std::string level = TRY(os::read_file(store.fs, store.layout.tree(digest), bytes_max));
  return BlobTree::parse(bytes_of(level), size);
}

Result<void> put_tree(const StoreContext& store, const Digest& digest, const BlobTree& tree) {
  const auto have = read_tree(store, digest, tree.size);
  if (have && *have == tree) return {};
  return put_file(store, store.layout.tree(digest), encode(tree), 0444);
}

Result<bool> commit_blob(const StoreContext& store, const os::Path& file, const HashedBlob& hashed,
                         Lease& lease, IfPresent if_present) {
  TRY(seal(store, file));
  TRY(lease.protect(hashed.digest));
  const StoreLock lock = TRY(lock_shared(store));
  TRY(put_tree(store, hashed.digest, hashed.tree));
  if (if_present == IfPresent::KeepGood && TRY(stays(store, file, hashed))) {
    TRY(store.fs.remove(file));
    return true;
  }
  const os::Path target = store.layout.blob(hashed.digest);
  TRY(make_parent(store, target));
  TRY(store.fs.rename(file, target));
  TRY(store.fs.sync_folder(target.parent_path()));
  return false;
}

}  // namespace tegula::content
