// The end of a program.
#pragma once

namespace tegula::os {

// Ends the process with this exit status. What is shipped leaves at once (leave_at_once.cc): the
// destructors of static objects, of which none of ours has any, cost a short command a twentieth
// of its time. Other builds run them, and with them what looks for leaks and counts coverage
// (leave_tidily.cc). Whatever must be flushed or removed has been by then.
[[noreturn]] void leave(int status);

}  // namespace tegula::os
