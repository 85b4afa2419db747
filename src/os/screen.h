// For tests: a pseudo-terminal, its screen and its keys.
//
// Thread rule: type() and text() may run beside whoever uses the terminal.
#pragma once

#include <string>
#include <string_view>

#include "os/descriptor.h"

namespace tegula::os {

class Screen {
 public:
  explicit Screen(unsigned short columns = 60);

  // The descriptor that a program would have as stdin, stdout and stderr.
  int terminal() const { return terminal_.get(); }

  void resize(unsigned short columns);
  void type(std::string_view keys) const;

  // What was written since the last call.
  std::string text() const;

  // Waits until the program has written `end`, and returns all since the last call.
  std::string text_until(std::string_view end) const;

  // Waits until a program takes keys one by one. Until then the terminal itself would act on Ctrl-C
  // and Ctrl-D, even if the prompt is there already.
  void wait_for_editor() const;

 private:
  Descriptor keyboard_;
  Descriptor terminal_;
};

}  // namespace tegula::os
