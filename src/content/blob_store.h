// Blobs in the store: blobs/sha256/ab/<hex> with its tree beside it in trees/. A blob is there only
// after its tree is, and only whole: it is written elsewhere, synced, and renamed into place.
//
// Errors: NotFound, Corrupt, and what the file system says.
// Thread rule: free functions, thread-safe, also between processes.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "content/hash_stream.h"
#include "content/lease.h"
#include "content/store_context.h"

namespace tegula::content {

// How a blob came into the store.
enum class ImportWay {
  AlreadyThere,
  Reflink,   // shares its blocks with the file until either changes
  HardLink,  // is the file; its write permission was taken away
  Copy,
  InPlace,  // stays where it is; the store only knows the path
  Written,  // from memory
};

std::string_view way_name(ImportWay way);  // "reflink", for --json

struct StoredBlob {
  Digest digest;
  std::uint64_t size = 0;
  crypto::Hash256 tree_root{};
  ImportWay way = ImportWay::AlreadyThere;
};

// A blob opened for reading; nothing is said about its bytes. `path` is in the store, or elsewhere
// for an external blob.
struct OpenBlob {
  std::unique_ptr<os::File> file;
  os::FileStat stat;
  os::Path path;
  bool is_external = false;
};

// NotFound if the store has neither the bytes nor a path to them; Corrupt if the size is wrong.
Result<OpenBlob> open_blob(const StoreContext& store, const Digest& digest, std::uint64_t size);

// Whether a blob of this size is there; bytes aren't read. An external one counts while its file
// has the size.
Result<bool> has_blob(const StoreContext& store, const Digest& digest, std::uint64_t size);

// AlreadyThere says that a reader finds the blob; that it survives a crash says put_manifest.
Result<StoredBlob> put_bytes(const StoreContext& store, ByteView bytes, Lease& lease);

// The kept level of a blob's tree. NotFound; Corrupt if its length is wrong.
Result<BlobTree> read_tree(const StoreContext& store, const Digest& digest, std::uint64_t size);
Result<void> put_tree(const StoreContext& store, const Digest& digest, const BlobTree& tree);

enum class IfPresent {
  KeepGood,  // a blob that is there and known to be good stays, and the file is removed
  Replace,
};

// Moves a file whose bytes have this digest into place: sealed, synced, its tree before it. True if
// the blob that was there stayed.
Result<bool> commit_blob(const StoreContext& store, const os::Path& file, const HashedBlob& hashed,
                         Lease& lease, IfPresent if_present);

}  // namespace tegula::content
