#include "sdk/watch.h"

namespace tegula::sdk {

Result<std::unique_ptr<Watch>> Watch::of(const tegula_watch* given) {
  return std::unique_ptr<Watch>(new Watch(TRY(read_struct(given, "tegula_watch"))));
}

void Watch::begin(std::string_view step, std::uint64_t total) {
  const std::lock_guard lock(mutex_);
  step_ = step;
  done_ = 0;
  total_ = total;
  report();
}

void Watch::advance(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  done_ += bytes;
  report();
}

void Watch::end() {
  const std::lock_guard lock(mutex_);
  step_.clear();
}

void Watch::warn(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (watch_.warning != nullptr) watch_.warning(watch_.user, text.c_str());
}

void Watch::report() const {
  if (watch_.progress != nullptr && !step_.empty())
    watch_.progress(watch_.user, step_.c_str(), done_, total_);
}

}  // namespace tegula::sdk

tegula_stop* tegula_stop_new() {
  try {
    return new tegula_stop;
  } catch (...) {
    return nullptr;
  }
}

void tegula_stop_cancel(tegula_stop* stop) {
  if (stop != nullptr) stop->source.cancel();
}

void tegula_stop_reset(tegula_stop* stop) {
  if (stop != nullptr) stop->source.reset();
}

void tegula_stop_free(tegula_stop* stop) { delete stop; }
