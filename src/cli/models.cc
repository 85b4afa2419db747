#include "cli/models.h"

#include "base/limits.h"
#include "cli/foreign.h"
#include "content/model_config.h"
#include "content/verified_text.h"

namespace tegula::cli {

std::vector<std::string> model_names(Session& session) {
  std::vector<std::string> out;
  const auto store = session.store();
  if (!store) return out;
  const auto names = (*store)->names();
  if (!names) return out;
  for (const content::Name& name : names->names) {
    if (name.reference.tag() == content::kDefaultTag) out.push_back(name.reference.name());
    out.push_back(name.reference.str());
  }
  return out;
}

Result<content::Reference> model_reference(const std::string& text) {
  if (source::is_foreign_name(text)) return foreign_reference(text);
  return content::Reference::parse(text);
}

Result<PackSummary> summary_of(const content::Digest& digest, Session& session) {
  content::Store* store = TRY(session.store());
  content::Manifest manifest = TRY(store->read_manifest(digest));
  const content::VerifiedBlob config =
      TRY(store->open_verified(manifest.config, session.progress(), session.stop()));
  const std::string text = TRY(content::read_text(config, limits::kConfigBytesMax));
  content::ModelConfig parsed = TRY(content::ModelConfig::parse(text));
  PackSummary out{std::move(manifest), std::move(parsed), 0};
  for (const content::Descriptor* blob : content::blobs_of(out.manifest)) out.bytes += blob->size;
  return out;
}

}  // namespace tegula::cli
