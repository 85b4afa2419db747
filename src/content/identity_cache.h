// What was checked once is remembered by file identity: device, inode, size, mtime and ctime. So a
// second start, and a second import of a file that did not change, cost a few stat calls.
//
// An entry counts only if the file had been left alone for two seconds when its check began: a file
// that changes twice within one tick of the clock would look the same. Entries are a cache: lost or
// torn ones only cost time, and every failure to write one is passed over.
//
// Thread rule: thread-safe, also between processes.
#pragma once

#include <optional>
#include <string_view>

#include "content/store_context.h"

namespace tegula::content {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const FileIdentity&) const = default;
};

FileIdentity identity_of(const os::FileStat& stat);
bool is_same_file(const os::FileStat& a, const os::FileStat& b);  // one inode

struct CheckedFile {
  FileIdentity identity;
  WallTime checked;  // when the check began
  Digest digest;

  bool operator==(const CheckedFile&) const = default;

  // Left alone for two seconds before the check.
  bool is_settled() const;
};

std::string encode(const CheckedFile& entry);
Result<CheckedFile> parse_checked_file(std::string_view text);  // the inverse of encode

// How the names of entries begin that are being written, or whose writer was killed.
inline constexpr std::string_view kCheckedTemporary = "tmp-";

// The file's digest, if it was checked and has not changed since.
std::optional<Digest> find_checked(const StoreContext& store, const os::FileStat& now);

// What is known about this inode, changed or not.
std::optional<CheckedFile> find_entry(const StoreContext& store, const os::FileStat& now);

void remember(const StoreContext& store, const CheckedFile& entry);

// The file turned out to be bad, whatever its identity says.
void forget(const StoreContext& store, const os::FileStat& now);

}  // namespace tegula::content
