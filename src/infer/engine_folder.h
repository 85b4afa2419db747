// The folder of mode 0700 in which one engine has its socket. Internal to infer.
//
// Errors: as os::fail_errno says. Thread rule: one thread at a time.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/random.h"
#include "base/result.h"
#include "infer/protocol.h"

namespace tegula::infer {

class EngineFolder {
 public:
  EngineFolder() = default;
  static Result<EngineFolder> make(const std::filesystem::path& run_folder, Random& random);
  EngineFolder(EngineFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  EngineFolder& operator=(EngineFolder&& other) noexcept;
  ~EngineFolder();  // removes it and what is in it

  const std::filesystem::path& path() const { return path_; }
  std::string socket_path() const { return (path_ / kSocketName).string(); }

 private:
  explicit EngineFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace tegula::infer
