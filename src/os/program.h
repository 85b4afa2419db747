// Where the code that runs lies on disk.
//
// Thread rule: free functions.
#pragma once

#include "os/file_system.h"

namespace tegula::os {

// The program's file; empty if the system doesn't say.
Path program_file();

// The file of the program or shared library that `code`, a function or variable, is a part of.
Path file_of_code(const void* code);

}  // namespace tegula::os
