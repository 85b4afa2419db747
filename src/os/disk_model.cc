#include "os/disk_model.h"

#include <set>

#include <fmt/format.h>

#include "base/check.h"

namespace tegula::os {
namespace {

// One decision of Mixed: the same for the same seed and question.
bool coin(std::uint64_t seed, std::uint64_t file, std::string_view name) {
  std::uint64_t state = seed * 0x9E3779B97F4A7C15 ^ file;
  for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  state = (state ^ state >> 33) * 0xFF51AFD7ED558CCD;
  state = (state ^ state >> 33) * 0xC4CEB9FE1A85EC53;
  return (state >> 63) != 0;
}

}  // namespace

std::optional<DiskModel::FileId> DiskModel::find(const Path& path) const {
  FileId at = kRoot;
  for (const Path& part : path) {
    if (part == "." || part.empty()) continue;
    const Node& folder = nodes_.at(at);
    const auto found = folder.names.find(part.native());
    if (found == folder.names.end()) return std::nullopt;
    at = found->second;
  }
  return at;
}

DiskModel::Node& DiskModel::node(const Path& path) {
  const auto file = find(path);
  CHECK(file.has_value());
  return nodes_.at(*file);
}

DiskModel::Names& DiskModel::names_around(const Path& path) {
  return node(path.parent_path()).names;
}

void DiskModel::add(const Path& path, FileId file, Node fresh) {
  fresh.synced_mode = fresh.mode;  // a new file has its mode from the start
  CHECK(nodes_.emplace(file, std::move(fresh)).second);
  CHECK(names_around(path).emplace(path.filename(), file).second);
}

void DiskModel::rename(const Path& from, const Path& to) {
  const FileId file = find(from).value();
  if (find(to) == file) return;  // POSIX: two names of one file both stay
  names_around(from).erase(from.filename());
  names_around(to)[to.filename()] = file;
}

void DiskModel::link(const Operation& op) {
  if (op.file == 0) {
    CHECK(names_around(op.to).emplace(op.to.filename(), find(op.path).value()).second);
    return;
  }
  // From outside: its bytes were on the disk before we came, only the name is new.
  add(op.to, op.file, {.mode = op.mode, .bytes = op.bytes, .synced_bytes = op.bytes.size()});
}

void DiskModel::write_at(const Operation& op, Node& file) {
  if (op.offset < file.synced_bytes && file.replaced.empty())
    file.replaced = file.bytes.substr(0, file.synced_bytes);
  if (file.bytes.size() < op.offset + op.bytes.size())
    file.bytes.resize(op.offset + op.bytes.size(), '\0');
  file.bytes.replace(op.offset, op.bytes.size(), op.bytes);
}

void DiskModel::apply(const Operation& op) {
  switch (op.kind) {
    case Operation::Kind::Create: return add(op.path, op.file, {.mode = op.mode});
    case Operation::Kind::Reflink:
      return add(op.path, op.file, {.mode = op.mode, .bytes = op.bytes});
    case Operation::Kind::MakeFolder:
      return add(op.path, next_file(), {.is_folder = true, .mode = op.mode});
    case Operation::Kind::Append: nodes_.at(op.file).bytes += op.bytes; return;
    case Operation::Kind::WriteAt: return write_at(op, nodes_.at(op.file));
    case Operation::Kind::Sync: {
      Node& file = nodes_.at(op.file);
      file.synced_bytes = file.bytes.size();
      file.replaced.clear();
      file.synced_mode = file.mode;
      return;
    }
    case Operation::Kind::SyncFolder: {
      Node& folder = node(op.path);
      folder.synced_names = folder.names;
      folder.synced_mode = folder.mode;
      return;
    }
    case Operation::Kind::Rename: return rename(op.path, op.to);
    case Operation::Kind::Link: return link(op);
    case Operation::Kind::Remove:
      CHECK(names_around(op.path).erase(op.path.filename()) == 1);
      return;
    case Operation::Kind::SetMode: node(op.path).mode = op.mode; return;
    case Operation::Kind::Mark: return;
  }
}

// Decides what survives, and writes or describes it. Nothing here is synced: the test reads it back
// at once.
class DiskModel::Crash {
 public:
  Crash(const DiskModel& disk, const CrashMode& mode) : disk_(disk), mode_(mode) {}

