#include "build/text_layer.h"

#include "base/limits.h"
#include "build/context.h"
#include "content/layer.h"
#include "content/verified_text.h"

namespace tegula::build {

Result<content::Descriptor> put_text_layer(std::string_view media_type, std::string_view path,
                                           std::string_view text, WallTime modified,
                                           content::Lease& lease, content::Store& store) {
  const content::StoredBlob blob = TRY(store.put_bytes(bytes_of(text), lease));
  return content::make_layer({.media_type = media_type,
                              .path = std::string(path),
                              .digest = blob.digest,
                              .size = blob.size,
                              .tree_root = blob.tree_root,
                              .modified = modified});
}

Result<std::string> read_text_layer(const content::Descriptor& layer, const BuildContext& context) {
  const content::VerifiedBlob blob =
      TRY(context.store.open_verified(layer, context.progress, context.stop));
  return content::read_text(blob, limits::kConfigBytesMax);
}

}  // namespace tegula::build
