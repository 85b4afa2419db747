// Waits, on a thread of its own, for a descriptor that says when to end.
//
// Errors: Unavailable if the system has no more descriptors.
// Thread rule: `is_given` is thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/result.h"
#include "os/descriptor.h"

namespace tegula::engine {

class EndSignal {
 public:
  // Calls `end` again and again, from when `descriptor` can be read until this object goes: what is
  // told to end before it has begun may forget it. -1: never.
  static Result<std::unique_ptr<EndSignal>> of(int descriptor, std::function<void()> end);
  ~EndSignal();

  bool is_given() const;

 private:
  explicit EndSignal(int descriptor) : descriptor_(descriptor) {}
  void wait(const std::function<void()>& end);

  int descriptor_;
  os::Pipe done_;
  std::thread thread_;
};

}  // namespace tegula::engine
