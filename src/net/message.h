// What both ways to speak HTTP share: header fields, and where the bytes of a reply go.
//
// Thread rule: values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tegula::net {

struct Header {
  std::string name{};
  std::string value{};
};

// The value of the first field of that name, in any case; nothing if there is none.
std::optional<std::string_view> find_header(const std::vector<Header>& headers,
                                            std::string_view name);

// Called with each piece of the body as it arrives; its error closes the connection and is
// returned.
using BodySink = std::function<Result<void>(std::string_view)>;

}  // namespace tegula::net
