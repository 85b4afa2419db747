#include "content/layout.h"

#include <algorithm>

namespace tegula::content {
namespace {

// 256 folders keep each of them short.
os::Path sharded(const os::Path& folder, const Digest& digest) {
  const std::string hex = digest.hex();
  return folder / hex.substr(0, 2) / hex;
}

std::string replaced(std::string_view text, char from, char to) {
  std::string out(text);
  std::ranges::replace(out, from, to);
  return out;
}

}  // namespace

std::string host_folder(std::string_view host) {
  return host.empty() ? std::string(kLocalHost) : replaced(host, ':', '+');
}

std::string host_of_folder(std::string_view folder) {
  return folder == kLocalHost ? std::string() : replaced(folder, '+', ':');
}

os::Path Layout::blob(const Digest& digest) const { return sharded(blobs(), digest); }

os::Path Layout::tree(const Digest& digest) const {
  return sharded(trees(), digest).replace_extension(".bt2");
}

os::Path Layout::manifest(const Digest& digest) const { return sharded(manifests(), digest); }

os::Path Layout::external(const Digest& digest) const { return sharded(external(), digest); }

os::Path Layout::partial(const Digest& digest) const { return partials() / digest.hex(); }

os::Path Layout::tags(const Reference& reference) const {
  return repos() / host_folder(reference.host()) / reference.path() / kTagsFolder;
}

os::Path Layout::tag_file(const Reference& reference) const {
  return tags(reference) / reference.tag();
}

os::Path Layout::readable(const Reference& reference) const {
  os::Path folder = models();
  if (!reference.host().empty()) folder /= host_folder(reference.host());
  return folder / reference.path() / reference.tag();
}

}  // namespace tegula::content
