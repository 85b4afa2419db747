#include "build/lock_file.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "os/temporary_folder.h"

namespace tegula::build {
namespace {

Lock lock_of(std::string_view bytes) {
  Lock out;
  out.inputs.push_back(
      {InputRole::From, "m.gguf", "file", content::Digest::of(bytes_of(bytes)), bytes.size()});
  return out;
}

TEST(LockFile, LiesBesideItsModelfile) {
  EXPECT_EQ(lock_path({.modelfile = "/a/Modelfile"}), "/a/Modelfile.lock");
  EXPECT_EQ(lock_path({.path = "/a/m.gguf"}), "");
}

TEST(LockFile, IsWrittenWhenItChanges) {
  os::PosixFileSystem files;
  const os::TemporaryFolder folder;
  const os::Path path = folder / "Modelfile.lock";
  EXPECT_FALSE(read_lock(files, path).value());
  EXPECT_TRUE(keep_lock(files, path, lock_of("one")).value().inputs.empty());
  EXPECT_EQ(read_lock(files, path).value(), lock_of("one"));
  const auto written = files.stat(path).value().modified_ns;
  EXPECT_TRUE(keep_lock(files, path, lock_of("one")).value().inputs.empty());
  EXPECT_EQ(files.stat(path).value().modified_ns, written);
  EXPECT_EQ(keep_lock(files, path, lock_of("two")).value().inputs.size(), 1U);
  EXPECT_EQ(read_lock(files, path).value(), lock_of("two"));
}

TEST(LockFile, SaysWhatToDoWithOneThatIsNone) {
  os::PosixFileSystem files;
  const os::TemporaryFolder folder;
  const os::Path path = folder / "Modelfile.lock";
  ASSERT_TRUE(os::write_durably(files, path, bytes_of("{")));
  const auto read = read_lock(files, path);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().hint.find("build again"), std::string::npos);
  // What cannot be read is written anew.
  EXPECT_TRUE(keep_lock(files, path, lock_of("one")));
  EXPECT_TRUE(read_lock(files, path).value());
}

TEST(LockFile, ForgetsInputs) {
  Lock lock = lock_of("one");
  EXPECT_EQ(forget({"other"}, lock).error().hint, "it has m.gguf");
  EXPECT_TRUE(forget({"m.gguf"}, lock));
  EXPECT_TRUE(lock.inputs.empty());
  EXPECT_EQ(forget({"m.gguf"}, lock).error().hint, "it has none");
  lock = lock_of("one");
  EXPECT_TRUE(forget({""}, lock));
  EXPECT_TRUE(lock.inputs.empty());
}

}  // namespace
}  // namespace tegula::build
