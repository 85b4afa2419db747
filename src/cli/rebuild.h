// `tegula rebuild` starts this program again, shut in, to do the second build.
#pragma once

#include <string>
#include <string_view>

#include "cli/session.h"

namespace tegula::cli {

inline constexpr std::string_view kRebuildWord = "__rebuild";

// The second process: obeys the order in the folder and leaves there what came out.
Result<void> rebuild_elsewhere(const std::string& folder, Session& session);

}  // namespace tegula::cli
