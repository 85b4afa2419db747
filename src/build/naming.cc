#include "build/naming.h"

#include <algorithm>

#include <fmt/format.h>

#include "content/target_index.h"

namespace tegula::build {
namespace {

constexpr std::string_view kAll = "all";

Result<content::Reference> name_of(const content::Reference& name, std::string_view target) {
  return content::Reference::parse(fmt::format("{}:{}-{}", name.name(), name.tag(), target));
}

// What the name leads to; nothing if there is none, or its file is damaged.
std::optional<content::Digest> find(const content::Reference& name, const content::Store& store) {
  const auto digest = store.resolve(name);
  return digest ? std::optional(*digest) : std::nullopt;
}

Result<std::optional<content::ImageIndex>> find_index(const content::Reference& name,
                                                      const content::Store& store) {
  const std::optional<content::Digest> digest = find(name, store);
  if (!digest) return std::optional<content::ImageIndex>();
  return store.read_index(*digest);
}

// The names that the index of the build before and its targets have, as far as they still lead
// there and this build hasn't them.
Result<std::vector<content::Reference>> find_stale(const PackNames& names,
                                                   const content::Store& store) {
  std::vector<content::Reference> out;
  const content::Reference all = TRY(name_of(names.first, kAll));
  const std::optional<content::ImageIndex> index = TRY(find_index(all, store));
  if (!index) return out;
  for (const content::Descriptor& entry : index->manifests) {
    const auto name = name_of(names.first, content::target_name(entry));
    const bool stays = !name || std::ranges::find(names.each, *name) != names.each.end();
    if (!stays && find(*name, store) == entry.digest) out.push_back(*name);
  }
  if (!names.all) out.push_back(all);
  return out;
}

Result<BuiltIndex> name_index(const content::Reference& name, std::string_view event,
                              const std::vector<Target>& targets,
                              const std::vector<StoredPack>& packs, content::Lease& lease,
                              const BuildContext& context) {
  std::vector<content::TargetPack> entries;
  for (std::size_t i = 0; i < targets.size(); ++i)
    entries.push_back(
        {packs[i].digest, std::string(format_name(targets[i].format)), targets[i].name()});
  const std::string json = TRY(content::make_target_index(entries, context.store));
  const content::Digest digest = TRY(context.store.put_index(json, lease));
  const content::TagChange change = TRY(context.store.tag(name, digest, event));
  return BuiltIndex{name, digest, change.changed()};
}

}  // namespace

Result<BuiltPack> give_name(const StoredPack& pack, const NameRequest& request,
                            std::span<const LayerReport> reports, const BuildContext& context) {
  const content::TagChange change =
      TRY(context.store.tag(request.name, pack.digest, request.event));
  BuiltPack out{
      std::string(request.target), request.name, pack.digest, {}, change.changed(), change.note};
  for (const content::Descriptor& layer : pack.manifest.layers) {
    LayerReport report{layer, content::ImportWay::Written};
    for (const LayerReport& known : reports) {
      if (known.layer == layer) report.way = known.way;
    }
    out.layers.push_back(std::move(report));
  }
  return out;
}

Result<PackNames> names_of(const content::Reference& name, const std::vector<Target>& targets,
                           const content::Store& store) {
  if (TRY(find_index(name, store))) {
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is an index of models, not a model", name.str()),
                fmt::format("give another name, or remove it before: tegula rm {}", name.str()));
  }
  PackNames out{.first = name};
  if (targets.size() == 1) return out;
  for (const Target& target : targets) out.each.push_back(TRY(name_of(name, target.name())));
  out.all = TRY(name_of(name, kAll));
  return out;
}

Result<Named> name_packs(const PackNames& names, std::string_view event,
                         const std::vector<Target>& targets, const std::vector<StoredPack>& packs,
                         std::span<const LayerReport> reports, content::Lease& lease,
                         const BuildContext& context) {
  Named out;
  out.withdrawn = TRY(find_stale(names, context.store));
  const auto give = [&](const content::Reference& name, std::size_t i) {
    return give_name(packs[i], {name, targets[i].name(), event}, reports, context);
  };
  for (std::size_t i = 0; i < names.each.size(); ++i)
    out.packs.push_back(TRY(give(names.each[i], i)));
  if (names.all) out.all = TRY(name_index(*names.all, event, targets, packs, lease, context));
  out.packs.insert(out.packs.begin(), TRY(give(names.first, 0)));
  for (const content::Reference& name : out.withdrawn) TRY(context.store.remove(name));
  return out;
}

}  // namespace tegula::build
