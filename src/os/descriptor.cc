#include "os/descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "os/errno.h"

namespace tegula::os {

namespace {

constexpr int kPollMs = 20;  // how late a cancel may be seen

std::unexpected<Error> failed(std::string_view call) {
  return fail(Code::Unavailable, fmt::format("{}: {}", call, errno_text(errno)));
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<Pipe> create_pipe() {
  int ends[2];
  if (::pipe(ends) != 0) return failed("pipe");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  for (const int end : ends) {
    if (::fcntl(end, F_SETFD, FD_CLOEXEC) != 0) return failed("fcntl");
  }
  return pipe;
}

Result<Descriptor> open_folder(const std::string& path) {
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return fail_errno(errno, "open the folder", path);
  return folder;
}

Result<std::string> read_whole(int fd, std::uint64_t bytes_max) {
  std::string out;
  char buffer[16 * 1024];
  while (true) {
    const ssize_t got = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(out.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read");
    if (got == 0) return out;
    if (out.size() + static_cast<std::size_t>(got) > bytes_max)
      return fail(Code::Exhausted, fmt::format("more than {} bytes", bytes_max));
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<std::size_t> read_some(int fd, char* into, std::size_t size, const Stop& stop) {
  while (true) {
    TRY(wait_until_ready(fd, Ready::Read, stop));
    const ssize_t got = ::read(fd, into, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) return failed("read");
  }
}

Result<void> write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("write");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> wait_until_ready(int fd, Ready ready, const Stop& stop) {
  pollfd wanted{.fd = fd,
                .events = static_cast<short>(ready == Ready::Read ? POLLIN : POLLOUT),
                .revents = 0};
  while (true) {
    const int count = ::poll(&wanted, 1, stop.can_stop() ? kPollMs : -1);
    if (count > 0) return {};  // errors and hang-ups show in the call that follows
    if (count < 0 && errno != EINTR) return failed("poll");
    TRY(stop.check());
  }
}

std::string errno_name(int number) {
  const char* name = ::strerrorname_np(number);
  return name != nullptr ? std::string(name) : fmt::format("E{}", number);
}

}  // namespace tegula::os
