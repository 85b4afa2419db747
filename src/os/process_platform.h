// What of process.cc differs between platforms. The two calls for the child are async-signal-safe.
#pragma once

#include "os/descriptor.h"

namespace tegula::os {

// In the child: asks to be killed with the parent; false if `parent` is gone already.
bool follow_parent(int parent);

// In the child: every descriptor from `first` on is closed by exec.
void close_on_exec_from(int first);

// In the parent: a descriptor that becomes readable when the child ends; closed if there is none.
Descriptor open_exit_event(int process);

// Through the exit event if there is one: then another process that got the number later is safe.
void kill_process(int process, const Descriptor& exit_event);

}  // namespace tegula::os
