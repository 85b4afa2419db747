// A layer of a Modelpack is one file, as it is. Its descriptor names the file in every way the
// consumers of Modelpacks look for, and carries the root of the file's blob tree
// (docs/reference/manifest.md).
//
// Thread rule: free functions over values. Errors: InvalidArgument, Exhausted past a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "content/descriptor.h"
#include "content/media_type.h"

namespace tegula::content {

struct LayerFile {
  std::string_view media_type = media_type::kWeight;
  std::string path;  // in the pack
  Digest digest;
  std::uint64_t size = 0;
  crypto::Hash256 tree_root{};
  WallTime modified{};  // SOURCE_DATE_EPOCH, never the file's own time: builds repeat
};

Descriptor make_layer(const LayerFile& file);

// What the profile's annotation org.cncf.model.file.metadata+json holds.
struct FileMetadata {
  std::string name;
  std::uint32_t mode = 0644;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::string mtime;  // RFC 3339
  std::uint8_t typeflag = 0;

  bool operator==(const FileMetadata&) const = default;
};

Result<FileMetadata> parse_file_metadata(std::string_view json);
std::string encode(const FileMetadata& metadata);  // the inverse of parse_file_metadata

// The layer's file path; empty if it has none.
std::string_view file_path(const Descriptor& layer);

// The root of the layer's blob tree; nothing for a layer that others packed.
std::optional<crypto::Hash256> tree_root(const Descriptor& layer);

// The rules for a layer of a Modelpack: type, file path, annotations.
Result<void> check_layer(const Descriptor& layer);

// A date and time of RFC 3339 §5.6, as far as its form goes.
bool is_date_time(std::string_view text);

}  // namespace tegula::content
