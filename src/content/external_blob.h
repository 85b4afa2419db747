// A blob that stays where another program keeps it: the store holds its path instead of its bytes,
// and its tree. Whether the bytes are still the same is found out by identity_cache and, if that
// doesn't know, by the tree; so a changed file is noticed at the next use.
//
// Thread rule: values and free functions. Errors: Corrupt for a record that doesn't parse.
#pragma once

#include <optional>
#include <string>

#include "content/store_context.h"

namespace tegula::content {

struct ExternalBlob {
  os::Path path;  // absolute
  std::uint64_t size = 0;

  bool operator==(const ExternalBlob&) const = default;
};

Result<std::string> encode(const ExternalBlob& blob);
Result<ExternalBlob> parse_external_blob(std::string_view json);  // the inverse of encode

// Nothing if the store has no such record.
Result<std::optional<ExternalBlob>> read_external(const StoreContext& store, const Digest& digest);
Result<void> put_external(const StoreContext& store, const Digest& digest,
                          const ExternalBlob& blob);

}  // namespace tegula::content
