#include "tlog/tile_builder.h"

#include <algorithm>
#include <map>
#include <rapidcheck.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tlog/memory_tree.h"
#include "tlog/tile_reader.h"

namespace tegula::tlog {
namespace {

// A log's folder: every tile that a builder said to write.
class Folder {
 public:
  void write(const std::vector<Tile>& tiles) {
    for (const Tile& tile : tiles) files_[path_of(tile.id)] = encode_tile(tile.hashes);
  }

  // As a log may do once the full tile is there.
  void drop_partial_tiles() {
    std::erase_if(files_,
                  [](const auto& file) { return file.first.find(".p/") != std::string::npos; });
  }

  TileReader reader(std::uint64_t size) {
    return TileReader(size, [this](const TileId& id) -> Result<Bytes> {
      TileId full = id;
      full.width = kTileWidth;
      for (const TileId& one : {id, full})
        if (const auto file = files_.find(path_of(one)); file != files_.end()) return file->second;
      return fail(Code::NotFound, "no such tile");
    });
  }

  std::map<std::string, Bytes>& files() { return files_; }

 private:
  std::map<std::string, Bytes> files_;
};

Hash256 leaf_of(std::uint64_t index) { return leaf_hash(bytes_of(fmt::format("{}", index))); }

void grow(TileBuilder& builder, std::uint64_t size) {
  while (builder.size() < size) ASSERT_TRUE(builder.append(leaf_of(builder.size())));
}

TEST(TileBuilder, GivesTheRootOfEverySize) {
  const MemoryTree tree = counted_tree(600);
  TileBuilder builder;
  for (std::uint64_t size = 0; size <= 600; ++size) {
    grow(builder, size);
    EXPECT_EQ(builder.head(), tree.head(size)) << size;
  }
}

TEST(TileBuilder, WritesTheTilesThatTheSpecificationCounts) {
  TileBuilder builder;
  Folder folder;
  for (const std::uint64_t size : {1, 255, 256, 257, 1000, 1024, 65'536, 65'537, 70'000}) {
    const std::uint64_t before = builder.size();
    grow(builder, size);
    std::vector<TileId> ids;
    for (const Tile& tile : builder.take()) {
      EXPECT_EQ(tile.hashes.size(), tile.id.width);
      ids.push_back(tile.id);
      folder.write({tile});
    }
    std::ranges::sort(ids);
    EXPECT_EQ(ids, tiles_between(before, size)) << size;
    EXPECT_TRUE(builder.take().empty());
    TileReader reader = folder.reader(size);
    EXPECT_EQ(read_root(reader, size).value(), builder.head().root) << size;
  }
}

// A log that grows in steps, publishes after each, and restarts from its files now and then.
TEST(TileBuilder, StoresWhatEveryProofNeeds) {
  EXPECT_TRUE(rc::check([] {
    static MemoryTree tree = counted_tree(3000);
    TileBuilder builder;
    Folder folder;
    std::uint64_t published = 0;
    const auto steps =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 400));
    for (const std::uint64_t step : steps) {
      const std::uint64_t size = std::min(builder.size() + step, tree.size());
      while (builder.size() < size)
        RC_ASSERT(builder.append(tree.leaf(builder.size())).has_value());
      folder.write(builder.take());
      const TreeHead head = builder.head();
      TileReader reader = folder.reader(size);
      RC_ASSERT(read_root(reader, size).value() == head.root);
      const Proof growth = prove_consistency(reader, published, size).value();
      TileReader old = folder.reader(published);
      const TreeHead before{published, read_root(old, published).value()};
      RC_ASSERT(verify_consistency(before, head, growth).has_value());
      if (size > 0) {
        const std::uint64_t index = *rc::gen::inRange<std::uint64_t>(0, size);
        const Proof proof = prove_inclusion(reader, index, size).value();
        RC_ASSERT(verify_inclusion({index, tree.leaf(index)}, proof, head).has_value());
      }
      published = size;
      if (*rc::gen::inRange(0, 3) == 0) builder = TileBuilder::resume(head, reader).value();
      RC_ASSERT(builder.head() == head);
    }
  }));
}

TEST(TileBuilder, ResumesAndWritesWhatItWouldHaveWritten) {
  TileBuilder straight;
  Folder folder;
  grow(straight, 700);
  folder.write(straight.take());
  TileReader reader = folder.reader(700);
  TileBuilder resumed = TileBuilder::resume(straight.head(), reader).value();
  EXPECT_TRUE(resumed.take().empty());
  grow(straight, 1100);
  grow(resumed, 1100);
  EXPECT_EQ(resumed.head(), straight.head());
  EXPECT_EQ(resumed.take(), straight.take());
}

TEST(TileBuilder, RefusesToResumeFromDamagedTiles) {
  TileBuilder builder;
  Folder folder;
  grow(builder, 700);
  folder.write(builder.take());
  const std::map<std::string, Bytes> good = folder.files();
  for (const std::string path : {"tile/0/002.p/188", "tile/1/000.p/2"}) {
    folder.files() = good;
    folder.files()[path][5] ^= 1;
    TileReader flipped = folder.reader(700);
    EXPECT_EQ(TileBuilder::resume(builder.head(), flipped).error().code, Code::Corrupt) << path;
    folder.files()[path].pop_back();
    TileReader cut = folder.reader(700);
    EXPECT_EQ(TileBuilder::resume(builder.head(), cut).error().code, Code::Corrupt) << path;
    folder.files().erase(path);
    TileReader missing = folder.reader(700);
    EXPECT_EQ(TileBuilder::resume(builder.head(), missing).error().code, Code::NotFound) << path;
  }
}

TEST(TileBuilder, ResumesTheEmptyTree) {
  MemoryTree nothing;
  TileBuilder builder = TileBuilder::resume({0, empty_root()}, nothing).value();
  EXPECT_EQ(builder.head(), nothing.head(0));
  EXPECT_FALSE(TileBuilder::resume({0, {}}, nothing));
}

TEST(TileReader, TakesTheFullTileForAPartialOneThatIsGone) {
  TileBuilder builder;
  Folder folder;
  grow(builder, 100);
  folder.write(builder.take());
  const TreeHead old = builder.head();
  grow(builder, 256);
  folder.write(builder.take());
  folder.drop_partial_tiles();
  TileReader reader = folder.reader(100);
  EXPECT_EQ(read_root(reader, 100).value(), old.root);
}

TEST(TileReader, RefusesNodesOutsideTheTree) {
  TileBuilder builder;
  Folder folder;
  grow(builder, 100);
  folder.write(builder.take());
  TileReader reader = folder.reader(100);
  EXPECT_TRUE(reader.read({0, 99}));
  EXPECT_EQ(reader.read({0, 100}).error().code, Code::InvalidArgument);
  EXPECT_EQ(reader.read({6, 1}).error().code, Code::InvalidArgument);
  EXPECT_EQ(reader.read({64, 0}).error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::tlog
