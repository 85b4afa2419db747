#include "source/push.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "content/annotation.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "content/verified_text.h"
#include "source/ollama_twin.h"

namespace tegula::source {
namespace {

using content::Descriptor;
namespace media_type = content::media_type;

net::Upload upload_of(std::string_view bytes) {
  return {bytes.size(), [bytes](std::uint64_t offset, std::span<std::uint8_t> into) {
            const std::string_view part = bytes.substr(offset, into.size());
            std::ranges::copy(part, into.begin());
            return Result<std::size_t>(part.size());
          }};
}

// True if the registry has it without our sending it.
Result<bool> is_there(const Descriptor& blob, const PushRequest& request, OciRepository& to,
                      const Stop& stop) {
  if (TRY(to.has_blob(blob, stop))) return true;
  return !request.mount_from.empty() && TRY(to.mount(blob, request.mount_from, stop));
}

Result<void> push_blob(const Descriptor& blob, content::Store& store, OciRepository& to,
                       Progress& progress, const Stop& stop) {
  const content::VerifiedBlob verified = TRY(store.open_verified(blob, progress, stop));
  const std::string_view path = content::file_path(blob);
  progress.begin(fmt::format("pushing {}", path.empty() ? "config" : path), blob.size);
  const net::Upload bytes{blob.size, [&](std::uint64_t offset, std::span<std::uint8_t> into) {
                            return verified.file().read_at(offset, into);
                          }};
  TRY(to.push_blob(blob, bytes, progress, stop));
  progress.end();
  return {};
}

Result<void> push_small(const Descriptor& blob, std::string_view bytes, OciRepository& to,
                        const Stop& stop) {
  NoProgress silent;
  if (TRY(to.has_blob(blob, stop))) return {};
  return to.push_blob(blob, upload_of(bytes), silent, stop);
}

// A blob of one piece has no tree worth sending: its root says all.
Result<std::vector<Descriptor>> push_levels(const content::Manifest& manifest,
                                            content::Store& store, OciRepository& to,
                                            const Stop& stop) {
  std::vector<Descriptor> out;
  for (const Descriptor& layer : manifest.layers) {
    if (content::piece_count(layer.size) < 2 || !content::tree_root(layer)) continue;
    const Bytes level = content::encode(TRY(store.read_tree(layer)));
    Descriptor blob{.media_type = std::string(media_type::kTree),
                    .digest = content::Digest::of(level),
                    .size = level.size()};
    blob.annotations.emplace(content::annotation::kTreeBlob, layer.digest.str());
    TRY(push_small(blob, text_of(level), to, stop));
    out.push_back(std::move(blob));
  }
  return out;
}

Result<void> push_trees(const PushRequest& request, const content::Manifest& manifest,
                        std::uint64_t manifest_size, content::Store& store, OciRepository& to,
                        const Stop& stop) {
  content::ImageManifest trees{.media_type = std::string(media_type::kImageManifest),
                               .artifact_type = std::string(media_type::kTree),
                               .config = content::empty_descriptor()};
  trees.layers = TRY(push_levels(manifest, store, to, stop));
  if (trees.layers.empty()) return {};
  TRY(push_small(trees.config, "{}", to, stop));
  Descriptor subject{.media_type = std::string(media_type::kImageManifest),
                     .digest = request.manifest,
                     .size = manifest_size};
  trees.subject = std::move(subject);
  const std::string json = TRY(content::encode(trees));
  return to.push_manifest(content::Digest::of(bytes_of(json)).str(),
                          std::string(media_type::kImageManifest), json, stop);
}

// What is damaged here is the store's fault, not the registry's, and is said before anything goes.
Result<std::vector<content::Referrer>> sound_referrers(const PushRequest& request,
                                                       content::Store& store, const Stop& stop) {
  NoProgress silent;
  std::vector<content::Referrer> out = TRY(store.referrers(request.manifest));
  for (const content::Referrer& referrer : out)
    for (const Descriptor* blob : content::blobs_of(referrer.manifest))
      TRY(store.open_verified(*blob, silent, stop),
          fmt::format("the store's {} of {}", referrer.manifest.kind(),
                      content::short_form(request.manifest)));
  return out;
}

// What is said about the model goes with it.
Result<void> push_referrers(const std::vector<content::Referrer>& referrers, content::Store& store,
                            OciRepository& to, PushReport& report, const Stop& stop) {
  for (const content::Referrer& referrer : referrers) {
    TRY(content::check_portable(referrer));
    for (const Descriptor* blob : content::blobs_of(referrer.manifest)) {
      NoProgress silent;
      const content::VerifiedBlob verified = TRY(store.open_verified(*blob, silent, stop));
      const std::string text = TRY(content::read_text(verified, limits::kReferrerBlobBytesMax));
      TRY(push_small(*blob, text, to, stop));
    }
    TRY(to.push_manifest(referrer.digest.str(), std::string(media_type::kImageManifest),
                         referrer.json, stop));
    ++report.referrers;
  }
  return {};
}

// A registry that keeps no artifacts still has the model.
Result<void> note_failure(const Result<void>& done, std::string_view what, PushReport& report) {
  if (done) return {};
  if (done.error().code == Code::Cancelled) return done;
  report.note += fmt::format("{}{} not kept there: {}", report.note.empty() ? "" : "; ", what,
                             done.error().text);
  return {};
}

}  // namespace

Result<content::Digest> push_index(const std::string& json, const std::string& tag,
                                   OciRepository& to, const Stop& stop) {
  TRY(to.push_manifest(tag, std::string(media_type::kImageIndex), json, stop));
  return content::Digest::of(bytes_of(json));
}

Result<PushedTwin> push_twin(const PushRequest& request, content::Store& store, OciRepository& to,
                             Progress& progress, const Stop& stop) {
  const OllamaTwin twin = TRY(make_ollama_twin(request.manifest, store, progress, stop));
  PushReport report;
  for (const OllamaTwin::Part* part : twin.parts()) {
    ++report.blobs;
    if (TRY(is_there(part->blob, request, to, stop))) {
      ++report.already_there;
      continue;
    }
    TRY(part->is_of_pack ? push_blob(part->blob, store, to, progress, stop)
                         : push_small(part->blob, part->bytes, to, stop));
    report.bytes += part->blob.size;
  }
  TRY(to.push_manifest(request.tag, std::string(media_type::kDockerManifest), twin.manifest, stop));
  if (!twin.left_out.empty())
    report.note = fmt::format("left out for Ollama: {}", fmt::join(twin.left_out, "; "));
  return PushedTwin{twin.digest(), std::move(report)};
}

Result<PushReport> push(const PushRequest& request, content::Store& store, OciRepository& to,
                        Progress& progress, const Stop& stop) {
  const std::string json = TRY(store.read_manifest_bytes(request.manifest));
  const content::Manifest manifest = TRY(content::Manifest::parse(json));
  const std::vector<content::Referrer> referrers = TRY(sound_referrers(request, store, stop));
  PushReport report;
  for (const Descriptor* blob : content::blobs_of(manifest)) {
    ++report.blobs;
    if (TRY(is_there(*blob, request, to, stop))) {
      ++report.already_there;
      continue;
    }
    TRY(push_blob(*blob, store, to, progress, stop));
    report.bytes += blob->size;
  }
  TRY(to.push_manifest(request.tag, std::string(media_type::kImageManifest), json, stop));
  TRY(note_failure(push_trees(request, manifest, json.size(), store, to, stop), "the trees were",
                   report));
  TRY(note_failure(push_referrers(referrers, store, to, report, stop), "what is said about it was",
                   report));
  return report;
}

}  // namespace tegula::source
