// For tests: a disk in memory that knows what was synced. RecordingFileSystem asks it which file a
// path names; materialise() asks it what a crash leaves.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "os/operation.h"

namespace tegula::os {

class DiskModel {
 public:
  using FileId = std::uint64_t;
  static constexpr FileId kRoot = 0;

  // An operation that succeeded on a real disk must make sense here (CHECK).
  void apply(const Operation& operation);

  std::optional<FileId> find(const Path& path) const;

  // An id that no file has.
  FileId next_file() const { return nodes_.rbegin()->first + 1; }

  // The bytes of a file now, synced or not.
  const std::string& bytes(FileId file) const { return nodes_.at(file).bytes; }

  // Fills an empty folder with what a crash leaves.
  Result<void> write_to(const Path& target, const CrashMode& mode) const;

  // What write_to would write, a line a name. Of one model, equal outlines mean equal folders, so
  // that nobody need look at the same one twice.
  std::string outline(const CrashMode& mode) const;

 private:
  using Names = std::map<std::string, FileId>;

  struct Node {
    bool is_folder = false;
    std::uint32_t mode = 0;
    std::uint32_t synced_mode = 0;
    std::string bytes = {};  // of a file
    std::size_t synced_bytes = 0;
    std::string replaced = {};  // the synced bytes, once some of them were written over
    Names names = {};           // of a folder
    Names synced_names = {};
  };

  class Crash;

  Node& node(const Path& path);
  Names& names_around(const Path& path);
  void add(const Path& path, FileId file, Node fresh);
  void rename(const Path& from, const Path& to);
  void link(const Operation& op);
  static void write_at(const Operation& op, Node& file);

  std::map<FileId, Node> nodes_ = {{kRoot, {.is_folder = true, .mode = 0755, .synced_mode = 0755}}};
};

}  // namespace tegula::os
