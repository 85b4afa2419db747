// Golden files: tests/golden/<path> holds the bytes that must come out.
//
// TEGULA_ACCEPT=1 rewrites them and marks the test as skipped, so that such a run can't pass by
// accident. For tests only.
#pragma once

#include <string_view>

namespace tegula::content {

void expect_golden(std::string_view path, std::string_view got);

}  // namespace tegula::content
