// Numbers with a decimal point, on this thread, in a program of any locale.
//
// Thread rule: one thread.
#pragma once

#include <clocale>

namespace tegula::engine {

class PointLocale {
 public:
  PointLocale()
      : own_(::newlocale(LC_ALL_MASK, "C", nullptr)),
        before_(::uselocale(own_ == nullptr ? LC_GLOBAL_LOCALE : own_)) {}
  PointLocale(const PointLocale&) = delete;
  PointLocale& operator=(const PointLocale&) = delete;
  ~PointLocale() {
    ::uselocale(before_);
    if (own_ != nullptr) ::freelocale(own_);
  }

 private:
  locale_t own_;
  locale_t before_;
};

}  // namespace tegula::engine
