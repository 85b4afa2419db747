// What is said about the manifests of the store (OCI image-spec 1.1, "Guidelines for Artifact
// Usage"): referrers/sha256/<subject>/<digest>, each file an image manifest's exact bytes. They
// live as long as their subject (docs/reference/referrers.md).
//
// Errors: NotFound, Corrupt, and what the file system says.
// Thread rule: free functions, thread-safe, also between processes.
#pragma once

#include <vector>

#include "content/image_manifest.h"
#include "content/lease.h"
#include "content/store_context.h"

namespace tegula::content {

struct Referrer {
  Digest digest;
  ImageManifest manifest;  // OCI's form, with a subject and at least one layer
  std::string json;        // its exact bytes

  const Descriptor& subject() const { return *manifest.subject; }
};

Result<Referrer> parse_referrer(std::string_view json);

// Refuses what is too large to be brought along: Exhausted.
Result<void> check_portable(const Referrer& referrer);

// Its blobs and its subject, a manifest, must be there.
Result<Digest> put_referrer(const StoreContext& store, std::string_view json, Lease& lease);

// Takes it back; its blobs go with the next collection. NotFound if it isn't there.
Result<void> remove_referrer(const StoreContext& store, const Digest& subject,
                             const Digest& referrer);

// Of one subject, by digest. Corrupt if the bytes of one are not those of its name.
Result<std::vector<Referrer>> read_referrers(const StoreContext& store, const Digest& subject);

// Every subject that something is said about, whether it is there or not.
Result<std::vector<Digest>> list_subjects(const StoreContext& store);

// Files of one subject's referrers, damaged or not.
Result<std::vector<os::Path>> list_referrer_files(const StoreContext& store, const Digest& subject);

}  // namespace tegula::content
