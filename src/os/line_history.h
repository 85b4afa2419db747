// The lines typed before, kept in a file. Inside of this folder only.
//
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os/file_system.h"

namespace tegula::os {

class LineHistory {
 public:
  // An empty path keeps nothing. A file that cannot be read is left alone: what is typed is then
  // forgotten at the end.
  LineHistory(FileSystem& files, Path path, std::size_t lines_max);

  // Oldest first.
  const std::vector<std::string>& lines() const { return lines_; }

  // Empty and very long lines, several lines at once and repetitions of the last one are left out;
  // whether it was added.
  bool add(std::string_view line);

  // Adds the new lines to what the file holds by now, since others chat too.
  Result<void> save();

 private:
  Result<std::vector<std::string>> load() const;

  FileSystem& files_;
  Path path_;
  const std::size_t lines_max_;
  std::vector<std::string> lines_;
  std::vector<std::string> fresh_;  // not in the file yet
};

}  // namespace tegula::os
