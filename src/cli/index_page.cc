#include "cli/index_page.h"

#include <set>

#include <fmt/format.h>

#include "content/target_index.h"

namespace tegula::cli {

Result<std::optional<IndexSummary>> find_index(const content::Digest& digest, Session& session) {
  content::Store* store = TRY(session.store());
  const std::optional<content::ImageIndex> index = TRY(store->read_index(digest));
  if (!index) return std::optional<IndexSummary>();
  IndexSummary out;
  std::set<content::Digest> seen;
  for (const content::Descriptor& entry : index->manifests) {
    PackSummary pack = TRY(summary_of(entry.digest, session), content::target_name(entry));
    for (const content::Descriptor* blob : content::blobs_of(pack.manifest))
      if (seen.insert(blob->digest).second) out.bytes += blob->size;
    out.packs.push_back({content::target_name(entry), entry.digest, std::move(pack)});
  }
  return std::optional(std::move(out));
}

std::string index_page(const std::string& name, const content::Digest& digest,
                       const IndexSummary& index) {
  std::vector<std::vector<std::string>> table = {{"  TARGET", "SIZE", "QUANTIZATION", "DIGEST"}};
  for (const IndexedPack& one : index.packs)
    table.push_back({"  " + one.target, human_bytes(one.pack.bytes), one.pack.config.quantization,
                     one.digest.str()});
  return fmt::format("{}\n{}\nan index of {} models, {} together\n\n{}", name, digest.str(),
                     index.packs.size(), human_bytes(index.bytes), columns(table));
}

codec::OrderedJson targets_json(const IndexSummary& index) {
  codec::OrderedJson out = codec::OrderedJson::array();
  for (const IndexedPack& one : index.packs)
    out.push_back({{"target", one.target},
                   {"digest", one.digest.str()},
                   {"size", one.pack.bytes},
                   {"format", one.pack.config.format},
                   {"quantization", one.pack.config.quantization}});
  return out;
}

}  // namespace tegula::cli
