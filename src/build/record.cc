#include "build/record.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "content/annotation.h"
#include "content/media_type.h"
#include "content/verified_text.h"

namespace tegula::build {
namespace {

namespace annotation = content::annotation;
namespace media_type = content::media_type;

constexpr std::string_view kNothing = "{}";  // what empty_descriptor() describes

struct Note {
  std::string_view type;
  std::string text;
  content::Annotations annotations;
};

Result<void> put_note(const content::Descriptor& subject, const Note& note, content::Lease& lease,
                      const BuildContext& context) {
  content::Store& store = context.store;
  TRY(store.put_bytes(bytes_of(kNothing), lease));
  const content::StoredBlob blob = TRY(store.put_bytes(bytes_of(note.text), lease));
  const content::ImageManifest manifest{
      .media_type = std::string(media_type::kImageManifest),
      .artifact_type = std::string(note.type),
      .config = content::empty_descriptor(),
      .layers = {{std::string(note.type), blob.digest, blob.size}},
      .subject = subject,
      .annotations = note.annotations};
  TRY(store.put_referrer(TRY(content::encode(manifest)), lease));
  return {};
}

bool is_record_of(const content::Referrer& referrer, std::string_view type,
                  const std::string& build_id) {
  const std::string* const id =
      content::find_annotation(referrer.manifest.annotations, annotation::kBuildId);
  return referrer.manifest.artifact_type == type && id != nullptr && *id == build_id;
}

// A damaged referrer is written anew.
bool has_record(const content::Digest& manifest, const std::string& build_id,
                const BuildContext& context) {
  const auto known = context.store.referrers(manifest);
  if (!known) return false;
  return std::ranges::all_of(
      std::array{media_type::kLock, media_type::kInToto}, [&](std::string_view type) {
        return std::ranges::any_of(
            *known, [&](const auto& referrer) { return is_record_of(referrer, type, build_id); });
      });
}

Result<std::string> text_of(const content::Referrer& referrer, std::uint64_t bytes_max,
                            const BuildContext& context) {
  const content::VerifiedBlob blob = TRY(context.store.open_verified(
      referrer.manifest.layers.front(), context.progress, context.stop));
  return content::read_text(blob, bytes_max);
}

std::unexpected<Error> unknown_origin() {
  return fail(Code::NotFound, "nothing says what it was built from",
              "it was made by another program, or by an older Tegula; build it again");
}

// A lock counts for the packs that it names: anybody can attach any lock to any pack.
Result<Lock> lock_about(const content::Digest& manifest, const content::Referrer& referrer,
                        const BuildContext& context) {
  Lock lock = TRY(Lock::parse(TRY(text_of(referrer, limits::kLockBytesMax, context))));
  const bool is_named = std::ranges::any_of(
      lock.outputs, [&](const auto& output) { return output.second == manifest; });
  if (is_named) return lock;
  return fail(Code::Untrusted, "the lock beside it is of another build: it does not name this pack",
              "build it again");
}

Result<content::Descriptor> subject_of(const content::Digest& manifest,
                                       const BuildContext& context) {
  const std::string json = TRY(context.store.read_manifest_bytes(manifest));
  return content::Descriptor{.media_type = std::string(media_type::kImageManifest),
                             .digest = manifest,
                             .size = json.size(),
                             .artifact_type = std::string(media_type::kModelManifest)};
}

}  // namespace

Result<void> put_statement(const content::Digest& manifest, std::string_view statement,
                           std::string_view predicate_type, content::Lease& lease,
                           const BuildContext& context) {
  const content::Descriptor subject = TRY(subject_of(manifest, context));
  const Note note{media_type::kInToto,
                  std::string(statement),
                  {{std::string(annotation::kPredicateType), std::string(predicate_type)}}};
  return put_note(subject, note, lease, context);
}

Result<void> put_bundle(const content::Digest& manifest, std::string_view bundle,
                        std::string_view predicate_type, content::Lease& lease,
                        const BuildContext& context) {
  const content::Descriptor subject = TRY(subject_of(manifest, context));
  const Note note{media_type::kBundle,
                  std::string(bundle),
                  {{std::string(annotation::kBundleContent), "dsse-envelope"},
                   {std::string(annotation::kBundlePredicateType), std::string(predicate_type)}}};
  return put_note(subject, note, lease, context);
}

Result<std::vector<std::string>> recorded_statements(const content::Digest& manifest,
                                                     const BuildContext& context) {
  std::vector<std::string> out;
  const std::vector<content::Referrer> referrers = TRY(context.store.referrers(manifest));
  for (const content::Referrer& referrer : referrers)
    if (referrer.manifest.artifact_type == media_type::kInToto)
      out.push_back(TRY(text_of(referrer, limits::kJsonBytesMax, context)));
  return out;
}

Result<void> put_record(const content::Digest& manifest, const Lock& lock, std::string_view recipe,
                        content::Lease& lease, const BuildContext& context) {
  const std::string id = lock.build_id().str();
  if (has_record(manifest, id, context)) return {};
  const content::Descriptor subject = TRY(subject_of(manifest, context));
  const Note locked{media_type::kLock,
                    lock.encode(),
                    {{std::string(annotation::kBuildId), id},
                     {std::string(annotation::kTitle), std::string(kLockFile)}}};
  TRY(put_note(subject, locked, lease, context));
  const Note provenance{media_type::kInToto,
                        provenance_of(lock, recipe, context.builder()),
                        {{std::string(annotation::kBuildId), id},
                         {std::string(annotation::kPredicateType), std::string(kProvenanceType)}}};
  return put_note(subject, provenance, lease, context);
}

Result<Lock> recorded_lock(const content::Digest& manifest, const BuildContext& context) {
  Result<Lock> out = unknown_origin();
  const std::vector<content::Referrer> referrers = TRY(context.store.referrers(manifest));
  for (const content::Referrer& referrer : referrers) {
    if (referrer.manifest.artifact_type != media_type::kLock) continue;
    out = lock_about(manifest, referrer, context);
    if (out) return out;
  }
  return out;
}

Result<std::vector<RecordedTarget>> recorded_targets(const content::Digest& manifest,
                                                     const BuildContext& context) {
  const Lock lock = TRY(recorded_lock(manifest, context));
  std::vector<RecordedTarget> out;
  for (const std::string& line : lock.targets) {
    const modelfile::Target written = TRY(modelfile::parse_target(line), "its lock");
    const Target target = TRY(target_of(written), "its lock");
    const auto made = lock.outputs.find(line);
    if (made == lock.outputs.end())
      return fail(Code::Corrupt, fmt::format("its lock has no output for target {}", line));
    out.push_back({target.name(), target.format, made->second});
  }
  return out;
}

Result<std::string> recorded_recipe(const content::Digest& manifest, const Lock& lock,
                                    const BuildContext& context) {
  const std::string id = lock.build_id().str();
  for (const content::Referrer& referrer : TRY(context.store.referrers(manifest))) {
    if (!is_record_of(referrer, media_type::kInToto, id)) continue;
    std::string recipe =
        TRY(recipe_of_provenance(TRY(text_of(referrer, limits::kJsonBytesMax, context))));
    const LockInput* const input = lock.find(InputRole::Recipe, "Modelfile");
    if (input == nullptr || content::Digest::of(bytes_of(recipe)) == input->digest) return recipe;
    return fail(Code::Corrupt, "its provenance and its lock are of different Modelfiles");
  }
  return unknown_origin();
}

}  // namespace tegula::build
