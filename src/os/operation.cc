#include "os/operation.h"

#include <fmt/format.h>

#include "os/disk_model.h"

namespace tegula::os {
namespace {

std::string_view name_of(Operation::Kind kind) {
  switch (kind) {
    case Operation::Kind::Create: return "create";
    case Operation::Kind::Append: return "append";
    case Operation::Kind::WriteAt: return "write";
    case Operation::Kind::Sync: return "sync";
    case Operation::Kind::Rename: return "rename";
    case Operation::Kind::Link: return "link";
    case Operation::Kind::Remove: return "remove";
    case Operation::Kind::MakeFolder: return "make folder";
    case Operation::Kind::SetMode: return "set mode";
    case Operation::Kind::Reflink: return "reflink";
    case Operation::Kind::SyncFolder: return "sync folder";
    case Operation::Kind::Mark: return "mark";
  }
  return "";
}

std::string_view name_of(UnsyncedNames names) {
  switch (names) {
    case UnsyncedNames::Undone: return "undone";
    case UnsyncedNames::Kept: return "kept";
    case UnsyncedNames::Mixed: return "mixed";
  }
  return "";
}

std::string_view name_of(UnsyncedBytes bytes) {
  switch (bytes) {
    case UnsyncedBytes::Dropped: return "dropped";
    case UnsyncedBytes::Zeros: return "zeros";
    case UnsyncedBytes::Kept: return "kept";
    case UnsyncedBytes::Mixed: return "mixed";
  }
  return "";
}

}  // namespace

std::string describe(const Operation& operation) {
  std::string out(name_of(operation.kind));
  switch (operation.kind) {
    case Operation::Kind::Mark: return out + " " + operation.bytes;
    case Operation::Kind::Rename:
    case Operation::Kind::Link:
      return fmt::format("{} {} -> {}", out, operation.path.native(), operation.to.native());
    case Operation::Kind::Append:
      return fmt::format("{} {} bytes to {}", out, operation.bytes.size(), operation.path.native());
    case Operation::Kind::WriteAt:
      return fmt::format("{} {} bytes at {} of {}", out, operation.bytes.size(), operation.offset,
                         operation.path.native());
    case Operation::Kind::Create:
    case Operation::Kind::MakeFolder:
    case Operation::Kind::SetMode:
    case Operation::Kind::Reflink:
      return fmt::format("{} {} {:04o}", out, operation.path.native(), operation.mode);
    case Operation::Kind::Sync:
    case Operation::Kind::Remove:
    case Operation::Kind::SyncFolder: break;
  }
  return out + " " + operation.path.native();
}

std::vector<CrashMode> plain_crash_modes() {
  std::vector<CrashMode> out;
  for (const UnsyncedNames names : {UnsyncedNames::Undone, UnsyncedNames::Kept})
    for (const UnsyncedBytes bytes :
         {UnsyncedBytes::Dropped, UnsyncedBytes::Zeros, UnsyncedBytes::Kept})
      out.push_back({.names = names, .bytes = bytes});
  return out;
}

std::string describe(const CrashMode& mode) {
  return fmt::format("unsynced names {}, unsynced bytes {}, seed {}", name_of(mode.names),
                     name_of(mode.bytes), mode.seed);
}

Result<void> materialise(std::span<const Operation> operations, const CrashMode& mode,
                         const Path& target) {
  DiskModel disk;
  for (const Operation& operation : operations) disk.apply(operation);
  return disk.write_to(target, mode);
}

std::vector<std::string> marks_in(std::span<const Operation> operations) {
  std::vector<std::string> out;
  for (const Operation& operation : operations)
    if (operation.kind == Operation::Kind::Mark) out.push_back(operation.bytes);
  return out;
}

}  // namespace tegula::os
