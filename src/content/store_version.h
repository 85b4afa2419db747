// The store says which layout it has, in the file `version`. A newer program brings an older store
// up, step by step; an older program refuses a newer store (DESIGN §4, invariant 8).
//
// Errors: Unsupported for a newer store, InvalidArgument for a folder that is no store, Corrupt.
// Thread rule: free functions; two processes may open one store at once.
#pragma once

#include <span>

#include "content/store_context.h"

namespace tegula::content {

inline constexpr int kStoreVersion = 2;

// Step i brings a store from version i + 1 to i + 2. Each must be safe to run again: a crash may
// come between its end and the new version's being written.
using Migration = Result<void> (*)(const StoreContext& store);

// Makes a store in a new or empty folder, or brings the one that is there up to
// 1 + migrations.size().
Result<void> prepare_store(const StoreContext& store, std::span<const Migration> migrations);

// The steps to kStoreVersion.
std::span<const Migration> store_migrations();

}  // namespace tegula::content
