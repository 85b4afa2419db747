#include "os/temporary_folder.h"

#include <stdlib.h>
#include <string>

#include "base/check.h"

namespace tegula::os {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "tegula-test-XXXXXX").native();
  CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  // Tests leave folders without write permission behind.
  std::error_code ignored;
  namespace stdfs = std::filesystem;
  for (stdfs::recursive_directory_iterator it(path_, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    if (!it->is_symlink(ignored) && it->is_directory(ignored))
      stdfs::permissions(it->path(), stdfs::perms::owner_all, stdfs::perm_options::add, ignored);
  }
  stdfs::remove_all(path_, ignored);
}

}  // namespace tegula::os
