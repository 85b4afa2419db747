// An OCI image index: a list of manifests, for several platforms or targets, or of what a folder in
// OCI layout holds (OCI image-spec 1.1, "Image Index").
//
// encode() writes compact JSON in one fixed order of members; parse(encode(x)) is x. Members that
// the specification doesn't name are passed over, and all of `platform` but its system and
// processor.
//
// Thread rule: a value. Errors: InvalidArgument, Unsupported, Exhausted past a limit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "content/descriptor.h"

namespace tegula::content {

struct ImageIndex {
  std::string artifact_type = {};  // empty: none
  std::vector<Descriptor> manifests = {};
  Annotations annotations = {};

  bool operator==(const ImageIndex&) const = default;

  static Result<ImageIndex> parse(std::string_view json);
};

// Refuses what parse would refuse.
Result<std::string> encode(const ImageIndex& index);

}  // namespace tegula::content
