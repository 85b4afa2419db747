// Descriptors and annotations as JSON, for the documents that hold them (manifests, later indexes).
//
// Thread rule: free functions over values. Errors: InvalidArgument, Exhausted past a limit.
#pragma once

#include "codec/json.h"
#include "content/descriptor.h"

namespace tegula::content {

Result<Descriptor> parse_descriptor(const codec::Json& json);
Result<void> check_descriptor(const Descriptor& descriptor);
Result<void> check_annotations(const Annotations& annotations);

// Members in the order of docs/reference/manifest.md.
codec::OrderedJson descriptor_json(const Descriptor& descriptor);

// The member "annotations" of a descriptor or manifest; empty if there is none.
Result<Annotations> parse_annotations(const codec::Json& owner);

// The names with a fixed place come first, the others by name.
codec::OrderedJson annotations_json(const Annotations& annotations);

}  // namespace tegula::content
