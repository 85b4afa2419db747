#include "tlog/tile.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::tlog {
namespace {

constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kBundlePrefix = "tile/entries/";
constexpr std::string_view kPartial = ".p/";
constexpr std::size_t kGroupDigits = 3;
constexpr unsigned kLevels = 64 / kTileHeight;  // more would hold 2^64 leaves

std::uint64_t leaves_under(unsigned level) { return std::uint64_t{1} << (kTileHeight * level); }

// 1234067 → "x001/x234/067"
std::string index_path(std::uint64_t index) {
  std::string out = fmt::format("{:03}", index % 1000);
  while ((index /= 1000) != 0) out = fmt::format("x{:03}/{}", index % 1000, out);
  return out;
}

std::string width_path(std::uint32_t width) {
  CHECK(width > 0 && width <= kTileWidth);
  return width == kTileWidth ? "" : fmt::format("{}{}", kPartial, width);
}

std::unexpected<Error> no_path(std::string_view path) {
  return fail(Code::InvalidArgument,
              fmt::format("\"{}\" is not the path of a tile", printable(path)),
              "such as tile/0/x001/x234/067 or tile/entries/000.p/12");
}

bool is_group(std::string_view digits) {
  return digits.size() == kGroupDigits &&
         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

// The inverse of index_path: groups of three digits, all but the last behind an x.
std::optional<std::uint64_t> parse_index(std::string_view path) {
  std::string digits;
  for (; path.starts_with('x'); path.remove_prefix(kGroupDigits + 2)) {
    const std::string_view group = path.substr(1, kGroupDigits);
    if (!is_group(group) || path.substr(kGroupDigits + 1, 1) != "/") return std::nullopt;
    digits += group;
  }
  if (!is_group(path)) return std::nullopt;
  digits += path;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return parse_decimal(digits);
}

// "<N>[.p/<W>]"
std::optional<BundleId> parse_place(std::string_view path) {
  BundleId out;
  if (const std::size_t dot = path.find(kPartial); dot != path.npos) {
    const auto width = parse_decimal(path.substr(dot + kPartial.size()), kTileWidth - 1);
    if (!width || *width == 0) return std::nullopt;
    out.width = static_cast<std::uint32_t>(*width);
    path = path.substr(0, dot);
  }
  const auto index = parse_index(path);
  // Leading groups of zeros would be a second path of the same tile.
  if (!index || index_path(*index) != path) return std::nullopt;
  out.index = *index;
  return out;
}

}  // namespace

std::string path_of(const TileId& tile) {
  CHECK(tile.level <= kTileLevelMax);
  return fmt::format("{}{}/{}{}", kTilePrefix, tile.level, index_path(tile.index),
                     width_path(tile.width));
}

std::string path_of(const BundleId& bundle) {
  return fmt::format("{}{}{}", kBundlePrefix, index_path(bundle.index), width_path(bundle.width));
}

Result<TileId> parse_tile_path(std::string_view path) {
  if (!path.starts_with(kTilePrefix)) return no_path(path);
  const std::string_view rest = path.substr(kTilePrefix.size());
  const std::size_t slash = rest.find('/');
  if (slash == rest.npos) return no_path(path);
  const auto level = parse_decimal(rest.substr(0, slash), kTileLevelMax);
  const auto place = parse_place(rest.substr(slash + 1));
  if (!level || !place) return no_path(path);
  return TileId{static_cast<unsigned>(*level), place->index, place->width};
}

Result<BundleId> parse_bundle_path(std::string_view path) {
  if (!path.starts_with(kBundlePrefix)) return no_path(path);
  const auto place = parse_place(path.substr(kBundlePrefix.size()));
  if (!place) return no_path(path);
  return *place;
}

std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
  return level < kLevels ? size / leaves_under(level) : 0;
}

std::uint32_t tile_width(unsigned level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = hashes_at(level, size);
  if (index >= hashes / kTileWidth + 1) return 0;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(hashes - index * kTileWidth, kTileWidth));
}

TileId tile_of(const Node& node, std::uint64_t size) {
  const unsigned level = node.level / kTileHeight;
  const std::uint64_t index = node.index >> (kTileHeight - node.level % kTileHeight);
  return {.level = level, .index = index, .width = tile_width(level, index, size)};
}

std::vector<TileId> tiles_between(std::uint64_t old_size, std::uint64_t size) {
  CHECK(old_size <= size);
  std::vector<TileId> out;
  for (unsigned level = 0; level < kLevels; ++level) {
    const std::uint64_t old_hashes = hashes_at(level, old_size), hashes = hashes_at(level, size);
    if (old_hashes == hashes) break;
    for (std::uint64_t index = old_hashes / kTileWidth; index * kTileWidth < hashes; ++index)
      out.push_back({.level = level, .index = index, .width = tile_width(level, index, size)});
  }
  return out;
}

Result<std::vector<Hash256>> parse_tile(ByteView bytes, std::uint32_t width) {
  CHECK(width > 0 && width <= kTileWidth);
  if (bytes.size() != width * sizeof(Hash256))
    return fail(Code::Corrupt, fmt::format("a tile of {} hashes: expected {} bytes, got {}", width,
                                           width * sizeof(Hash256), bytes.size()));
  std::vector<Hash256> out(width);
  for (std::size_t i = 0; i < width; ++i)
    std::ranges::copy(bytes.subspan(i * sizeof(Hash256), sizeof(Hash256)), out[i].begin());
  return out;
}

Bytes encode_tile(std::span<const Hash256> hashes) {
  Bytes out;
  out.reserve(hashes.size() * sizeof(Hash256));
  for (const Hash256& hash : hashes) out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

Result<std::vector<ByteView>> parse_bundle(ByteView bytes, std::uint32_t width) {
  CHECK(width > 0 && width <= kTileWidth);
  std::vector<ByteView> out;
  while (!bytes.empty() && out.size() < width) {
    const std::size_t size =
        bytes.size() < 2 ? bytes.size() : std::size_t{bytes[0]} << 8 | bytes[1];
    if (bytes.size() < size + 2)
      return fail(Code::Corrupt,
                  fmt::format("a bundle of {} entries ends in entry {}", width, out.size()));
    out.push_back(bytes.subspan(2, size));
    bytes = bytes.subspan(2 + size);
  }
  if (out.size() < width)
    return fail(Code::Corrupt,
                fmt::format("expected a bundle of {} entries, got {}", width, out.size()));
  if (!bytes.empty())
    return fail(Code::Corrupt,
                fmt::format("{} bytes behind a bundle of {} entries", bytes.size(), width));
  return out;
}

Result<void> append_entry(Bytes& bundle, ByteView entry) {
  if (entry.size() > limits::kLogEntryBytesMax)
    return fail(Code::Exhausted, fmt::format("an entry of {} bytes, at most {}", entry.size(),
                                             limits::kLogEntryBytesMax));
  bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
  bundle.push_back(static_cast<std::uint8_t>(entry.size() & 0xFF));
  bundle.insert(bundle.end(), entry.begin(), entry.end());
  return {};
}

}  // namespace tegula::tlog
