#include "tensor/gguf_join.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/gguf_writer.h"

namespace tegula::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Shape = std::vector<std::uint64_t>;

struct Split {
  std::uint16_t no = 0;
  std::uint16_t count = 3;
  std::int32_t tensors = 4;
};

// Tensor data that differs from place to place.
Bytes filled(const GgufWriter& writer, std::size_t first) {
  Bytes out = writer.header();
  for (std::size_t i = 0; i < writer.tensor_count(); ++i) {
    out.insert(out.end(), writer.tensor_size(i), static_cast<std::uint8_t>(first + i + 1));
    out.insert(out.end(), writer.padding(i), 0);
  }
  return out;
}

void set_split(GgufWriter& writer, const Split& split) {
  writer.set_u16("split.no", split.no);
  writer.set_i32("split.tensors.count", split.tensors);
  writer.set_u16("split.count", split.count);
}

void set_model(GgufWriter& writer) {
  writer.set_text("general.architecture", "llama");
  writer.set_texts("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b"});
}

// Three parts: one tensor, none, three.
std::vector<Bytes> sample(
    const std::function<void(std::vector<Split>&)>& change = [](auto&) {},
    std::uint32_t alignment = 32) {
  std::vector<Split> splits = {{.no = 0}, {.no = 1}, {.no = 2}};
  change(splits);
  std::vector<Bytes> out;
  GgufWriter first(alignment);
  set_model(first);
  set_split(first, splits[0]);
  first.add_tensor("a", DType::F32, Shape{3});
  out.push_back(filled(first, 0));
  GgufWriter second;
  set_split(second, splits[1]);
  out.push_back(filled(second, 1));
  GgufWriter third;
  set_split(third, splits[2]);
  third.add_tensor("b", DType::Q8_0, Shape{64, 2});
  third.add_tensor("c", DType::F32, Shape{1});
  third.add_tensor("d", DType::F16, Shape{5});
  out.push_back(filled(third, 1));
  return out;
}

Result<Bytes> joined(const std::vector<Bytes>& files) {
  std::vector<MemorySource> sources(files.begin(), files.end());
  std::vector<GgufPart> parts;
  for (std::size_t i = 0; i < files.size(); ++i)
    parts.push_back({"part" + std::to_string(i + 1), sources[i]});
  BytesSink sink;
  NoProgress progress;
  TRY(join_gguf(parts, sink, progress, Stop()));
  return sink.bytes();
}

TEST(GgufJoin, MakesTheFileThatWasSplit) {
  for (const std::uint32_t alignment : {32U, 128U}) {
    GgufWriter whole(alignment);
    set_model(whole);
    whole.add_tensor("a", DType::F32, Shape{3});
    whole.add_tensor("b", DType::Q8_0, Shape{64, 2});
    whole.add_tensor("c", DType::F32, Shape{1});
    whole.add_tensor("d", DType::F16, Shape{5});
    EXPECT_EQ(joined(sample([](auto&) {}, alignment)).value(), filled(whole, 0)) << alignment;
  }
}

TEST(GgufJoin, RefusesWhatIsNoSet) {
  struct Case {
    std::function<void(std::vector<Split>&)> change;
    const char* says;
  };
  for (const Case& c : std::vector<Case>{
           {[](auto& s) { s[1].no = 2; }, "\"part2\": split.no is 2, expected 1"},
           {[](auto& s) { s[2].count = 4; }, "\"part3\": split.count is 4, expected 3"},
           {[](auto& s) { s[0].tensors = 5; }, "split.tensors.count is 5, expected 4"},
           {[](auto& s) { s[1].tensors = -1; },
            "\"part2\" does not say its split.tensors.count"}}) {
    const auto bytes = joined(sample(c.change));
    ASSERT_FALSE(bytes) << c.says;
    EXPECT_EQ(bytes.error().code, Code::Corrupt);
    EXPECT_THAT(bytes.error().text, HasSubstr(c.says));
  }
  std::vector<Bytes> files = sample();
  files.pop_back();
  EXPECT_THAT(joined(files).error().text, HasSubstr("split.count is 3, expected 2"));
  files = sample();
  std::swap(files[1], files[2]);
  EXPECT_EQ(joined(files).error().code, Code::Corrupt);
  files = sample();
  files[2] = files[0];
  EXPECT_THAT(joined(files).error().text, HasSubstr("tensor \"a\" is in another part too"));
  files = sample();
  files[2].resize(files[2].size() - 30);  // more than the padding
  EXPECT_THAT(joined(files).error().text, HasSubstr("part3"));
  EXPECT_EQ(joined({}).error().code, Code::InvalidArgument);
}

TEST(GgufParts, AreToldByTheirNames) {
  EXPECT_EQ(part_name("x-Q4-00002-of-00003.gguf"), (PartName{"x-Q4", 2, 3}));
  EXPECT_EQ(part_name("x-00002-of-00003.gguf")->file(3), "x-00003-of-00003.gguf");
  EXPECT_EQ(part_name("x-00002-of-00003.gguf")->whole(), "x.gguf");
  for (const char* file :
       {"x.gguf", "-00001-of-00003.gguf", "x-0001-of-00003.gguf", "x-00001-of-0000a.gguf",
        "x-00001-to-00003.gguf", "x-00001-of-00003.safetensors", "x-+0001-of-00003.gguf", ""})
    EXPECT_EQ(part_name(file), std::nullopt) << file;
}

TEST(GgufParts, AreOneWholeSet) {
  const PartName first{"x", 1, 2};
  const std::vector<std::string> there = {"x-00002-of-00002.gguf", "x-00001-of-00002.gguf",
                                          "y-00003-of-00002.gguf", "x.gguf"};
  EXPECT_THAT(parts_of_set(first, there).value(),
              ElementsAre("x-00001-of-00002.gguf", "x-00002-of-00002.gguf"));
  const auto refused = [&](std::vector<std::string> files) {
    return parts_of_set(first, files).error();
  };
  EXPECT_EQ(refused({there[1]}).code, Code::NotFound);
  EXPECT_THAT(refused({there[1]}).text, HasSubstr("part 2 of 2 is missing: \"x-00002-of-00002"));
  for (const char* extra : {"x-00003-of-00002.gguf", "x-00001-of-00003.gguf"}) {
    const Error error = refused({there[0], there[1], extra});
    EXPECT_EQ(error.code, Code::Corrupt);
    EXPECT_THAT(error.text, HasSubstr(extra));
  }
  EXPECT_THAT(parts_of_set({"x", 2, 2}, there).error().hint, HasSubstr("x-00001-of-00002.gguf"));
  EXPECT_EQ(parts_of_set({"x", 1, 0}, there).error().code, Code::Unsupported);
  EXPECT_EQ(parts_of_set({"x", 1, 99999}, there).error().code, Code::Unsupported);
}

}  // namespace
}  // namespace tegula::tensor