  Result<void> write_folder(FileId id, const Path& target) {
    const Node& folder = disk_.nodes_.at(id);
    for (const auto& [name, file] : surviving_names(id, folder)) TRY(write(file, target / name));
    return fs_.set_mode(target, surviving_mode(id, folder));
  }

  void outline_folder(FileId id, const Path& path, std::string& out) const {
    for (const auto& [name, file] : surviving_names(id, disk_.nodes_.at(id))) {
      const Node& node = disk_.nodes_.at(file);
      const Extent extent = surviving_extent(file, node);
      out += fmt::format("{} {} {:o} {} {} {}\n", (path / name).native(), file,
                         surviving_mode(file, node), extent.kept, extent.size, extent.is_old);
      if (node.is_folder) outline_folder(file, path / name, out);
    }
  }

 private:
  // The first `kept` bytes of a file's own, and zeros up to `size`; old ones where they were
  // written over. This and the file say which bytes.
  struct Extent {
    std::size_t kept = 0;
    std::size_t size = 0;
    bool is_old = false;
  };

  Result<void> write(FileId id, const Path& target) {
    const Node& node = disk_.nodes_.at(id);
    if (node.is_folder) {
      TRY(fs_.make_folder(target, 0700));
      return write_folder(id, target);
    }
    const auto [written, is_new] = written_.emplace(id, target);
    if (!is_new) return fs_.link(written->second, target);
    const auto file = TRY(fs_.create(target, 0600));
    const Extent extent = surviving_extent(id, node);
    std::string bytes = (extent.is_old ? node.replaced : node.bytes).substr(0, extent.kept);
    bytes.resize(extent.size, '\0');
    TRY(file->append(bytes_of(bytes)));
    return fs_.set_mode(target, surviving_mode(id, node));
  }

  bool keeps(FileId id, std::string_view name) const {
    if (mode_.names == UnsyncedNames::Mixed) return coin(mode_.seed, id, name);
    return mode_.names == UnsyncedNames::Kept;
  }

  Names surviving_names(FileId id, const Node& folder) const {
    std::set<std::string> all;
    for (const auto& [name, file] : folder.names) all.insert(name);
    for (const auto& [name, file] : folder.synced_names) all.insert(name);
    Names out;
    for (const std::string& name : all) {
      const Names& from = keeps(id, name) ? folder.names : folder.synced_names;
      if (const auto found = from.find(name); found != from.end()) out.insert(*found);
    }
    return out;
  }

  std::uint32_t surviving_mode(FileId id, const Node& node) const {
    return keeps(id, "/mode") ? node.mode : node.synced_mode;
  }

  UnsyncedBytes bytes_mode(FileId id) const {
    if (mode_.bytes != UnsyncedBytes::Mixed) return mode_.bytes;
    if (coin(mode_.seed, id, "/kept")) return UnsyncedBytes::Kept;
    return coin(mode_.seed, id, "/zeros") ? UnsyncedBytes::Zeros : UnsyncedBytes::Dropped;
  }

  Extent surviving_extent(FileId id, const Node& file) const {
    switch (bytes_mode(id)) {
      case UnsyncedBytes::Kept: return {file.bytes.size(), file.bytes.size(), false};
      case UnsyncedBytes::Zeros:
        return {file.synced_bytes, file.bytes.size(), !file.replaced.empty()};
      case UnsyncedBytes::Dropped:
      case UnsyncedBytes::Mixed: break;  // decided by bytes_mode
    }
    return {file.synced_bytes, file.synced_bytes, !file.replaced.empty()};
  }

  const DiskModel& disk_;
  const CrashMode& mode_;
  PosixFileSystem fs_;
  std::map<FileId, Path> written_;
};

Result<void> DiskModel::write_to(const Path& target, const CrashMode& mode) const {
  CHECK(TRY(PosixFileSystem().list(target)).empty());
  return Crash(*this, mode).write_folder(kRoot, target);
}

std::string DiskModel::outline(const CrashMode& mode) const {
  std::string out;
  Crash(*this, mode).outline_folder(kRoot, "", out);
  return out;
}

}  // namespace tegula::os
