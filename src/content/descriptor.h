// A descriptor says what a blob is: its media type, digest, size and annotations
// (OCI image-spec 1.1, "Content Descriptors"). Members of a descriptor that we don't use (urls,
// data) are passed over, as the specification asks.
//
// Thread rule: a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "content/digest.h"

namespace tegula::content {

using Annotations = std::map<std::string, std::string, std::less<>>;

// In Go's words: "darwin", "arm64".
struct Platform {
  std::string os, architecture;

  bool operator==(const Platform&) const = default;
};

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::string artifact_type = {};  // empty: none
  Annotations annotations = {};
  std::optional<Platform> platform = {};  // in an index: the only one it runs on

  bool operator==(const Descriptor&) const = default;
};

// The annotation's value, or nullptr.
const std::string* find_annotation(const Annotations& annotations, std::string_view name);

}  // namespace tegula::content
