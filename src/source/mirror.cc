#include "source/mirror.h"

#include <fmt/format.h>

#include "base/printable.h"

namespace tegula::source {
namespace {

// The mirror's bytes, by the trees of the origin: who may lie does not bring the measure along.
class WithTreesOf final : public content::BlobSource {
 public:
  WithTreesOf(std::unique_ptr<content::BlobSource> mirror, content::BlobSource& origin)
      : mirror_(std::move(mirror)), origin_(origin) {}

  Result<std::unique_ptr<content::BlobReader>> open(const content::Descriptor& blob,
                                                    const Stop& stop) override {
    return mirror_->open(blob, stop);
  }
  Result<std::optional<content::BlobTree>> tree(const content::Descriptor& blob,
                                                const Stop& stop) override {
    return origin_.tree(blob, stop);
  }

 private:
  const std::unique_ptr<content::BlobSource> mirror_;
  content::BlobSource& origin_;
};

// What is of this machine, and that no other place would cure.
bool is_ours(const Error& error) {
  return error.code == Code::Cancelled || error.code == Code::DiskFull;
}

}  // namespace

Result<net::Url> parse_mirror(const std::string& text, bool plain_http) {
  net::Url url = TRY(net::Url::parse(text), "mirror");
  if (url.is_secure() || url.is_loopback() || plain_http) return url;
  return fail(Code::Untrusted,
              fmt::format("mirror \"{}\" is not encrypted", printable(url.origin())),
              "use https:// in config.toml");
}

std::string_view trimmed_path(const net::Url& base) {
  std::string_view path = base.path();
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string mirrored_path(const net::Url& base, std::string_view path) {
  const std::string_view front = trimmed_path(base);
  return fmt::format("{}{}{}", front.empty() ? "" : "/", front, path);
}

std::string passed_over(std::string_view mirror, const Error& error) {
  return fmt::format("mirror \"{}\" is passed over: {}", printable(mirror, 200), error.text);
}

std::vector<std::string> mirrors_of(const config::Mirrors& mirrors, std::string_view host) {
  const auto found = mirrors.find(host);
  return found == mirrors.end() ? std::vector<std::string>() : found->second;
}

void MirroredSource::add(std::unique_ptr<content::BlobSource> mirror, std::string name) {
  mirrors_.push_back({std::make_unique<WithTreesOf>(std::move(mirror), origin_), std::move(name)});
}

Result<content::StoredBlob> MirroredSource::download(const content::Descriptor& blob,
                                                     std::string_view label, const Target& target) {
  const auto from = [&](content::BlobSource& source, const DownloadOptions& options) {
    return source::download(target.store, source, blob, label, target.lease, options,
                            target.progress, target.stop);
  };
  DownloadOptions once = target.options;
  once.tries_max = 1;
  bool has_brought = false;
  for (Mirror& mirror : mirrors_) {
    if (mirror.is_out) continue;
    auto stored = from(*mirror.source, once);
    if (stored || is_ours(stored.error())) return stored;
    has_brought = has_brought || stored.error().code != Code::NotFound;
    mirror.is_out = stored.error().code != Code::NotFound;
    if (note_) note_(passed_over(mirror.name, stored.error()));
  }
  auto stored = from(origin_, target.options);
  // Bytes that a mirror left, and no tree could judge, spoilt what the origin added: without them.
  if (!stored && stored.error().code == Code::Corrupt && has_brought)
    return from(origin_, target.options);
  return stored;
}

}  // namespace tegula::source
