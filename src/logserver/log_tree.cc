#include "logserver/log_tree.h"

#include <utility>

#include <fmt/format.h>

namespace tegula::logserver {
namespace {

// The entries of the last bundle must be those that the tree has.
Result<Bytes> read_last_bundle(const TileStore& store, std::uint64_t size) {
  const tlog::BundleId id = bundle_of(size - 1, size);
  if (id.width == tlog::kTileWidth) return Bytes();
  Bytes bundle = TRY(store.read_bundle(id));
  const auto entries = TRY(tlog::parse_bundle(bundle, id.width), path_of(id));
  tlog::TileReader nodes = store.nodes(size);
  for (std::uint64_t i = 0; i < id.width; ++i) {
    const std::uint64_t index = id.index * tlog::kTileWidth + i;
    if (tlog::leaf_hash(entries[i]) != TRY(nodes.read({.level = 0, .index = index})))
      return fail(Code::Corrupt,
                  fmt::format("{}: entry {} is not the one that the log signed", path_of(id), i));
  }
  return bundle;
}

}  // namespace

Result<LogTree> LogTree::resume(const TileStore& store, const tlog::TreeHead& head) {
  tlog::TileReader nodes = store.nodes(head.size);
  LogTree out(TRY(tlog::TileBuilder::resume(head, nodes)));
  if (head.size > 0) out.bundle_ = TRY(read_last_bundle(store, head.size));
  return out;
}

Result<void> LogTree::append(ByteView entry, const tlog::Hash256& leaf) {
  TRY(tlog::append_entry(bundle_, entry));
  TRY(tree_.append(leaf));
  bundle_changed_ = true;
  if (tree_.size() % tlog::kTileWidth != 0) return {};
  const tlog::BundleId full{.index = tree_.size() / tlog::kTileWidth - 1};
  full_bundles_.push_back({path_of(full), std::exchange(bundle_, {})});
  bundle_changed_ = false;
  return {};
}

std::vector<NewFile> LogTree::take() {
  std::vector<NewFile> out = std::exchange(full_bundles_, {});
  if (std::exchange(bundle_changed_, false))
    out.push_back({path_of(bundle_of(tree_.size() - 1, tree_.size())), bundle_});
  for (const tlog::Tile& tile : tree_.take())
    out.push_back({path_of(tile.id), tlog::encode_tile(tile.hashes)});
  return out;
}

}  // namespace tegula::logserver
