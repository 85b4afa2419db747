#include "content/identity_cache.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace tegula::content {
namespace {

constexpr std::chrono::nanoseconds kSettled = std::chrono::seconds(2);
constexpr std::uint64_t kEntryBytesMax = 512;
constexpr std::string_view kPrefix = "checked ";
constexpr std::string_view kEnd = " end\n";

os::Path entry_path(const StoreContext& store, const FileIdentity& identity) {
  return store.layout.verified() / fmt::format("{:x}-{:x}", identity.device, identity.inode);
}

template <class T>
bool take_number(std::string_view& text, T& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

}  // namespace

FileIdentity identity_of(const os::FileStat& stat) {
  return {stat.device, stat.inode, stat.size, stat.modified_ns, stat.changed_ns};
}

bool is_same_file(const os::FileStat& a, const os::FileStat& b) {
  return a.device == b.device && a.inode == b.inode;
}

bool CheckedFile::is_settled() const {
  const WallTime last{
      std::chrono::nanoseconds(std::max(identity.modified_ns, identity.changed_ns))};
  return last + kSettled <= checked;
}

std::string encode(const CheckedFile& entry) {
  return fmt::format("{}{} {} {} {} {} {} {}{}", kPrefix, entry.identity.device,
                     entry.identity.inode, entry.identity.size, entry.identity.modified_ns,
                     entry.identity.changed_ns, entry.checked.time_since_epoch().count(),
                     entry.digest.str(), kEnd);
}

Result<CheckedFile> parse_checked_file(std::string_view text) {
  FileIdentity identity;
  std::int64_t checked = 0;
  if (!text.starts_with(kPrefix) || !text.ends_with(kEnd))
    return fail(Code::Corrupt, "not an entry, or half of one");
  text = text.substr(kPrefix.size(), text.size() - kPrefix.size() - kEnd.size());
  if (!take_number(text, identity.device) || !take_number(text, identity.inode) ||
      !take_number(text, identity.size) || !take_number(text, identity.modified_ns) ||
      !take_number(text, identity.changed_ns) || !take_number(text, checked))
    return fail(Code::Corrupt, "expected six numbers");
  const Digest digest = TRY(Digest::parse(text));
  return CheckedFile{identity, WallTime(std::chrono::nanoseconds(checked)), digest};
}

std::optional<CheckedFile> find_entry(const StoreContext& store, const os::FileStat& now) {
  const FileIdentity identity = identity_of(now);
  const auto text = os::read_file(store.fs, entry_path(store, identity), kEntryBytesMax);
  if (!text) return std::nullopt;
  const auto entry = parse_checked_file(*text);
  if (!entry || entry->identity.device != identity.device ||
      entry->identity.inode != identity.inode)
    return std::nullopt;
  return *entry;
}

std::optional<Digest> find_checked(const StoreContext& store, const os::FileStat& now) {
  const std::optional<CheckedFile> entry = find_entry(store, now);
  if (!entry || entry->identity != identity_of(now) || !entry->is_settled()) return std::nullopt;
  return entry->digest;
}

void forget(const StoreContext& store, const os::FileStat& now) {
  static_cast<void>(store.fs.remove(entry_path(store, identity_of(now))));
}

// Not synced: an entry that a crash tears apart fails to parse.
void remember(const StoreContext& store, const CheckedFile& entry) {
  const os::Path path = entry_path(store, entry.identity);
  const os::Path temporary =
      store.layout.verified() / (std::string(kCheckedTemporary) + random_name(store.random));
  if (!os::make_folders(store.fs, store.layout.verified())) return;
  auto file = store.fs.create(temporary, 0644);
  if (!file) return;
  if (!(*file)->append(bytes_of(encode(entry))) || !store.fs.rename(temporary, path))
    static_cast<void>(store.fs.remove(temporary));
}

}  // namespace tegula::content
