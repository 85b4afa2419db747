// Any image manifest, as a registry hands it out: OCI's, or docker's version 2 that has the same
// shape (OCI image-spec 1.1, "Image Manifest"). What a Modelpack must be besides is for Manifest
// (manifest.h) to say; this is for artifacts that others made, and for our own that aren't packs.
//
// encode() writes OCI's form as compact JSON in one fixed order; parse(encode(x)) is x for an x of
// that form. Members that the specification doesn't name are passed over.
//
// Thread rule: a value. Errors: InvalidArgument, Unsupported, Exhausted past a limit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "content/descriptor.h"

namespace tegula::content {

struct ImageManifest {
  std::string media_type = {};     // OCI's or docker's
  std::string artifact_type = {};  // empty: none
  Descriptor config;
  std::vector<Descriptor> layers = {};
  std::optional<Descriptor> subject = {};
  Annotations annotations = {};

  bool operator==(const ImageManifest&) const = default;

  static Result<ImageManifest> parse(std::string_view json);

  // What kind of thing it is: the artifact type, else the config's media type.
  const std::string& kind() const {
    return artifact_type.empty() ? config.media_type : artifact_type;
  }
};

// Refuses docker's form, and what parse would refuse.
Result<std::string> encode(const ImageManifest& manifest);

// config, then the layers.
std::vector<const Descriptor*> blobs_of(const ImageManifest& manifest);

// OCI's descriptor of nothing: the config of an artifact that needs none, whose bytes are "{}".
Descriptor empty_descriptor();

}  // namespace tegula::content
