// The names of what a build made: name:tag is the first target's pack; with several targets each
// has name:tag-<target> too, and name:tag-all is an index of them. Names of targets that a build of
// the same name had and this one hasn't are withdrawn: they would lead to what is old.
//
// Errors: those of the store. Thread rule: free functions.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "build/builder.h"
#include "build/target.h"

namespace tegula::build {

struct StoredPack {
  content::Digest digest;
  content::Manifest manifest;
};

struct NameRequest {
  const content::Reference& name;
  std::string_view target;
  std::string_view event;
};

Result<BuiltPack> give_name(const StoredPack& pack, const NameRequest& request,
                            std::span<const LayerReport> reports, const BuildContext& context);

struct PackNames {
  content::Reference first;
  std::vector<content::Reference> each = {};  // a target each; none for a single one
  std::optional<content::Reference> all = {};
};

// What packs of these targets will be called. InvalidArgument for a tag that becomes too long, and
// for the name of an index, which a single model must not take away.
Result<PackNames> names_of(const content::Reference& name, const std::vector<Target>& targets,
                           const content::Store& store);

struct Named {
  std::vector<BuiltPack> packs;
  std::optional<BuiltIndex> all;
  std::vector<content::Reference> withdrawn;
};

// `packs` are those of `targets`, in their order, all of them stored. The name itself comes last.
Result<Named> name_packs(const PackNames& names, std::string_view event,
                         const std::vector<Target>& targets, const std::vector<StoredPack>& packs,
                         std::span<const LayerReport> reports, content::Lease& lease,
                         const BuildContext& context);

}  // namespace tegula::build
