// For tests: what was done to a folder, one operation after the other, and what a disk may hold
// when the power fails in the midst of it.
//
// A disk keeps for certain only what was synced: a file's bytes by File::sync, a folder's names by
// sync_folder. Of the rest it keeps all, nothing or anything between. docs/reference/durability.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "os/file_system.h"

namespace tegula::os {

struct Operation {
  enum class Kind {
    Create,
    Append,
    WriteAt,
    Sync,
    Rename,
    Link,
    Remove,
    MakeFolder,
    SetMode,
    Reflink,
    SyncFolder,
    Mark,
  };

  Kind kind = Kind::Mark;
  Path path = {};          // relative to the recorded folder, which is "."
  Path to = {};            // Rename, Link: the new name
  std::uint64_t file = 0;  // Create, Append, WriteAt, Sync, Reflink: which file, whatever its name
                           // is by then; Link: 0, or new if it comes from outside the folder
  std::uint64_t offset = 0;  // WriteAt
  std::uint32_t mode = 0;    // Create, MakeFolder, SetMode, Reflink, Link from outside
  std::string bytes =
      {};  // Append, WriteAt: what; Reflink, Link from outside: all of it; Mark: its text
};

// "rename a/b -> c", for messages.
std::string describe(const Operation& operation);

using Record = std::vector<Operation>;

// What became of names that no sync_folder covered. Mixed decides for each by the seed.
enum class UnsyncedNames { Undone, Kept, Mixed };

// What became of bytes that no sync covered. Zeros: the size was written, the bytes were not. Where
// they replace bytes that were synced, these are still there unless the new ones are kept.
enum class UnsyncedBytes { Dropped, Zeros, Kept, Mixed };

struct CrashMode {
  UnsyncedNames names = UnsyncedNames::Undone;
  UnsyncedBytes bytes = UnsyncedBytes::Dropped;
  std::uint64_t seed = 0;
};

// The six without chance. {Kept, Kept} is what kill -9 leaves.
std::vector<CrashMode> plain_crash_modes();

std::string describe(const CrashMode& mode);

// Fills the empty folder `target` with what a disk may hold that was cut off after these
// operations. They must begin with an empty folder, as a RecordingFileSystem's do.
Result<void> materialise(std::span<const Operation> operations, const CrashMode& mode,
                         const Path& target);

// The texts of the marks among these operations, in their order.
std::vector<std::string> marks_in(std::span<const Operation> operations);

}  // namespace tegula::os
