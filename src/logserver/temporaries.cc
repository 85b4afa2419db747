#include "logserver/temporaries.h"

namespace tegula::logserver {

Result<void> remove_temporaries(os::FileSystem& fs, const os::Path& folder) {
  for (const std::string& name : TRY(fs.list(folder)))
    if (os::is_temporary_name(name)) TRY(fs.remove(folder / name));
  return {};
}

}  // namespace tegula::logserver
