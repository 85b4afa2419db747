// models/<name>/<tag>/<file>: the files of every named model under their own names, so that other
// programs can use the same bytes. Each is a reflink of its blob, else a hard link to it, else a
// copy; a blob that lies outside the store gets a reflink or nothing. Never a source of truth: made
// from the tag files, and remade from them by garbage collection.
//
// Errors: what the file system says. Thread rule: under lock_names.
#pragma once

#include <optional>

#include "content/manifest.h"
#include "content/store_context.h"

namespace tegula::content {

// The files of `after` are there, and those of `before` alone are gone. A manifest that can't be
// read counts as none.
Result<void> update_readable(const StoreContext& store, const Reference& reference,
                             const std::optional<Digest>& before,
                             const std::optional<Digest>& after);

// Every name's files as its tag file says; other read-only files under models/ go.
Result<void> rebuild_readable(const StoreContext& store);

}  // namespace tegula::content
