// Anonymous files where there is no memfd: a temporary file whose name is gone at once.
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "os/descriptor.h"

namespace tegula::os {

Result<Descriptor> create_anonymous_file(std::string_view bytes) {
  std::FILE* const stream = std::tmpfile();
  if (stream == nullptr) return fail(Code::Unavailable, "cannot create a temporary file");
  Descriptor file(::fcntl(::fileno(stream), F_DUPFD_CLOEXEC, 3));
  std::fclose(stream);
  if (!file.is_open()) return fail(Code::Unavailable, "cannot create a temporary file");
  TRY(write_whole(file.get(), bytes));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace tegula::os
