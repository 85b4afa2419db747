#include "content/layer.h"

#include <limits>

#include <fmt/format.h>

#include "base/hex.h"
#include "base/limits.h"
#include "codec/json.h"
#include "content/annotation.h"
#include "content/file_path.h"

namespace tegula::content {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

bool is_offset(std::string_view text) {
  if (text == "Z" || text == "z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
         all_digits(text.substr(1, 2)) && all_digits(text.substr(4, 2)) &&
         text.substr(1, 2) < "24" && text.substr(4, 2) < "60";
}

template <class T>
Result<T> small_member(const codec::Json& json, std::string_view name) {
  const std::uint64_t value = TRY(codec::uint_member(json, name));
  if (value > std::numeric_limits<T>::max())
    return fail(Code::InvalidArgument, fmt::format("member \"{}\": {} is too large", name, value));
  return static_cast<T>(value);
}

Result<void> check_tree(const Descriptor& layer) {
  const std::string* root = find_annotation(layer.annotations, annotation::kTreeRoot);
  const std::string* piece = find_annotation(layer.annotations, annotation::kTreePiece);
  if (root == nullptr && piece == nullptr) return {};
  if (root == nullptr || piece == nullptr)
    return fail(Code::InvalidArgument,
                fmt::format("the annotations \"{}\" and \"{}\" belong together",
                            annotation::kTreeRoot, annotation::kTreePiece));
  if (*piece != fmt::to_string(limits::kTreePieceBytes))
    return fail(Code::Unsupported,
                fmt::format("annotation \"{}\": expected \"{}\", got \"{}\"",
                            annotation::kTreePiece, limits::kTreePieceBytes, *piece));
  TRY(parse_hash(*root), fmt::format("annotation \"{}\"", annotation::kTreeRoot));
  return {};
}

}  // namespace

Descriptor make_layer(const LayerFile& file) {
  const FileMetadata metadata{.name = std::string(base_name(file.path)),
                              .size = file.size,
                              .mtime = rfc3339(file.modified)};
  Annotations annotations;
  annotations.emplace(annotation::kUntested, "false");
  annotations.emplace(annotation::kFileMetadata, encode(metadata));
  annotations.emplace(annotation::kFilePath, file.path);
  annotations.emplace(annotation::kTitle, file.path);
  annotations.emplace(annotation::kTreeRoot, hex_encode(file.tree_root));
  annotations.emplace(annotation::kTreePiece, fmt::to_string(limits::kTreePieceBytes));
  return {.media_type = std::string(file.media_type),
          .digest = file.digest,
          .size = file.size,
          .annotations = std::move(annotations)};
}

Result<FileMetadata> parse_file_metadata(std::string_view text) {
  const codec::Json json = TRY(codec::parse_json(text, {.depth_max = 2}));
  FileMetadata out;
  out.name = TRY(codec::string_member(json, "name"));
  out.mode = TRY(small_member<std::uint32_t>(json, "mode"));
  out.uid = TRY(small_member<std::uint32_t>(json, "uid"));
  out.gid = TRY(small_member<std::uint32_t>(json, "gid"));
  out.size = TRY(codec::uint_member(json, "size"));
  out.mtime = TRY(codec::string_member(json, "mtime"));
  out.typeflag = TRY(small_member<std::uint8_t>(json, "typeflag"));
  if (!is_date_time(out.mtime))
    return fail(Code::InvalidArgument,
                fmt::format("member \"mtime\": \"{}\" is not a time of RFC 3339", out.mtime));
  return out;
}

std::string encode(const FileMetadata& metadata) {
  codec::OrderedJson json;
  json["name"] = metadata.name;
  json["mode"] = metadata.mode;
  json["uid"] = metadata.uid;
  json["gid"] = metadata.gid;
  json["size"] = metadata.size;
  json["mtime"] = metadata.mtime;
  json["typeflag"] = metadata.typeflag;
  return json.dump(-1, ' ', false, codec::OrderedJson::error_handler_t::replace);
}

std::string_view file_path(const Descriptor& layer) {
  const std::string* path = find_annotation(layer.annotations, annotation::kFilePath);
  return path == nullptr ? std::string_view() : *path;
}

std::optional<crypto::Hash256> tree_root(const Descriptor& layer) {
  const std::string* root = find_annotation(layer.annotations, annotation::kTreeRoot);
  if (root == nullptr) return std::nullopt;
  const Result<crypto::Hash256> hash = parse_hash(*root);
  return hash ? std::optional(*hash) : std::nullopt;
}

Result<void> check_layer(const Descriptor& layer) {
  if (!layer_type(layer.media_type))
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is not a layer type of a Modelpack", layer.media_type));
  if (find_annotation(layer.annotations, annotation::kFilePath) == nullptr)
    return fail(Code::InvalidArgument,
                fmt::format("the annotation \"{}\" is missing", annotation::kFilePath));
  TRY(check_file_path(file_path(layer)));
  const std::string* metadata = find_annotation(layer.annotations, annotation::kFileMetadata);
  if (metadata != nullptr)
    TRY(parse_file_metadata(*metadata),
        fmt::format("annotation \"{}\"", annotation::kFileMetadata));
  const std::string* untested = find_annotation(layer.annotations, annotation::kUntested);
  if (untested != nullptr && *untested != "true" && *untested != "false")
    return fail(Code::InvalidArgument,
                fmt::format("annotation \"{}\": expected \"true\" or \"false\", got \"{}\"",
                            annotation::kUntested, *untested));
  return check_tree(layer);
}

bool is_date_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == '0'   ? text[i] >= '0' && text[i] <= '9'
                      : kForm[i] == 'T' ? text[i] == 'T' || text[i] == 't'
                                        : text[i] == kForm[i];
    if (!fits) return false;
  }
  const auto in = [&](std::size_t at, std::string_view low, std::string_view high) {
    return text.substr(at, 2) >= low && text.substr(at, 2) <= high;
  };
  if (!in(5, "01", "12") || !in(8, "01", "31") || !in(11, "00", "23") || !in(14, "00", "59") ||
      !in(17, "00", "60"))
    return false;
  std::string_view rest = text.substr(kForm.size());
  if (rest[0] == '.') {
    const std::size_t end = rest.find_first_not_of("0123456789", 1);
    if (end == rest.npos || end == 1) return false;
    rest.remove_prefix(end);
  }
  return is_offset(rest);
}

}  // namespace tegula::content
