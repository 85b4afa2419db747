// The manifest of a Modelpack: an OCI image manifest in the CNCF ModelPack profile
// (docs/reference/manifest.md).
//
// parse() is strict: a manifest that passes can be stored and laid out without further checks.
// encode() writes compact JSON in one fixed order of members, since its digest is the pack's name;
// parse(encode(x)) is x. Members that the specification doesn't name are passed over.
//
// Thread rule: a value. Errors: InvalidArgument, Unsupported, Exhausted past a limit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "content/descriptor.h"

namespace tegula::content {

struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers = {};
  std::optional<Descriptor> subject = {};
  Annotations annotations = {};

  bool operator==(const Manifest&) const = default;

  static Result<Manifest> parse(std::string_view json);
};

// Refuses what parse would refuse.
Result<std::string> encode(const Manifest& manifest);

// config, then the layers: every blob the manifest needs.
std::vector<const Descriptor*> blobs_of(const Manifest& manifest);

// The layer with this file path, or nullptr.
const Descriptor* find_layer(const Manifest& manifest, std::string_view path);

}  // namespace tegula::content
