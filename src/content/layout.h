// Where everything lies in the store's folder (docs/reference/store.md). Pure: no I/O.
//
// A reference maps to folders so that nothing can leave the store and no two names meet: the
// grammar allows no component that starts with "." or "_", so "_tags" and "_local" are free.
//
// Thread rule: a value.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "content/digest.h"
#include "content/reference.h"
#include "os/file_system.h"

namespace tegula::content {

inline constexpr std::string_view kTagsFolder = "_tags";
inline constexpr std::string_view kLocalHost = "_local";

class Layout {
 public:
  explicit Layout(os::Path root) : root_(std::move(root)) {}

  const os::Path& root() const { return root_; }
  os::Path version() const { return root_ / "version"; }
  os::Path lock() const { return root_ / "lock"; }              // shared by all, exclusive to gc
  os::Path names_lock() const { return root_ / "names.lock"; }  // while a tag file is rewritten

  os::Path blobs() const { return root_ / "blobs" / "sha256"; }
  os::Path trees() const { return root_ / "trees" / "sha256"; }
  os::Path manifests() const { return root_ / "manifests" / "sha256"; }
  os::Path external() const { return root_ / "external" / "sha256"; }
  os::Path referrers() const { return root_ / "referrers" / "sha256"; }
  os::Path repos() const { return root_ / "repos"; }
  os::Path uploads() const { return root_ / "uploads"; }
  os::Path partials() const { return root_ / "partial"; }
  os::Path leases() const { return root_ / "leases"; }
  os::Path verified() const { return root_ / "verified"; }
  os::Path trash() const { return root_ / "trash"; }
  os::Path models() const { return root_ / "models"; }

  os::Path blob(const Digest& digest) const;      // blobs/sha256/ab/<hex>
  os::Path tree(const Digest& digest) const;      // trees/sha256/ab/<hex>.bt2
  os::Path manifest(const Digest& digest) const;  // manifests/sha256/ab/<hex>
  os::Path external(const Digest& digest) const;  // external/sha256/ab/<hex>
  os::Path partial(const Digest& digest) const;   // partial/<hex>, a folder

  // referrers/sha256/<subject hex>, and the file <hex> in it.
  os::Path referrers_of(const Digest& subject) const { return referrers() / subject.hex(); }
  os::Path referrer(const Digest& subject, const Digest& digest) const {
    return referrers_of(subject) / digest.hex();
  }

  // repos/<host or _local>/<path>/_tags, and the file <tag> in it.
  os::Path tags(const Reference& reference) const;
  os::Path tag_file(const Reference& reference) const;

  // models/<name>/<tag>: the files of a model under their own names.
  os::Path readable(const Reference& reference) const;

 private:
  os::Path root_;
};

// A host as a folder name, ":" written as "+" (Windows has no ":" in names); and back.
std::string host_folder(std::string_view host);
std::string host_of_folder(std::string_view folder);

}  // namespace tegula::content
