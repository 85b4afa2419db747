// A mapped page that the disk cannot read, or that the file no longer reaches to, raises SIGBUS
// when it is touched. The handler puts zeros in place of the view of the thread that touched it;
// any other SIGBUS goes where it went before.
#include <mutex>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/check.h"
#include "os/file_view.h"

namespace tegula::os {
namespace {

struct Mapping {
  void* start = nullptr;
  std::size_t size = 0;
  volatile bool is_whole = true;

  bool holds(const void* address) const {
    return address >= start && address < static_cast<const std::uint8_t*>(start) + size;
  }
};

// A signal handler is told nothing but the address, so it must find these by itself. Constant
// initialisation: a thread's first look at its own, in the handler too, runs no code.
constinit thread_local Mapping mapping;
struct sigaction previous_action;

extern "C" void handle_bus_error(int signal, siginfo_t* info, void*) {
  constexpr int kZeros = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
  if (mapping.holds(info->si_addr) &&
      ::mmap(mapping.start, mapping.size, PROT_READ, kZeros, -1, 0) != MAP_FAILED) {
    mapping.is_whole = false;
    return;
  }
  ::sigaction(signal, &previous_action, nullptr);  // and the access is tried again
}

void install_handler() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    struct sigaction action = {};
    action.sa_sigaction = handle_bus_error;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    CHECK(::sigaction(SIGBUS, &action, &previous_action) == 0);
  });
}

bool reaches(int fd, std::uint64_t end) {
  struct stat raw;
  return ::fstat(fd, &raw) == 0 && static_cast<std::uint64_t>(raw.st_size) >= end;
}

}  // namespace

std::optional<FileView> FileView::map(const File& file, std::uint64_t offset, std::size_t size) {
  CHECK(offset % (64 * 1024) == 0 && mapping.start == nullptr);
  const int fd = file.descriptor();
  if (size == 0 || !reaches(fd, offset + size)) return std::nullopt;
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (start == MAP_FAILED) return std::nullopt;
  install_handler();
  mapping.start = start;
  mapping.size = size;
  mapping.is_whole = true;
  return FileView(ByteView(static_cast<const std::uint8_t*>(start), size));
}

FileView::~FileView() {
  if (bytes_.empty()) return;
  CHECK(mapping.start == bytes_.data());
  ::munmap(std::exchange(mapping.start, nullptr), std::exchange(mapping.size, 0));
}

bool FileView::is_whole() const { return mapping.is_whole; }

}  // namespace tegula::os
