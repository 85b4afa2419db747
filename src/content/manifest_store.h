// Manifests in the store: their exact bytes, under their digest. A manifest is there only after
// every blob it names. So are image indexes: one model for several targets. An index is there only
// after every manifest it names, and leads to Modelpacks, never to another index.
//
// Errors: NotFound, Corrupt, what Manifest::parse says. Thread rule: thread-safe, between
// processes.
#pragma once

#include <optional>
#include <vector>

#include "content/image_index.h"
#include "content/lease.h"
#include "content/manifest.h"
#include "content/store_context.h"

namespace tegula::content {

// Refuses a manifest that doesn't parse, whose blobs are missing, or whose tree roots are not those
// of the blobs. Whatever was there before, the manifest and its blobs are on disk afterwards.
Result<Digest> put_manifest(const StoreContext& store, std::string_view json, Lease& lease);

// Checked against the digest at every read.
Result<std::string> read_manifest_bytes(const StoreContext& store, const Digest& digest);
Result<Manifest> read_manifest(const StoreContext& store, const Digest& digest);

// Refuses an index that doesn't parse, names no manifest, or one that is not there or no Modelpack.
Result<Digest> put_index(const StoreContext& store, std::string_view json, Lease& lease);

// Nothing if the digest is a Modelpack's.
Result<std::optional<ImageIndex>> read_index(const StoreContext& store, const Digest& digest);

// The Modelpacks that a digest stands for: itself, or those of the index that it is.
Result<std::vector<Digest>> packs_of(const StoreContext& store, const Digest& digest);

Result<bool> has_manifest(const StoreContext& store, const Digest& digest);

}  // namespace tegula::content
