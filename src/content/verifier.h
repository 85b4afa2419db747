// Checks that what the store holds is what its digests name: each mebibyte of each blob against the
// blob's tree, the tree against the root in the manifest, manifests against their digests, names
// against the manifests. A blob whose manifest gives no root is checked by its flat digest.
//
// All processors hash at once. Faults are the result, not an error.
// Thread rule: thread-safe; takes no lock, so blobs that are collected meanwhile show as missing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "content/blob_store.h"
#include "content/manifest.h"

namespace tegula::content {

enum class FaultKind {
  MissingBlob,
  WrongSize,
  BadPiece,     // a mebibyte differs from its hash
  BadBlob,      // the blob differs from its digest, and nothing says where
  BadTree,      // the tree's file is missing or differs; the blob itself may be good
  BadManifest,  // missing, or differs from its digest
  BadTagFile,
  Unreadable,  // the disk or the permissions say no
};

std::string_view fault_name(FaultKind kind);  // "bad_piece", for --json

struct Fault {
  FaultKind kind = FaultKind::BadBlob;
  std::optional<Digest> digest;  // of the blob or manifest; a tag file has none
  std::uint64_t size = 0;        // of the blob
  std::string file;              // the layer's path in the pack, "config", or the tag's name
  std::uint64_t piece = 0;       // BadPiece: which, and where it starts
  std::uint64_t offset = 0;
  std::string text;  // for people: layer "model.gguf": piece 3 (at byte 3145728) …
};

struct VerifyReport {
  std::uint64_t blob_count = 0;
  std::uint64_t byte_count = 0;
  std::vector<Fault> faults;  // in the order of blobs and pieces
  bool is_good() const { return faults.empty(); }
};

// One model.
Result<VerifyReport> verify_manifest(const StoreContext& store, const Digest& manifest,
                                     Progress& progress, const Stop& stop);

// Every name, manifest and blob.
Result<VerifyReport> verify_all(const StoreContext& store, Progress& progress, const Stop& stop);

// One open blob against its descriptor; the faults of its bytes only.
Result<std::vector<Fault>> verify_blob(const StoreContext& store, const Descriptor& descriptor,
                                       const OpenBlob& blob, Progress& progress, const Stop& stop);

// The tree that may judge the blob's pieces: its root is the descriptor's, or the blob is so small
// that the digest is the root.
std::optional<BlobTree> read_trusted_tree(const StoreContext& store, const Descriptor& descriptor);

// `layer "model.gguf"` or `config`.
std::string blob_label(const Descriptor& descriptor);

// The first fault as an error, Code::Corrupt, for callers that stop at one.
Error as_error(const Fault& fault);

}  // namespace tegula::content
