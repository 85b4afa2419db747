// A home in a folder of its own, for this folder's tests.
#pragma once

#include <gtest/gtest.h>

#include "launch/sample_model.h"
#include "os/temporary_folder.h"
#include "sdk/boundary.h"

namespace tegula::sdk {

// An error's code, once it is freed.
inline tegula_code code_of(tegula_error* error) {
  const tegula_code out = tegula_error_code(error);
  tegula_error_free(error);
  return out;
}

class SampleHome : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = (folder_ / "home").string();
    tegula_options options = TEGULA_OPTIONS_INIT;
    options.home = folder.c_str();
    ASSERT_EQ(code_of(tegula_home_open(&options, &home_)), TEGULA_OK);
    write("m.gguf", launch::sample_model());
  }
  void TearDown() override { tegula_home_free(home_); }

  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(os::write_durably(files_, folder_ / name, bytes_of(text)));
  }

  std::string path(const std::string& name) { return (folder_ / name).string(); }

  // Null if it fails, with a failure of the test.
  tegula_build_result* build(const std::string& source, std::uint32_t flags = 0) {
    tegula_build_request request = TEGULA_BUILD_REQUEST_INIT;
    request.path = source.c_str();
    request.flags = flags;
    tegula_build_result* out = nullptr;
    tegula_error* error = tegula_build(home_, &request, nullptr, &out);
    EXPECT_STREQ(tegula_error_text(error), "");
    tegula_error_free(error);
    return out;
  }

  os::PosixFileSystem files_;
  os::TemporaryFolder folder_;
  tegula_home* home_ = nullptr;
};

}  // namespace tegula::sdk
