#include "tlog/tile.h"

#include <rapidcheck.h>
#include <set>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::tlog {
namespace {

TEST(TilePath, IsWhatTheSpecificationWrites) {
  const std::pair<TileId, std::string_view> tiles[] = {
      {{0, 0}, "tile/0/000"},
      {{0, 1234067}, "tile/0/x001/x234/067"},
      {{1, 273, 112}, "tile/1/273.p/112"},
      {{63, 1000, 1}, "tile/63/x001/000.p/1"},
      {{0, 36'028'797'018'963'967}, "tile/0/x036/x028/x797/x018/x963/967"},
  };
  for (const auto& [tile, path] : tiles) {
    EXPECT_EQ(path_of(tile), path);
    EXPECT_EQ(parse_tile_path(path).value(), tile);
    EXPECT_FALSE(parse_bundle_path(path));
  }
  const std::pair<BundleId, std::string_view> bundles[] = {
      {{0}, "tile/entries/000"},
      {{1234067, 255}, "tile/entries/x001/x234/067.p/255"},
  };
  for (const auto& [bundle, path] : bundles) {
    EXPECT_EQ(path_of(bundle), path);
    EXPECT_EQ(parse_bundle_path(path).value(), bundle);
    EXPECT_FALSE(parse_tile_path(path));
  }
}

TEST(TilePath, RefusesEveryOtherSpelling) {
  const std::string_view bad[] = {
      "",
      "tile",
      "tile/",
      "tile/0",
      "tile/0/",
      "/tile/0/000",
      "tile/00/000",
      "tile/64/000",
      "tile/-1/000",
      "tile/0/0",
      "tile/0/0000",
      "tile/0/x000",
      "tile/0/x000/000",
      "tile/0/x000/x001/234",
      "tile/0/001/234",
      "tile/0/x001/x234",
      "tile/0/X001/234",
      "tile/0/x001//234",
      "tile/0/00a",
      "tile/0/ 00",
      "tile/0/000/",
      "tile/0/000.p",
      "tile/0/000.p/",
      "tile/0/000.p/0",
      "tile/0/000.p/01",
      "tile/0/000.p/256",
      "tile/0/000.p/1/",
      "tile/0/000.p/1.p/1",
      "tile/0/../000",
      "tile/0/x018/x446/x744/x073/x709/x551/616",
      "tile/entries/000.p/256",
      "tile/entries/x1/000",
      "tile/Entries/000",
  };
  for (const std::string_view path : bad) {
    EXPECT_EQ(parse_tile_path(path).error().code, Code::InvalidArgument) << path;
    EXPECT_EQ(parse_bundle_path(path).error().code, Code::InvalidArgument) << path;
  }
}

TEST(TilePath, IsItsOwnInverse) {
  EXPECT_TRUE(rc::check([] {
    const TileId tile{*rc::gen::inRange(0U, 64U), *rc::gen::arbitrary<std::uint64_t>(),
                      *rc::gen::inRange(1U, 257U)};
    RC_ASSERT(parse_tile_path(path_of(tile)).value() == tile);
  }));
}

// tlog-tiles, "Partial Tiles": trees of 70,000 and of 256 entries.
TEST(Tile, CountsAsTheSpecificationDoes) {
  const std::vector<TileId> tiles = tiles_between(0, 70'000);
  ASSERT_EQ(tiles.size(), 273U + 1 + 1 + 1 + 1);
  EXPECT_EQ(tiles[272], (TileId{0, 272}));
  EXPECT_EQ(tiles[273], (TileId{0, 273, 112}));
  EXPECT_EQ(tiles[274], (TileId{1, 0}));
  EXPECT_EQ(tiles[275], (TileId{1, 1, 17}));
  EXPECT_EQ(tiles[276], (TileId{2, 0, 1}));
  EXPECT_EQ(tiles_between(0, 256), (std::vector<TileId>{{0, 0}, {1, 0, 1}}));
  EXPECT_EQ(tiles_between(255, 257), (std::vector<TileId>{{0, 0}, {0, 1, 1}, {1, 0, 1}}));
  EXPECT_EQ(tiles_between(257, 258), (std::vector<TileId>{{0, 1, 2}}));
  EXPECT_EQ(tiles_between(70'000, 70'000), std::vector<TileId>{});
}

TEST(Tile, KnowsItsWidthInEveryTree) {
  EXPECT_EQ(tile_width(0, 0, 0), 0U);
  EXPECT_EQ(tile_width(0, 0, 255), 255U);
  EXPECT_EQ(tile_width(0, 0, 256), kTileWidth);
  EXPECT_EQ(tile_width(0, 1, 256), 0U);
  EXPECT_EQ(tile_width(1, 0, 255), 0U);
  EXPECT_EQ(tile_width(63, 0, limits::kLogSizeMax), 0U);
  EXPECT_EQ(tile_width(0, limits::kLogSizeMax, limits::kLogSizeMax), 0U);
  EXPECT_EQ(tile_width(7, 0, limits::kLogSizeMax), 127U);
  EXPECT_EQ(hashes_at(8, limits::kLogSizeMax), 0U);
}

TEST(Tile, HoldsTheNodesUnderIt) {
  EXPECT_EQ(tile_of({0, 300}, 70'000), (TileId{0, 1}));
  EXPECT_EQ(tile_of({7, 1}, 70'000), (TileId{0, 0}));
  EXPECT_EQ(tile_of({8, 256}, 70'000), (TileId{1, 1, 17}));
  EXPECT_EQ(tile_of({16, 0}, 70'000), (TileId{2, 0, 1}));
  EXPECT_EQ(tile_of({62, 0}, limits::kLogSizeMax), (TileId{7, 0, 127}));
}

TEST(Tile, ReadsBackWhatItWrites) {
  std::vector<Hash256> hashes(3);
  hashes[1][0] = 7;
  const Bytes bytes = encode_tile(hashes);
  EXPECT_EQ(bytes.size(), 96U);
  EXPECT_EQ(parse_tile(bytes, 3).value(), hashes);
  for (const std::uint32_t width : {1U, 2U, 4U, kTileWidth})
    EXPECT_EQ(parse_tile(bytes, width).error().code, Code::Corrupt) << width;
  EXPECT_EQ(parse_tile(ByteView(bytes).first(95), 3).error().code, Code::Corrupt);
  EXPECT_EQ(parse_tile({}, 1).error().code, Code::Corrupt);
}

TEST(Bundle, ReadsBackWhatItWrites) {
  Bytes bundle;
  const std::string entries[] = {"one", "", std::string(300, 'x')};
  for (const std::string& entry : entries) ASSERT_TRUE(append_entry(bundle, bytes_of(entry)));
  EXPECT_EQ(text_of(ByteView(bundle).first(7)), std::string_view("\0\3one\0\0", 7));
  const auto parsed = parse_bundle(bundle, 3).value();
  ASSERT_EQ(parsed.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(text_of(parsed[i]), entries[i]);
}

TEST(Bundle, RefusesMoreFewerAndCutEntries) {
  Bytes bundle;
  ASSERT_TRUE(append_entry(bundle, bytes_of("one")));
  ASSERT_TRUE(append_entry(bundle, bytes_of("two")));
  for (std::size_t size = 0; size < bundle.size(); ++size)
    EXPECT_EQ(parse_bundle(ByteView(bundle).first(size), 2).error().code, Code::Corrupt) << size;
  EXPECT_EQ(parse_bundle(bundle, 1).error().code, Code::Corrupt);
  EXPECT_EQ(parse_bundle(bundle, 3).error().code, Code::Corrupt);
}

TEST(Bundle, HoldsItsLimit) {
  Bytes bundle;
  const Bytes most(limits::kLogEntryBytesMax), more(limits::kLogEntryBytesMax + 1);
  ASSERT_TRUE(append_entry(bundle, most));
  EXPECT_EQ(parse_bundle(bundle, 1).value()[0].size(), most.size());
  EXPECT_EQ(append_entry(bundle, more).error().code, Code::Exhausted);
  EXPECT_EQ(bundle.size(), 2 + most.size());
}

}  // namespace
}  // namespace tegula::tlog
