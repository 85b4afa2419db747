// What the kernel's page cache is told ahead of time. Hints: they cost little, never fail, and may
// do nothing.
//
// Thread rule: free functions.
#pragma once

#include <cstdint>

#include "os/file_system.h"

namespace tegula::os {

// These bytes will be wanted soon.
void expect_reading(const File& file, std::uint64_t offset, std::uint64_t size);

// These bytes are final: the disk may begin to write them, so that a sync() later has less to wait
// for. It is still that sync() that makes them durable.
void start_writing(const File& file, std::uint64_t offset, std::uint64_t size);

}  // namespace tegula::os
