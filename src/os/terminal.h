// What a terminal can do, and whether there is one.
//
// Thread rule: free functions; one EchoOff of a terminal at a time.
#pragma once

#include "os/environment.h"

namespace tegula::os {

bool is_terminal(int descriptor);

// Columns of the terminal at the descriptor; 80 if it does not say.
unsigned terminal_columns(int descriptor);

// A line may be drawn over: TERM is set and is not "dumb".
bool can_redraw(const Environment& environment);

// Colour and redrawing are welcome: can_redraw, and NO_COLOR is not set (no-color.org).
bool wants_colour(const Environment& environment);

// While it lives, keys are not shown: they would land in the middle of what is being printed. They
// are not lost, and Ctrl-C acts as ever. Nothing happens if the descriptor is no terminal,
// or this is a job in the background.
class EchoOff {
 public:
  explicit EchoOff(int descriptor);
  ~EchoOff();
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

  // For a signal handler that ends the process: shows keys again if some EchoOff hides them.
  static void undo();

 private:
  const int descriptor_;
  bool changed_ = false;
};

}  // namespace tegula::os
