// Sharing a file's blocks, which every system does in its own way.
#pragma once

namespace tegula::os {

// Makes `to`, an empty file open for writing, share all blocks of `from`. An errno, 0 for success;
// EOPNOTSUPP where the file system or these two files cannot.
int share_blocks(int from, int to);

}  // namespace tegula::os
