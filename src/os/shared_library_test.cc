#include "os/shared_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/program.h"
#include "os/temporary_folder.h"

namespace tegula::os {
namespace {

Path c_library() { return file_of_code(::dlsym(RTLD_DEFAULT, "getppid")); }

TEST(SharedLibrary, GivesItsFunctions) {
  const Result<void*> function = load_function(c_library(), "getppid");
  ASSERT_TRUE(function) << function.error().text;
  EXPECT_EQ(reinterpret_cast<decltype(&::getppid)>(*function)(), ::getppid());
}

TEST(SharedLibrary, SaysWhatIsNotThere) {
  const Result<void*> function = load_function(c_library(), "tegula_no_such_function");
  ASSERT_FALSE(function);
  EXPECT_EQ(function.error().code, Code::Unsupported);
  EXPECT_NE(function.error().text.find("tegula_no_such_function"), std::string::npos);
}

TEST(SharedLibrary, TakesNothingButALibrary) {
  const TemporaryFolder folder;
  const Path file = folder / "text.so";
  PosixFileSystem files;
  ASSERT_TRUE(write_durably(files, file, {}));
  for (const Path& path : {file, folder / "nothing.so"}) {
    const Result<void*> function = load_function(path, "f");
    ASSERT_FALSE(function);
    EXPECT_EQ(function.error().code, Code::Unsupported);
    EXPECT_NE(function.error().text.find(path.string()), std::string::npos);
  }
}

}  // namespace
}  // namespace tegula::os
