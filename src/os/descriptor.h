// A file descriptor with an owner, and the few calls on bare descriptors that children, pipes and
// sockets need.
//
// Errors: Unavailable with what the operating system said, unless noted.
// Thread rule: a Descriptor is owned by one; the free functions are thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/stop.h"

namespace tegula::os {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Both ends are closed on exec.
Result<Pipe> create_pipe();

// A folder, for naming what lies in it without its path.
Result<Descriptor> open_folder(const std::string& path);

// A file without a name that holds `bytes` and stands at its start. Sealed where that is possible.
Result<Descriptor> create_anonymous_file(std::string_view bytes);

// Everything from the start of a seekable file; Exhausted past `bytes_max`.
Result<std::string> read_whole(int fd, std::uint64_t bytes_max);

// At least one byte, or none at the end. Waits, and gives up soon after `stop` says so.
Result<std::size_t> read_some(int fd, char* into, std::size_t size, const Stop& stop);

// All of `bytes`. A closed pipe is an error, never a signal, if SIGPIPE is ignored or blocked.
Result<void> write_whole(int fd, std::string_view bytes);

enum class Ready { Read, Write };

// Waits until the descriptor can be read or written without blocking.
Result<void> wait_until_ready(int fd, Ready ready, const Stop& stop);

// "ENOENT" for 2; "E999" for a number the machine has no name for.
std::string errno_name(int number);

}  // namespace tegula::os
