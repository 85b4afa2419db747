#include "content/verified_blob.h"

#include <fmt/format.h>

#include "content/blob_store.h"
#include "content/identity_cache.h"
#include "content/verifier.h"

namespace tegula::content {
namespace {

Error explain(const Fault& fault, const OpenBlob& blob) {
  Error out = as_error(fault);
  if (blob.is_external)
    out.hint = fmt::format("\"{}\" was changed by another program; build the model again",
                           blob.path.native());
  return out;
}

Result<void> check_now(const StoreContext& store, const Descriptor& descriptor,
                       const OpenBlob& blob, Progress& progress, const Stop& stop) {
  const WallTime began = store.clock.now();
  progress.begin("verifying " + blob_label(descriptor), descriptor.size);
  const auto faults = verify_blob(store, descriptor, blob, progress, stop);
  progress.end();
  if (!faults) return std::unexpected(faults.error());
  if (!faults->empty()) return std::unexpected(explain(faults->front(), blob));
  if (identity_of(TRY(blob.file->stat())) != identity_of(blob.stat))
    return fail(Code::Unavailable,
                fmt::format("{} was changed while it was verified", blob_label(descriptor)),
                "try again");
  remember(store, {identity_of(blob.stat), began, descriptor.digest});
  return {};
}

}  // namespace

Result<VerifiedBlob> open_verified(const StoreContext& store, const Descriptor& descriptor,
                                   Progress& progress, const Stop& stop) {
  OpenBlob blob = TRY(open_blob(store, descriptor.digest, descriptor.size), blob_label(descriptor));
  const bool is_remembered = find_checked(store, blob.stat) == descriptor.digest;
  if (!is_remembered) TRY(check_now(store, descriptor, blob, progress, stop));
  return VerifiedBlob(descriptor, std::move(blob.file), std::move(blob.path), is_remembered);
}

}  // namespace tegula::content
