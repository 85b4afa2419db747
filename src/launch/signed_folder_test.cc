#include "launch/signed_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::launch {
namespace {

class SignedFolder : public testing::Test {
 protected:
  SignedFolder() {
    write("config.json", "{}");
    write("weights/a.safetensors", "0123456789");
    write("weights/empty", "");
    write("model.sig", "later");
    signed_.ignored_paths = {"model.sig", ".git"};
  }

  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(os::make_folders(files_, (folder_ / name).parent_path(), 0700));
    ASSERT_TRUE(os::write_durably(files_, folder_ / name, bytes_of(text)));
  }

  Result<std::vector<attest::ModelResource>> hashed() {
    return hash_folder(files_, folder_.path(), signed_, progress_, {});
  }

  void sign() {
    signed_.resources = hashed().value();
    signed_.digest = attest::model_digest(signed_.resources);
    ASSERT_TRUE(attest::statement_of(signed_));
  }

  // "" if it holds.
  std::string fault() {
    const auto checked = check_folder(files_, folder_.path(), signed_, progress_, {});
    return checked ? "" : checked.error().text;
  }

  os::PosixFileSystem files_;
  os::TemporaryFolder folder_;
  NoProgress progress_;
  attest::ModelSignature signed_{.model = "m", .digest = content::Digest::of({}), .resources = {}};
};

TEST_F(SignedFolder, ListsItsFilesInOrder) {
  write(".git/HEAD", "x");
  const auto resources = hashed().value();
  ASSERT_EQ(resources.size(), 3U);
  EXPECT_EQ(resources[0].name, "config.json");
  EXPECT_EQ(resources[1].name, "weights/a.safetensors");
  EXPECT_EQ(resources[1].digest, content::Digest::of(bytes_of("0123456789")));
  EXPECT_EQ(resources[2].name, "weights/empty");
}

TEST_F(SignedFolder, NamesWhatIsNotAsSigned) {
  sign();
  EXPECT_EQ(fault(), "");
  write("model.sig", "another");
  EXPECT_EQ(fault(), "");
  write("weights/b", "new");
  EXPECT_EQ(fault(), "\"weights/b\" was not signed");
  ASSERT_TRUE(files_.remove(folder_ / "weights/b"));
  write("zzz", "new");
  EXPECT_EQ(fault(), "\"zzz\" was not signed");
  ASSERT_TRUE(files_.remove(folder_ / "zzz"));
  write("weights/a.safetensors", "0123456780");
  EXPECT_EQ(fault(), "\"weights/a.safetensors\" is not what was signed");
  ASSERT_TRUE(files_.remove(folder_ / "weights/empty"));
  write("weights/a.safetensors", "0123456789");
  EXPECT_EQ(fault(), "\"weights/empty\" is missing");
}

TEST_F(SignedFolder, IsTakenApartInShards) {
  signed_.method = attest::ModelSignature::Method::Shards;
  signed_.shard_size = 4;
  sign();
  std::vector<std::string> names;
  for (const auto& one : signed_.resources) names.push_back(one.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"config.json:0:2", "weights/a.safetensors:0:4",
                                      "weights/a.safetensors:4:8", "weights/a.safetensors:8:10"}));
  EXPECT_EQ(signed_.resources[3].digest, content::Digest::of(bytes_of("89")));
  write("weights/a.safetensors", "01234567x9");
  EXPECT_EQ(fault(), "\"weights/a.safetensors:8:10\" is not what was signed");
  signed_.shard_size = ~std::uint64_t{0};
  EXPECT_EQ(hashed()->size(), 2U);
}

TEST_F(SignedFolder, TakesLinksOnlyWhereTheyAreAllowed) {
  std::filesystem::create_symlink("config.json", folder_ / "link");
  EXPECT_EQ(hashed().error().code, Code::Untrusted);
  signed_.allows_links = true;
  EXPECT_EQ(hashed()->at(1).name, "link");
  std::filesystem::create_directory_symlink("weights", folder_ / "linked-folder");
  EXPECT_EQ(hashed().error().code, Code::Unsupported);
}

TEST_F(SignedFolder, HasLimits) {
  std::string path;
  for (int i = 0; i < 16; ++i) path += "d/";
  write(path + "f", "x");
  EXPECT_EQ(hashed().error().code, Code::Exhausted);
  std::filesystem::remove_all(folder_ / "d");
  EXPECT_TRUE(hashed());
  StopSource stop;
  stop.cancel();
  EXPECT_EQ(hash_folder(files_, folder_.path(), signed_, progress_, stop.stop()).error().code,
            Code::Cancelled);
}

}  // namespace
}  // namespace tegula::launch
