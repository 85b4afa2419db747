// Makes a file of another program known to the store, where it lies.
//
// Thread rule: thread-safe; a Lease belongs to one thread at a time.
#pragma once

#include "content/store.h"
#include "source/foreign_store.h"

namespace tegula::source {

// Reads the file once, or not at all if it was hashed before and has not changed. Corrupt, naming
// both digests, if the other program says another one; besides, what Store::import_file says.
Result<content::StoredBlob> use_in_place(const content::Store& store, const ForeignFile& file,
                                         content::Lease& lease, Progress& progress,
                                         const Stop& stop);

}  // namespace tegula::source
