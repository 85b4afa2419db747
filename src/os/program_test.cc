#include "os/program.h"

#include <gtest/gtest.h>

namespace tegula::os {
namespace {

TEST(Program, KnowsItsOwnFile) {
  EXPECT_EQ(program_file().filename(), "os_test");
  EXPECT_EQ(file_of_code(reinterpret_cast<const void*>(&program_file)), program_file());
}

TEST(Program, KnowsTheLibraryOfAFunction) {
  EXPECT_NE(file_of_code(reinterpret_cast<const void*>(&::malloc)), "");
  EXPECT_EQ(file_of_code(nullptr), "");
}

}  // namespace
}  // namespace tegula::os
