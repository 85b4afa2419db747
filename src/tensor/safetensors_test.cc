#include "tensor/safetensors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/gguf_writer.h"
#include "tensor/safetensors_writer.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;
using Shape = std::vector<std::uint64_t>;

// A file with this header and that many bytes of data.
Bytes file_of(std::string_view header, std::uint64_t data_bytes = 0) {
  LeBytes out;
  out.u64(header.size());
  out.raw(bytes_of(header));
  out.zeros(data_bytes);
  return std::move(out).take();
}

Result<Safetensors> read(const Bytes& file, const SafetensorsLimits& limits = {}) {
  return read_safetensors(MemorySource(file), limits);
}

std::string entry(std::string_view name, std::string_view type, std::string_view shape,
                  std::string_view offsets) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{}]}})", name, type, shape,
                     offsets);
}

TEST(Safetensors, ReadsWhatTheWriterWrote) {
  SafetensorsWriter writer;
  writer.set_metadata("format", "pt");
  writer.add_tensor("b", SafetensorsType::BF16, Shape{3});
  writer.add_tensor("norm \"é\"", SafetensorsType::F32, Shape{2, 2});
  writer.add_tensor("a", SafetensorsType::BF16, Shape{});
  writer.add_tensor("none", SafetensorsType::U8, Shape{0, 7});
  const Bytes file = zero_file(writer);
  const Result<Safetensors> read_back = read(file);
  ASSERT_TRUE(read_back) << read_back.error().text;
  EXPECT_EQ(read_back->metadata.at("format"), "pt");
  EXPECT_EQ(read_back->data_offset % 8, 0U);
  EXPECT_EQ(read_back->file_bytes, file.size());
  std::vector<std::string> names;
  for (const SafetensorsTensor& tensor : read_back->tensors) names.push_back(tensor.name);
  EXPECT_THAT(names, ::testing::ElementsAre("norm \"é\"", "a", "b", "none"));
  EXPECT_EQ(read_back->tensors[1].bytes, 2U);
  EXPECT_EQ(read_back->tensors[2].shape, Shape{3});
  EXPECT_EQ(read_back->tensors[2].offset, writer.tensors()[2].offset);
}

// What the format's own library writes for these tensors.
TEST(Safetensors, WritesTheFormOfTheFormatsLibrary) {
  SafetensorsWriter writer;
  writer.add_tensor("x", SafetensorsType::U8, Shape{1});
  writer.add_tensor("w", SafetensorsType::F32, Shape{1, 2});
  writer.set_metadata("format", "mlx");
  const std::string header = R"({"__metadata__":{"format":"mlx"},)"
                             R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                             R"("x":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}})";
  Bytes want = file_of(header + std::string((8 - header.size() % 8) % 8, ' '));
  EXPECT_EQ(writer.header(), want);
}

TEST(Safetensors, DoesNotDependOnTheOrderOfCalls) {
  SafetensorsWriter one;
  one.add_tensor("a", SafetensorsType::F16, Shape{4});
  one.add_tensor("b", SafetensorsType::F32, Shape{4});
  SafetensorsWriter other;
  other.add_tensor("b", SafetensorsType::F32, Shape{4});
  other.add_tensor("a", SafetensorsType::F16, Shape{4});
  EXPECT_EQ(one.header(), other.header());
}

TEST(Safetensors, KnowsEveryTypeOfTheFormat) {
  for (const auto& [name, bits] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"BOOL", 8},    {"U8", 8},   {"I8", 8},   {"F8_E5M2", 8}, {"F8_E4M3", 8},
           {"F8_E8M0", 8}, {"I16", 16}, {"U16", 16}, {"F16", 16},    {"BF16", 16},
           {"I32", 32},    {"U32", 32}, {"F32", 32}, {"C64", 64},    {"F64", 64},
           {"I64", 64},    {"U64", 64}, {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6}}) {
    const Result<Safetensors> file =
        read(file_of("{" + entry("t", name, "4", fmt::format("0,{}", bits / 2)) + "}", bits / 2));
    EXPECT_TRUE(file) << name;
    EXPECT_EQ(safetensors_type_name(*safetensors_type_from(name)), name);
  }
  EXPECT_EQ(dtype_of(SafetensorsType::BF16), DType::BF16);
  EXPECT_EQ(safetensors_type_of(DType::F64), SafetensorsType::F64);
  EXPECT_FALSE(dtype_of(SafetensorsType::U8));
  EXPECT_FALSE(safetensors_type_of(DType::Q8_0));
}

struct Refusal {
  std::string what;
  Bytes file;
  Code code;
  std::string text;
};

void expect_refused(const std::vector<Refusal>& cases) {
  for (const Refusal& each : cases) {
    const Result<Safetensors> file = read(each.file);
    ASSERT_FALSE(file) << each.what;
    EXPECT_EQ(file.error().code, each.code) << each.what << ": " << file.error().text;
    EXPECT_THAT(file.error().text, HasSubstr(each.text)) << each.what;
  }
}

TEST(Safetensors, RefusesWhatIsNoSuchFile) {
  expect_refused({
      {"empty", {}, Code::InvalidArgument, "not a safetensors file"},
      {"a GGUF file", zero_file(GgufWriter()), Code::InvalidArgument, "not a safetensors file"},
      {"an array", file_of("[]"), Code::InvalidArgument, "not a safetensors file"},
      {"a space before", file_of(" {}"), Code::InvalidArgument, "not a safetensors file"},
  });
}

