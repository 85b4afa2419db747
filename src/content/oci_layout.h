// A folder in OCI image layout: models on a stick (OCI image-spec 1.1, "Image Layout";
// docs/reference/oci-layout.md). Any tool that knows the layout reads what we write, and what it
// wrote is taken in like everything from outside: by digest.
//
// What is said about a model, its referrers, goes with it: entries of the index without a name.
//
// A folder may hold many models. Each file of it is written elsewhere, synced and renamed, blobs
// before the index that leads to them, so that a folder is whole at every moment.
//
// Errors: InvalidArgument for a folder that is no layout, NotFound, Corrupt naming the blob,
// DiskFull, what the file system says. Thread rule: free functions; one writer of a folder at a
// time.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "content/image_index.h"
#include "content/lease.h"

namespace tegula::content {

struct ExportReport {
  std::size_t blobs = 0;  // the manifest among them
  std::size_t already_there = 0;
  std::uint64_t bytes = 0;  // written
};

// Adds the manifest and its blobs, or an index and all it leads to, as `name` in the folder's
// index; what had that name before loses it. The folder is made if it isn't there.
Result<ExportReport> export_layout(const StoreContext& store, const Digest& manifest,
                                   const std::string& name, const os::Path& folder,
                                   Progress& progress, const Stop& stop);

struct LayoutEntry {
  std::string name;  // empty if the index gives it none
  Descriptor manifest;
};

// The models that the index lists, in its order.
Result<std::vector<LayoutEntry>> read_layout(const os::FileSystem& fs, const os::Path& folder);

// Brings the manifest and its blobs into the store, or the index and all it leads to. The caller
// gives it a name.
Result<Digest> import_layout(const StoreContext& store, const os::Path& folder,
                             const Descriptor& manifest, Lease& lease, Progress& progress,
                             const Stop& stop);

}  // namespace tegula::content
