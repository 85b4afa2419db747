#include "content/store_version.h"

#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/printable.h"
#include "content/synced.h"

namespace tegula::content {
namespace {

constexpr std::string_view kPrefix = "tegula-store ";
constexpr std::uint64_t kVersionBytesMax = 64;

std::string shown(const StoreContext& store) { return store.layout.root().native(); }

Result<int> parse_version(const StoreContext& store, std::string_view text) {
  int version = 0;
  std::string_view number = text;
  if (number.starts_with(kPrefix) && number.ends_with('\n')) {
    number = number.substr(kPrefix.size(), number.size() - kPrefix.size() - 1);
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), version);
    if (error == std::errc() && end == number.data() + number.size() && version >= 1)
      return version;
  }
  return fail(
      Code::Corrupt,
      fmt::format("store \"{}\": the version file holds \"{}\"", shown(store), printable(text)),
      fmt::format("if it is a Tegula store, write \"{}{}\" into it", kPrefix, kStoreVersion));
}

// Nothing if the folder has no version file.
Result<std::optional<int>> read_version(const StoreContext& store) {
  const auto text = os::read_file(store.fs, store.layout.version(), kVersionBytesMax);
  if (text) return TRY(parse_version(store, *text));
  if (text.error().code == Code::NotFound) return std::optional<int>();
  return std::unexpected(text.error());
}

Result<void> write_version(const StoreContext& store, int version) {
  return os::write_durably(store.fs, store.layout.version(),
                           bytes_of(fmt::format("{}{}\n", kPrefix, version)));
}

// Never takes over a folder that holds something else. A lock file may be left by a creation that
// was cut short.
Result<void> expect_empty(const StoreContext& store) {
  for (const std::string& name : TRY(store.fs.list(store.layout.root())))
    if (name != "lock" && !os::is_temporary_name(name))
      return fail(Code::InvalidArgument,
                  fmt::format("\"{}\" is not a Tegula store: it holds \"{}\" and no version file",
                              shown(store), printable(name)),
                  "choose another folder, or an empty one");
  return {};
}

Result<void> expect_not_newer(const StoreContext& store, int version, int ours) {
  if (version <= ours) return {};
  return fail(Code::Unsupported,
              fmt::format("store \"{}\" has version {}, this program knows up to {}", shown(store),
                          version, ours),
              "use the newer tegula that made it");
}

// Under the exclusive lock: another process may have been first.
Result<void> bring_up(const StoreContext& store, std::span<const Migration> migrations) {
  const int ours = static_cast<int>(migrations.size()) + 1;
  std::optional<int> version = TRY(read_version(store));
  if (!version) {
    TRY(expect_empty(store));
    return write_version(store, ours);
  }
  TRY(expect_not_newer(store, *version, ours));
  for (int at = *version; at < ours; ++at) {
    TRY(migrations[static_cast<std::size_t>(at) - 1](store),
        fmt::format("store \"{}\": migrating to version {}", shown(store), at + 1));
    TRY(write_version(store, at + 1));
  }
  return {};
}

// Version 2 has referrers. There is nothing to change: the number keeps programs away whose garbage
// collection would take the blobs of referrers.
Result<void> keep_referrers(const StoreContext&) { return {}; }

}  // namespace

Result<void> prepare_store(const StoreContext& store, std::span<const Migration> migrations) {
  const int ours = static_cast<int>(migrations.size()) + 1;
  const std::optional<int> version = TRY(read_version(store));
  if (version == ours) return {};
  if (version) TRY(expect_not_newer(store, *version, ours));
  TRY(os::make_folders(store.fs, store.layout.root()));
  if (!version) {
    // Before a lock file is left in a folder of somebody else's. What is there may be the store
    // that another process made meanwhile: a version file comes before all else.
    const Result<void> empty = expect_empty(store);
    if (!empty && !TRY(read_version(store))) return empty;
    TRY(sync_root(store));
  }
  const StoreLock lock = TRY(lock_exclusive(store));
  return bring_up(store, migrations);
}

std::span<const Migration> store_migrations() {
  static constexpr std::array kSteps = {keep_referrers};
  static_assert(kSteps.size() + 1 == kStoreVersion, "one step for each version after the first");
  return kSteps;
}

}  // namespace tegula::content