TEST(Safetensors, RefusesHeadersThatLie) {
  const auto one = [](std::string_view type, std::string_view shape, std::string_view offsets) {
    return file_of("{" + entry("t", type, shape, offsets) + "}", 8);
  };
  Bytes longer = file_of("{}");
  longer[0] = 3;
  expect_refused({
      {"header past the end", longer, Code::Corrupt, "header needs 3 bytes"},
      {"bad JSON", file_of("{x"), Code::Corrupt, "header: line 1"},
      {"twice",
       file_of("{" + entry("t", "U8", "8", "0,8") + "," + entry("t", "U8", "8", "0,8") + "}", 8),
       Code::Corrupt, "there twice"},
      {"not an object", file_of(R"({"t":3})"), Code::Corrupt, "tensor \"t\": expected an object"},
      {"unknown dtype", one("F7", "1", "0,8"), Code::Corrupt, "tensor \"t\": unknown dtype \"F7\""},
      {"no shape", file_of(R"({"t":{"dtype":"U8","data_offsets":[0,0]}})"), Code::Corrupt, "shape"},
      {"more members", file_of(R"({"t":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})"),
       Code::Corrupt, "unknown members"},
      {"negative", one("U8", "-8", "0,8"), Code::Corrupt, "expected a whole number"},
      {"a fraction", one("U8", "8.0", "0,8"), Code::Corrupt, "expected a whole number"},
      {"one offset", one("U8", "8", "0"), Code::Corrupt, "data_offsets"},
      {"turned offsets", one("U8", "8", "8,0"), Code::Corrupt, "data_offsets"},
      {"wrong size", one("F32", "1", "0,8"), Code::Corrupt, "needs 4 bytes, the offsets give 8"},
      {"half a byte", one("F4", "3", "0,2"), Code::Corrupt, "no whole number of bytes"},
      {"overflow", one("U8", "4294967296,4294967296", "0,8"), Code::Corrupt, "no whole number"},
      {"wild offset", one("U8", "0", "18446744073709551615,18446744073709551615"), Code::Corrupt,
       "past the end of any file"},
      {"a control character", file_of("{" + entry("a\\n", "U8", "0", "0,0") + "}"), Code::Corrupt,
       "control character"},
      {"no name", file_of("{" + entry("", "U8", "0", "0,0") + "}"), Code::Corrupt, "empty"},
      {"metadata of numbers", file_of(R"({"__metadata__":{"a":1}})"), Code::Corrupt,
       "__metadata__: \"a\": expected a string"},
      {"metadata is text", file_of(R"({"__metadata__":"a"})"), Code::Corrupt, "expected an object"},
  });
}

TEST(Safetensors, RefusesBytesThatBelongToNothingOrToTwo) {
  const std::string a = entry("a", "U8", "4", "0,4");
  expect_refused({
      {"a hole", file_of("{" + a + "," + entry("b", "U8", "3", "5,8") + "}", 8), Code::Corrupt,
       "tensor \"b\": leaves a hole after a"},
      {"a hole at the start", file_of("{" + entry("b", "U8", "3", "5,8") + "}", 8), Code::Corrupt,
       "tensor \"b\": leaves a hole after the header"},
      {"an overlap", file_of("{" + a + "," + entry("b", "U8", "5", "3,8") + "}", 8), Code::Corrupt,
       "tensor \"b\": overlaps a"},
      {"the same bytes", file_of("{" + a + "," + entry("b", "U8", "4", "0,4") + "}", 4),
       Code::Corrupt, "overlaps"},
      {"cut short", file_of("{" + a + "}", 3), Code::Corrupt, "\"a\" ends at byte"},
      {"bytes at the end", file_of("{" + a + "}", 5), Code::Corrupt, "1 bytes after the last"},
      {"bytes without tensors", file_of("{}", 1), Code::Corrupt, "belong to nothing"},
  });
}

TEST(Safetensors, KeepsItsLimits) {
  SafetensorsLimits limits;
  limits.header_bytes_max = 100;
  limits.tensors_max = 1;
  limits.name_bytes_max = 3;
  limits.dimensions_max = 2;
  const auto try_one = [&](const std::string& header) -> Result<Safetensors> {
    return read(file_of(header), limits);
  };
  const auto padded = [](std::size_t size) { return "{}" + std::string(size - 2, ' '); };
  EXPECT_TRUE(try_one(padded(100)));
  EXPECT_EQ(try_one(padded(101)).error().code, Code::Unsupported);
  EXPECT_TRUE(try_one("{" + entry("abc", "U8", "0,1", "0,0") + "}"));
  EXPECT_THAT(try_one("{" + entry("abcd", "U8", "0", "0,0") + "}").error().text,
              HasSubstr("at most 3"));
  EXPECT_THAT(try_one("{" + entry("a", "U8", "0,1,1", "0,0") + "}").error().text,
              HasSubstr("at most 2"));
  EXPECT_EQ(try_one(R"({"t":{"dtype":[[[]]]}})").error().code, Code::Unsupported);
  limits.header_bytes_max = 1000;
  EXPECT_THAT(try_one("{" + entry("a", "U8", "0", "0,0") + "," + entry("b", "U8", "0", "0,0") +
                      "," + entry("c", "U8", "0", "0,0") + "}")
                  .error()
                  .text,
              HasSubstr("at most 1"));
}

}  // namespace
}  // namespace tegula::tensor
