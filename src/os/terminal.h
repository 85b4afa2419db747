// What a terminal can do, and whether there is one.
//
// Thread rule: free functions.
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

}  // namespace tegula::os
