#include <fcntl.h>

#include "os/page_cache.h"

namespace tegula::os {

void expect_reading(const File& file, std::uint64_t offset, std::uint64_t size) {
  ::posix_fadvise(file.descriptor(), static_cast<off_t>(offset), static_cast<off_t>(size),
                  POSIX_FADV_WILLNEED);
}

void start_writing(const File& file, std::uint64_t offset, std::uint64_t size) {
  ::sync_file_range(file.descriptor(), static_cast<off_t>(offset), static_cast<off_t>(size),
                    SYNC_FILE_RANGE_WRITE);
}

}  // namespace tegula::os
