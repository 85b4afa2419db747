#include "logserver/tile_store.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"

namespace tegula::logserver {
namespace {

constexpr std::uint64_t kTileBytesMax = tlog::kTileWidth * sizeof(tlog::Hash256);
constexpr std::uint64_t kBundleBytesMax = tlog::kTileWidth * (2 + limits::kLogEntryBytesMax);

bool is_missing(const Error& error) { return error.code == Code::NotFound; }

}  // namespace

tlog::BundleId bundle_of(std::uint64_t index, std::uint64_t size) {
  CHECK(index < size);
  const std::uint64_t bundle = index / tlog::kTileWidth;
  return {.index = bundle, .width = tlog::tile_width(0, bundle, size)};
}

TileStore::TileStore(const os::FileSystem& fs, const os::Path& folder)
    : fetch_([&fs, folder](const std::string& path, std::uint64_t bytes_max) {
        return os::read_file(fs, folder / path, bytes_max);
      }) {}

Result<Bytes> TileStore::read(const std::string& path, std::uint64_t bytes_max) const {
  const std::string text = TRY(fetch_(path, bytes_max));
  const ByteView bytes = bytes_of(text);
  return Bytes(bytes.begin(), bytes.end());
}

Result<Bytes> TileStore::read_tile(const tlog::TileId& tile) const {
  auto bytes = read(path_of(tile), kTileBytesMax);
  if (bytes || !is_missing(bytes.error()) || tile.width == tlog::kTileWidth) return bytes;
  auto full = read(path_of(tlog::TileId{tile.level, tile.index}), kTileBytesMax);
  if (!full) return is_missing(full.error()) ? bytes : full;
  TRY(tlog::parse_tile(*full, tlog::kTileWidth));
  full->resize(tile.width * sizeof(tlog::Hash256));
  return full;
}

Result<Bytes> TileStore::read_bundle(const tlog::BundleId& bundle) const {
  auto bytes = read(path_of(bundle), kBundleBytesMax);
  if (bytes || !is_missing(bytes.error()) || bundle.width == tlog::kTileWidth) return bytes;
  const auto full = read(path_of(tlog::BundleId{bundle.index}), kBundleBytesMax);
  if (!full) return is_missing(full.error()) ? bytes : full;
  const auto entries = TRY(tlog::parse_bundle(*full, tlog::kTileWidth));
  Bytes out;
  for (std::uint32_t i = 0; i < bundle.width; ++i) TRY(tlog::append_entry(out, entries[i]));
  return out;
}

Result<Bytes> TileStore::read_entry(std::uint64_t index, std::uint64_t size) const {
  const tlog::BundleId bundle = bundle_of(index, size);
  const Bytes bytes = TRY(read_bundle(bundle));
  const auto entries = TRY(tlog::parse_bundle(bytes, bundle.width), path_of(bundle));
  const ByteView entry = entries[index % tlog::kTileWidth];
  return Bytes(entry.begin(), entry.end());
}

Result<tlog::Hash256> TileStore::read_leaf(std::uint64_t index, std::uint64_t size) const {
  return nodes(size).read({.level = 0, .index = index});
}

tlog::TileReader TileStore::nodes(std::uint64_t size) const {
  return {size, [this](const tlog::TileId& tile) { return read_tile(tile); }};
}

Result<std::string> TileStore::read_checkpoint() const {
  auto note = fetch_(std::string(kCheckpointName), limits::kNoteBytesMax);
  if (note || !is_missing(note.error())) return note;
  return fail(Code::NotFound, "none is published: " + note.error().text,
              "the first one is published when the log is served or gets an entry, and its "
              "witnesses have seen it");
}

}  // namespace tegula::logserver
