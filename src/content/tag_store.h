// Names in the store. A tag file is replaced as a whole, only after the manifest it names is there;
// every version in it keeps its model from garbage collection, so old versions stay runnable.
//
// Errors: NotFound with a likely name as hint, Corrupt, Exhausted. Thread rule: thread-safe, also
// between processes.
#pragma once

#include <optional>

#include "content/store_context.h"
#include "content/tag_file.h"

namespace tegula::content {

struct Name {
  Reference reference;  // with its tag
  TagVersion current;
};

// A name whose file is damaged is a problem of its own, not of the others.
struct NameListing {
  std::vector<Name> names;
  std::vector<Error> problems;
};

// What a change to a name did. Readable files under models/ are a convenience: when they could not
// be brought up to date the change still counts, and `note` says why.
struct TagChange {
  std::optional<Digest> before, after;
  std::string note;
  bool changed() const { return before != after; }
};

// Makes `digest` the current version; nothing changes if it is already.
Result<TagChange> put_tag(const StoreContext& store, const Reference& reference,
                          const Digest& digest, std::string_view event);

// The reference's digest if it has one and the manifest is there, else its tag's current version.
Result<Digest> resolve(const StoreContext& store, const Reference& reference);

// Oldest first.
Result<TagHistory> read_versions(const StoreContext& store, const Reference& reference);

// In the order of the references.
Result<NameListing> list_names(const StoreContext& store);

// Back to `to`, one of the versions; without it to the last one that isn't the current one.
Result<TagChange> roll_back(const StoreContext& store, const Reference& reference,
                            const std::optional<Digest>& to);

// The name with its history; or, if the reference has a digest, that version alone: when it was the
// current one, the newest of the others becomes current.
Result<TagChange> remove_tag(const StoreContext& store, const Reference& reference);

// --- for the store's own parts ---

// Every tag file under repos/, whether it parses or not.
Result<std::vector<Reference>> list_tag_files(const StoreContext& store);
Result<TagHistory> read_tag_file(const StoreContext& store, const Reference& reference);

}  // namespace tegula::content
