// FICLONE (btrfs, XFS, bcachefs, NFS 4.2).
#include <cerrno>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "os/reflink.h"

namespace tegula::os {

int share_blocks(int from, int to) {
  while (::ioctl(to, FICLONE, from) != 0) {
    if (errno == EINTR) continue;
    // What a file system says that has never heard of it, and one that cannot for these files.
    return errno == EINVAL || errno == ENOTTY || errno == EXDEV ? EOPNOTSUPP : errno;
  }
  return 0;
}

}  // namespace tegula::os
