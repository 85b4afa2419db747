#include "content/media_type.h"

#include <algorithm>
#include <utility>

namespace tegula::content {
namespace {

constexpr std::pair<std::string_view, LayerKind> kKinds[] = {
    {"weight.v1.", LayerKind::Weight},   {"weight.config.v1.", LayerKind::WeightConfig},
    {"doc.v1.", LayerKind::Doc},         {"code.v1.", LayerKind::Code},
    {"dataset.v1.", LayerKind::Dataset},
};
constexpr std::pair<std::string_view, LayerForm> kForms[] = {
    {"raw", LayerForm::Raw},
    {"tar", LayerForm::Tar},
    {"tar+gzip", LayerForm::TarGzip},
    {"tar+zstd", LayerForm::TarZstd},
};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 6838 §4.2: restricted-name, 127 characters at most.
bool is_restricted_name(std::string_view text) {
  constexpr std::string_view kOthers = "!#$&-^_.+";
  if (text.empty() || text.size() > 127 || !is_alphanumeric(text[0])) return false;
  return std::ranges::all_of(
      text, [&](char c) { return is_alphanumeric(c) || kOthers.find(c) != kOthers.npos; });
}

}  // namespace

std::optional<LayerType> layer_type(std::string_view media_type) {
  constexpr std::string_view kPrefix = "application/vnd.cncf.model.";
  if (!media_type.starts_with(kPrefix)) return std::nullopt;
  media_type.remove_prefix(kPrefix.size());
  for (const auto& [kind_text, kind] : kKinds) {
    if (!media_type.starts_with(kind_text)) continue;
    for (const auto& [form_text, form] : kForms)
      if (media_type.substr(kind_text.size()) == form_text) return LayerType{kind, form};
  }
  return std::nullopt;
}

bool is_media_type(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != text.npos && is_restricted_name(text.substr(0, slash)) &&
         is_restricted_name(text.substr(slash + 1));
}

}  // namespace tegula::content
