// Brings a blob from a source into the store: several streams side by side, each over a range of
// its own; every mebibyte checked as it arrives where the blob's tree is known; what was there
// already, from whenever, is not asked for again.
//
// A stream that breaks off costs the piece it was at, a wrong bit costs its piece. Troubles that
// may pass are tried again, later each time, as long as pieces keep coming. If the source gives its
// bytes another version while no tree tells them apart, what came before is dropped and all begins
// anew, once.
//
// Errors: those of the source; Corrupt for a piece that is wrong each time it is asked for, naming
// the piece and the source, and for a blob that has another digest. What arrived stays for the next
// try. Thread rule: thread-safe; blocks the caller; a Lease belongs to one thread at a time.
#pragma once

#include <chrono>
#include <functional>

#include "base/progress.h"
#include "base/random.h"
#include "base/stop.h"
#include "base/wait.h"
#include "content/blob_source.h"
#include "content/store.h"

namespace tegula::source {

struct DownloadOptions {
  std::size_t streams = 4;
  std::uint64_t range_bytes = 16 * limits::kMiB;  // that a stream asks for at once
  int tries_max = limits::kDownloadTriesMax;      // in a row that bring nothing

  // How to let time pass before trying again; tests have none to waste.
  std::function<Result<void>(std::chrono::nanoseconds, const Stop&)> wait = wait_for;
};

// `label` is for the progress: "qwen3-8b-q4_k_m.gguf". A blob that is there is left alone.
Result<content::StoredBlob> download(content::Store& store, content::BlobSource& from,
                                     const content::Descriptor& blob, std::string_view label,
                                     content::Lease& lease, const DownloadOptions& options,
                                     Progress& progress, const Stop& stop);

}  // namespace tegula::source
