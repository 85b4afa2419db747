// The small text layers of a pack.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "content/lease.h"
#include "content/store.h"

namespace tegula::build {

struct BuildContext;

inline constexpr std::string_view kLicenseFile = "LICENSE";
inline constexpr std::string_view kChatTemplateFile = "chat_template.jinja";
inline constexpr std::string_view kModelfileFile = "Modelfile";

// Stores the text and makes its layer.
Result<content::Descriptor> put_text_layer(std::string_view media_type, std::string_view path,
                                           std::string_view text, WallTime modified,
                                           content::Lease& lease, content::Store& store);

// The verified text of a layer of at most kConfigBytesMax.
Result<std::string> read_text_layer(const content::Descriptor& layer, const BuildContext& context);

}  // namespace tegula::build
