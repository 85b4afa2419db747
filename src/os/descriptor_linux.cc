// Anonymous files on Linux: memfd_create, sealed.
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "os/descriptor.h"
#include "os/errno.h"

namespace tegula::os {

Result<Descriptor> create_anonymous_file(std::string_view bytes) {
  Descriptor file(::memfd_create("tegula", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open())
    return fail(Code::Unavailable, fmt::format("memfd_create: {}", errno_text(errno)));
  TRY(write_whole(file.get(), bytes));
  ::lseek(file.get(), 0, SEEK_SET);
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return file;
}

}  // namespace tegula::os
