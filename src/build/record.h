// What a build leaves beside the pack, as referrers of its manifest: the lock and the provenance
// (docs/reference/referrers.md).
//
// Errors: those of the store. Thread rule: free functions.
#pragma once

#include "build/context.h"
#include "build/lock.h"
#include "build/target.h"

namespace tegula::build {

// Nothing is written if the pack has the record of a build with this build id already.
Result<void> put_record(const content::Digest& manifest, const Lock& lock, std::string_view recipe,
                        content::Lease& lease, const BuildContext& context);

// A statement about a pack, unsigned, beside it.
Result<void> put_statement(const content::Digest& manifest, std::string_view statement,
                           std::string_view predicate_type, content::Lease& lease,
                           const BuildContext& context);

// A signed statement about a pack, in the shape that cosign finds: a Sigstore bundle.
Result<void> put_bundle(const content::Digest& manifest, std::string_view bundle,
                        std::string_view predicate_type, content::Lease& lease,
                        const BuildContext& context);

// The unsigned statements about a pack.
Result<std::vector<std::string>> recorded_statements(const content::Digest& manifest,
                                                     const BuildContext& context);

// The lock that a pack in the store was built from: the first beside it that has it among its
// outputs. NotFound if there is no lock: the pack was made by another program, or before there were
// records. Untrusted if all are of other packs.
Result<Lock> recorded_lock(const content::Digest& manifest, const BuildContext& context);

// What the build of a pack made, by the record of it: the pack itself is one of them.
struct RecordedTarget {
  std::string name;  // "gguf-q4_k_m"
  Format format = Format::Gguf;
  content::Digest digest;
};
Result<std::vector<RecordedTarget>> recorded_targets(const content::Digest& manifest,
                                                     const BuildContext& context);

// The recipe of that build, as its provenance has it: held against the lock's digest. NotFound as
// above, Corrupt if it is another one.
Result<std::string> recorded_recipe(const content::Digest& manifest, const Lock& lock,
                                    const BuildContext& context);

}  // namespace tegula::build
