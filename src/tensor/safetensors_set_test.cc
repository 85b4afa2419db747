#include "tensor/safetensors_set.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/temporary_folder.h"
#include "tensor/safetensors_writer.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

const std::string kFirst = "model-00001-of-00002.safetensors";
const std::string kSecond = "model-00002-of-00002.safetensors";

// A folder of two shards: "a" and "b" in the first, "c" in the second.
class SafetensorsSetTest : public ::testing::Test {
 protected:
  void put(std::string_view name, ByteView bytes) {
    ASSERT_TRUE(os::write_durably(fs_, folder_ / name, bytes));
  }

  void put_tensors(std::string_view file, const std::vector<std::string>& names) {
    SafetensorsWriter writer;
    for (const std::string& name : names)
      writer.add_tensor(name, SafetensorsType::U8, std::vector<std::uint64_t>{4});
    Bytes bytes = zero_file(writer);
    for (std::size_t i = bytes.size() - writer.data_bytes(); i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(i);
    put(file, bytes);
  }

  void put_index(const std::vector<std::pair<std::string, std::string>>& map) {
    std::string text = R"({"metadata":{"total_size":1},"weight_map":{)";
    for (const auto& [name, shard] : map) text += fmt::format(R"("{}":"{}",)", name, shard);
    text.back() = '}';
    put("model.safetensors.index.json", bytes_of(text + "}"));
  }

  void put_good() {
    put_tensors(kFirst, {"a", "b"});
    put_tensors(kSecond, {"c"});
    put_index({{"a", kFirst}, {"b", kFirst}, {"c", kSecond}});
  }

  Result<SafetensorsSet> open() { return SafetensorsSet::open(fs_, folder_.path()); }

  void expect_refused(Code code, std::string_view text) {
    const Result<SafetensorsSet> set = open();
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, code) << set.error().text;
    EXPECT_THAT(set.error().text, HasSubstr(text));
  }

  os::PosixFileSystem fs_;
  os::TemporaryFolder folder_;
};

TEST_F(SafetensorsSetTest, ReadsAllShards) {
  put_good();
  const Result<SafetensorsSet> set = open();
  ASSERT_TRUE(set) << set.error().text;
  EXPECT_EQ(set->tensors().size(), 3U);
  EXPECT_THAT(set->shards(), ::testing::ElementsAre(kFirst, kSecond));
  const ShardTensor* c = set->find("c");
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->shard, 1U);
  Bytes two(2);
  ASSERT_TRUE(set->read(*c, 1, two));
  EXPECT_EQ(two[0], static_cast<std::uint8_t>(c->tensor.offset + 1));
  EXPECT_EQ(set->find("d"), nullptr);
}

TEST_F(SafetensorsSetTest, ReadsOneFileWithoutAnIndex) {
  put_tensors("model.safetensors", {"a"});
  put_tensors("consolidated.safetensors", {"other"});
  const Result<SafetensorsSet> set = open();
  ASSERT_TRUE(set) << set.error().text;
  EXPECT_EQ(set->tensors().size(), 1U);
}

TEST_F(SafetensorsSetTest, RefusesAMissingShardByName) {
  put_good();
  ASSERT_TRUE(fs_.remove(folder_ / kSecond));
  expect_refused(Code::NotFound, kSecond);
}

TEST_F(SafetensorsSetTest, RefusesAnEmptyFolderAndAMissingIndex) {
  expect_refused(Code::NotFound, "model.safetensors");
  put_tensors(kFirst, {"a"});
  expect_refused(Code::NotFound, "model.safetensors.index.json");
}

TEST_F(SafetensorsSetTest, RefusesAnExtraShard) {
  put_good();
  put_tensors("model-00003-of-00003.safetensors", {"d"});
  expect_refused(Code::Corrupt, "\"model-00003-of-00003.safetensors\" is in the folder, but not");
}

TEST_F(SafetensorsSetTest, RefusesATensorInTheWrongShard) {
  put_good();
  put_index({{"a", kFirst}, {"b", kSecond}, {"c", kSecond}});
  expect_refused(Code::Corrupt,
                 "tensor \"b\" is in \"" + kFirst + "\", the index says \"" + kSecond + "\"");
}

TEST_F(SafetensorsSetTest, RefusesTensorsThatOnlyOneSideHas) {
  put_good();
  put_index({{"a", kFirst}, {"c", kSecond}});
  expect_refused(Code::Corrupt, "tensor \"b\" is in \"" + kFirst + "\", but not in the index");
  put_index({{"a", kFirst}, {"b", kFirst}, {"c", kSecond}, {"d", kSecond}});
  expect_refused(Code::Corrupt, "tensor \"d\" is not in \"" + kSecond + "\"");
}

TEST_F(SafetensorsSetTest, RefusesATensorInTwoShards) {
  put_good();
  put_tensors(kSecond, {"a", "c"});
  expect_refused(Code::Corrupt, "tensor \"a\" is in \"" + kFirst + "\" and in \"" + kSecond + "\"");
}

TEST_F(SafetensorsSetTest, NamesTheDamagedShard) {
  put_good();
  put(kSecond, bytes_of("short"));
  expect_refused(Code::InvalidArgument, "\"" + kSecond + "\": not a safetensors file");
}

TEST(SafetensorsIndex, RefusesPathsAndNonsense) {
  const auto text_for = [](std::string_view shard) {
    return fmt::format(R"({{"weight_map":{{"a":{}}}}})", shard);
  };
  EXPECT_TRUE(parse_safetensors_index(text_for("\"x.safetensors\"")));
  for (const std::string_view shard :
       {"\"../x.safetensors\"", "\"/x.safetensors\"", "\"a\\\\x.safetensors\"", "\"x.bin\"",
        "\".safetensors\"", "\"\"", "3", "\"a\\u0000.safetensors\""}) {
    const Result<WeightMap> map = parse_safetensors_index(text_for(shard));
    ASSERT_FALSE(map) << shard;
    EXPECT_EQ(map.error().code, Code::Corrupt) << shard;
  }
  for (const std::string_view text :
       {"", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{}})"})
    EXPECT_FALSE(parse_safetensors_index(text)) << text;
}

TEST(SafetensorsIndex, LimitsTheShards) {
  const auto text_for = [](std::size_t shards) {
    std::string text = R"({"weight_map":{)";
    for (std::size_t i = 0; i < shards; ++i)
      text += fmt::format(R"("t{}":"{}.safetensors",)", i, i);
    text.back() = '}';
    return text + "}";
  };
  EXPECT_TRUE(parse_safetensors_index(text_for(limits::kSafetensorsShardsMax)));
  EXPECT_EQ(parse_safetensors_index(text_for(limits::kSafetensorsShardsMax + 1)).error().code,
            Code::Unsupported);
}

}  // namespace
}  // namespace tegula::tensor
