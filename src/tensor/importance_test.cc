#include "tensor/importance.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/gguf_writer.h"

namespace tegula::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Shape = std::vector<std::uint64_t>;

struct Entry {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

Bytes file_of(const std::vector<Entry>& entries, std::string_view type = "imatrix") {
  GgufWriter writer;
  writer.set_text("general.type", type);
  for (const Entry& each : entries) writer.add_tensor(each.name, DType::F32, each.shape);
  Bytes file = writer.header();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t at = file.size();
    file.resize(at + writer.tensor_size(i) + writer.padding(i));
    std::memcpy(file.data() + at, entries[i].values.data(), entries[i].values.size() * 4);
  }
  return file;
}

Result<ImportanceMatrix> read(const std::vector<Entry>& entries) {
  const Bytes file = file_of(entries);
  return read_importance(MemorySource(file));
}

TEST(Importance, IsTheMeanOfTheSquares) {
  const Result<ImportanceMatrix> matrix = read({{"blk.0.attn_q.weight.in_sum2", {3, 1}, {8, 0, 2}},
                                                {"blk.0.attn_q.weight.counts", {1}, {4}},
                                                {"blk.0.attn_k.weight.in_sum2", {2}, {0, 0}},
                                                {"blk.0.attn_k.weight.counts", {1}, {0}}});
  ASSERT_TRUE(matrix) << matrix.error().text;
  ASSERT_EQ(matrix->size(), 2U);
  EXPECT_THAT(matrix->at("blk.0.attn_q.weight"), ElementsAre(2, 0, 0.5F));
  EXPECT_THAT(matrix->at("blk.0.attn_k.weight"), ElementsAre(1, 1));
}

TEST(Importance, RefusesBrokenOnesByName) {
  const auto error = [](const std::vector<Entry>& entries) { return read(entries).error().text; };
  EXPECT_THAT(error({{"a.in_sum2", {1}, {1}}}), HasSubstr("\"a.in_sum2\": has no counts"));
  EXPECT_THAT(error({{"a.in_sum2", {1}, {-1}}, {"a.counts", {1}, {1}}}), HasSubstr("holds -1"));
  EXPECT_THAT(error({{"a.in_sum2", {1}, {NAN}}, {"a.counts", {1}, {1}}}), HasSubstr("holds nan"));
  EXPECT_THAT(error({{"a.in_sum2", {1, 2}, {1, 1}}, {"a.counts", {1, 2}, {1, 1}}}),
              HasSubstr("several experts"));
  EXPECT_THAT(error({{"a.counts", {1}, {1}}}), HasSubstr("is empty"));
  const Bytes model = file_of({}, "model");
  EXPECT_EQ(read_importance(MemorySource(model)).error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::tensor
