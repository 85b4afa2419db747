#include "tensor/gguf.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/gguf_writer.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

Result<Gguf> read(ByteView bytes, const GgufLimits& limits = {}) {
  return read_gguf(MemorySource(bytes), limits);
}

using Shape = std::vector<std::uint64_t>;

GgufWriter small_writer() {
  GgufWriter writer;
  writer.set_text("general.architecture", "llama");
  writer.set_u32("llama.context_length", 128);
  writer.set_i32("a.negative", -7);
  writer.set_f32("a.float", 0.5F);
  writer.set_bool("a.bool", true);
  writer.set_texts("a.texts", std::vector<std::string>{"one", "zwei", "", std::string("\0", 1)});
  writer.set_u32s("a.numbers", std::vector<std::uint32_t>{1, 2, 0xFFFFFFFF});
  writer.add_tensor("one", DType::F32, Shape{3});
  writer.add_tensor("two", DType::Q8_0, Shape{64, 2});
  return writer;
}

// A file put together by hand: every count and field may lie.
struct Raw {
  LeBytes bytes;

  Raw(std::uint64_t tensors, std::uint64_t values, std::uint32_t version = 3) {
    bytes.raw(bytes_of("GGUF"));
    bytes.u32(version);
    bytes.u64(tensors);
    bytes.u64(values);
  }
  Raw& key(std::string_view name, GgufType type) {
    bytes.text(name);
    bytes.u32(static_cast<std::uint32_t>(type));
    return *this;
  }
  Raw& u8(std::uint8_t v) { return bytes.u8(v), *this; }
  Raw& u32(std::uint32_t v) { return bytes.u32(v), *this; }
  Raw& u64(std::uint64_t v) { return bytes.u64(v), *this; }
  Raw& text(std::string_view v) { return bytes.text(v), *this; }
  Raw& tensor(std::string_view name, const Shape& shape, std::uint32_t type, std::uint64_t offset) {
    bytes.text(name);
    bytes.u32(static_cast<std::uint32_t>(shape.size()));
    for (const std::uint64_t size : shape) bytes.u64(size);
    bytes.u32(type);
    bytes.u64(offset);
    return *this;
  }
  Raw& align(std::uint64_t to = 32) {
    return bytes.zeros((to - bytes.bytes().size() % to) % to), *this;
  }
  Raw& zeros(std::uint64_t count) { return bytes.zeros(count), *this; }
  const Bytes& done() const { return bytes.bytes(); }
};

TEST(Gguf, ReadsWhatTheWriterWrote) {
  const Bytes file = zero_file(small_writer());
  const Result<Gguf> gguf = read(file);
  ASSERT_TRUE(gguf) << gguf.error().text;
  EXPECT_EQ(gguf->values().size(), 7U);
  EXPECT_EQ(gguf->find("general.architecture")->as_text(), "llama");
  EXPECT_EQ(gguf->find("llama.context_length")->as_uint(), 128U);
  EXPECT_EQ(gguf->find("a.negative")->as_int(), -7);
  EXPECT_FALSE(gguf->find("a.negative")->as_uint());
  EXPECT_EQ(gguf->find("a.float")->as_double(), 0.5);
  EXPECT_EQ(gguf->find("a.bool")->as_bool(), true);
  EXPECT_EQ(gguf->find("a.numbers")->uint_item(2), 0xFFFFFFFFU);
  EXPECT_FALSE(gguf->find("a.numbers")->uint_item(3));
  EXPECT_EQ(gguf->find("absent"), nullptr);
  EXPECT_EQ(gguf->find_tensor("absent"), nullptr);

  const GgufTensor& two = *gguf->find_tensor("two");
  EXPECT_EQ(two.type, DType::Q8_0);
  EXPECT_EQ(two.elements, 128U);
  EXPECT_EQ(two.bytes, 136U);
  EXPECT_EQ(two.offset, gguf->data_offset() + 32);
  EXPECT_EQ(gguf->data_offset() % 32, 0U);
  EXPECT_EQ(gguf->file_bytes(), file.size());
}

TEST(Gguf, ReadsArraysAgainFromTheFile) {
  const Bytes file = zero_file(small_writer());
  const MemorySource source(file);
  GgufLimits limits;
  limits.array_kept_bytes_max = 8;
  const Result<Gguf> gguf = read_gguf(source, limits);
  ASSERT_TRUE(gguf) << gguf.error().text;
  const GgufValue& texts = *gguf->find("a.texts");
  EXPECT_EQ(read_strings(source, texts).value(),
            (std::vector<std::string>{"one", "zwei", "", std::string("\0", 1)}));
  const GgufValue& numbers = *gguf->find("a.numbers");
  EXPECT_FALSE(numbers.raw_kept());
  EXPECT_EQ(read_items(source, numbers).value(),
            (Bytes{1, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255}));
}

TEST(Gguf, TakesAlignmentFromTheFile) {
  for (const std::uint32_t alignment : {1U, 8U, 64U, 4096U}) {
    GgufWriter writer(alignment);
    writer.add_tensor("one", DType::F32, Shape{3});
    writer.add_tensor("two", DType::F16, Shape{5, 1, 1, 2});
    const Result<Gguf> gguf = read(zero_file(writer));
    ASSERT_TRUE(gguf) << alignment << ": " << gguf.error().text;
    EXPECT_EQ(gguf->alignment(), alignment);
    EXPECT_EQ(gguf->data_offset() % alignment, 0U);
  }
}

TEST(Gguf, LastPaddingMayBeMissing) {
  GgufWriter writer;
  writer.add_tensor("one", DType::F32, Shape{3});
  Bytes file = zero_file(writer);
  file.resize(file.size() - 20);
  EXPECT_TRUE(read(file));
  file.pop_back();
  EXPECT_EQ(read(file).error().code, Code::Corrupt);
}

struct Refusal {
  const char* name;
  Bytes file;
  Code code;
  const char* text;
};

void expect_refused(const Refusal& refusal) {
  SCOPED_TRACE(refusal.name);
  const Result<Gguf> gguf = read(refusal.file);
  ASSERT_FALSE(gguf);
  EXPECT_EQ(gguf.error().code, refusal.code) << gguf.error().text;
  EXPECT_THAT(gguf.error().text, HasSubstr(refusal.text));
  EXPECT_TRUE(gguf.error().text.starts_with("gguf: "));
}

Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

TEST(Gguf, RefusesWhatIsNoGgufFile) {
  const Code code = Code::InvalidArgument;
  const Refusal cases[] = {
      {"empty", {}, code, "empty"},
      {"short", text_bytes("GGU"), code, "not a GGUF file"},
      {"zip", text_bytes("PK\3\4"), code, "not a GGUF file"},
      {"lfs", text_bytes("version https://git-lfs.github.com/spec/v1\n"), code, "not a GGUF file"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
  EXPECT_THAT(read(cases[3].file).error().hint, HasSubstr("git lfs pull"));
  EXPECT_THAT(read(text_bytes("<!DOCTYPE html>")).error().hint, HasSubstr("web page"));
  EXPECT_THAT(read(Bytes{2, 0, 0, 0, 0, 0, 0, 0, '{', '}'}).error().hint, HasSubstr("safetensors"));
}

TEST(Gguf, RefusesOtherVersionsByName) {
  const Code code = Code::Unsupported;
  const Refusal cases[] = {
      {"0", Raw(0, 0, 0).done(), code, "version 0"},
      {"1", Raw(0, 0, 1).done(), code, "version 1 is not read"},
      {"2", Raw(1, 0, 2).done(), code, "version 2 is not read"},
      {"2, vocabulary", Raw(0, 0, 2).done(), code, "only a vocabulary"},
      {"4", Raw(0, 0, 4).done(), code, "version 4"},
      {"big-endian", Raw(0, 0, 0x03000000).done(), code, "big-endian GGUF (version 3)"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
}

TEST(Gguf, RefusesBrokenCounts) {
  const Refusal cases[] = {
      {"header cut", text_bytes("GGUF\3"), Code::Corrupt, "header: needs 24 bytes at byte 0"},
      {"tensors negative", Raw(~0ULL, 0).done(), Code::Unsupported, "tensors"},
      {"values negative", Raw(0, ~0ULL).done(), Code::Unsupported, "metadata entries"},
      {"tensors past the limit", Raw(65'537, 0).done(), Code::Unsupported, "at most 65536"},
      {"values past the limit", Raw(0, 65'537).done(), Code::Unsupported, "at most 65536"},
      {"tensors past the file", Raw(65'536, 0).done(), Code::Corrupt, "too many for a file of 24"},
      {"values past the file", Raw(0, 1).done(), Code::Corrupt, "too many for a file of 24"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
}

Raw one_value(std::string_view key, GgufType type) { return Raw(0, 1).key(key, type); }
Raw one_array(GgufType item, std::uint64_t count) {
  return one_value("k", GgufType::Array).u32(static_cast<std::uint32_t>(item)).u64(count);
}

TEST(Gguf, RefusesBrokenKeys) {
  const auto named = [](std::string_view key) {
    return one_value(key, GgufType::U32).u32(1).done();
  };
  const Code code = Code::Corrupt;
  const Refusal cases[] = {
      {"empty", named(""), code, "key 0 at byte 24: the name is empty"},
      {"not UTF-8", named("a\xFF"), code, "key 0 at byte 24: the name is not UTF-8"},
      {"zero byte", named(std::string_view("a\0b", 3)), code, "control character"},
      {"C1 control", named("a\xC2\x9B"), code, "control character"},
      {"too long", named(std::string(65'536, 'k')), Code::Unsupported, "has 65536 bytes"},
      {"length past the file", Raw(0, 1).u64(1 << 20).zeros(20).done(), code, "key 0 at byte 24"},
      {"length over 2^63", Raw(0, 1).u64(~0ULL).zeros(20).done(), code, "key 0 at byte 24"},
      {"twice",
       Raw(0, 2).key("k", GgufType::U8).u8(1).key("k", GgufType::Bool).u8(1).zeros(8).done(), code,
       "key \"k\": appears twice, as number 0 and 1"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
  EXPECT_TRUE(read(named(std::string(65'535, 'k'))));
}

TEST(Gguf, RefusesBrokenValues) {
  const auto raw_type = [](std::uint32_t type) {
    Raw raw(0, 1);
    raw.bytes.text("k");
    return raw.u32(type).zeros(16).done();
  };
  const Code code = Code::Corrupt;
  const Refusal cases[] = {
      {"type 13", raw_type(13), code, "key \"k\": unknown value type 13 at byte 33"},
      {"type -1", raw_type(~0U), code, "unknown value type"},
      {"bool 2", one_value("k", GgufType::Bool).u8(2).done(), code, "not 0 or 1"},
      {"text not UTF-8", one_value("k", GgufType::Text).text("\xED\xA0\x80").done(), code,
       "key \"k\": the string at byte 37 is not UTF-8"},
      {"text with zero", one_value("k", GgufType::Text).text({"a\0", 2}).done(), code, "zero byte"},
      {"text past the file", one_value("k", GgufType::Text).u64(99).zeros(9).done(), code,
       "key \"k\": needs 99 bytes at byte 45, but the file has 54 bytes"},
      {"text over 2^63", one_value("k", GgufType::Text).u64(~0ULL).zeros(9).done(), code,
       "key \"k\": needs"},
      {"array of arrays", one_array(GgufType::Array, 1).zeros(99).done(), Code::Unsupported,
       "array of arrays"},
      {"array of nothing known", one_value("k", GgufType::Array).u32(77).u64(0).done(), code,
       "unknown value type 77"},
      {"array past the limit", one_array(GgufType::U8, 16'777'217).done(), Code::Unsupported,
       "has 16777217 items, at most 16777216"},
      {"array past the file", one_array(GgufType::U64, 16'777'216).zeros(99).done(), code,
       "key \"k\": needs 134217728 bytes"},
      {"strings past the file", one_array(GgufType::Text, 16'777'216).done(), code,
       "key \"k\": needs"},
      {"array bool 2", one_array(GgufType::Bool, 2).u8(1).u8(2).done(), code, "0 or 1"},
      {"item not UTF-8", one_array(GgufType::Text, 2).text("a").text("\x80").done(), code,
       "key \"k\": item 1 at byte 58 is not UTF-8"},
      {"bytes after", one_value("k", GgufType::U8).u8(1).zeros(32).done(), code,
       "bytes follow the end of the data at 64"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
}

TEST(Gguf, ReadsLongArraysOfBools) {
  Raw good = one_array(GgufType::Bool, 200'000);
  good.zeros(200'000);
  EXPECT_TRUE(read(good.done()));
  Raw bad = one_array(GgufType::Bool, 200'000);
  bad.zeros(150'000).u8(2).zeros(49'999);
  expect_refused({"bool", bad.done(), Code::Corrupt, "item at byte 150049: a bool"});
}

TEST(Gguf, LimitsOnStringsHoldAtTheLimit) {
  const std::string longest(limits::kGgufStringBytesMax, 'x');
  EXPECT_TRUE(read(one_value("k", GgufType::Text).text(longest).done()));
  expect_refused({"scalar", one_value("k", GgufType::Text).text(longest + 'x').done(),
                  Code::Unsupported, "has 16777217 bytes"});
  expect_refused({"item", one_array(GgufType::Text, 1).text(longest + 'x').done(),
                  Code::Unsupported, "item 0: the string"});
}

TEST(Gguf, LimitsOnCountsHoldAtTheLimit) {
  Raw keys(0, limits::kGgufKeysMax);
  for (std::uint64_t i = 0; i < limits::kGgufKeysMax; ++i)
    keys.key(fmt::format("k{}", i), GgufType::U8).u8(0);
  EXPECT_EQ(read(keys.done()).value().values().size(), 65'536U);

  Raw tensors(limits::kGgufTensorsMax, 0);
  for (std::uint64_t i = 0; i < limits::kGgufTensorsMax; ++i)
    tensors.tensor(fmt::format("t{}", i), {1}, 0, i * 32);
  tensors.align().zeros(limits::kGgufTensorsMax * 32);
  EXPECT_EQ(read(tensors.done()).value().tensors().size(), 65'536U);
}

// Zeros without end after a head: a large file that needs no memory.
class SparseSource final : public ByteSource {
 public:
  SparseSource(Bytes head, std::uint64_t size) : head_(std::move(head)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    for (std::size_t i = 0; i < into.size(); ++i)
      into[i] = offset + i < head_.size() ? head_[offset + i] : 0;
    return std::min<std::uint64_t>(into.size(), size_ - offset);
  }

 private:
  Bytes head_;
  std::uint64_t size_;
};

TEST(Gguf, LimitOnMetadataHoldsAtTheLimit) {
  // One string of 1 byte items would be slow: four long arrays of u64 reach the limit in a moment,
  // since nothing reads them. Only the first header is here, so limits are set low instead.
  Raw raw = one_array(GgufType::U64, 1'000'000);
  const std::uint64_t metadata = raw.bytes.bytes().size() + 8'000'000;
  const SparseSource source(raw.done(), metadata);
  GgufLimits limits;
  limits.metadata_bytes_max = metadata;
  EXPECT_TRUE(read_gguf(source, limits));
  limits.metadata_bytes_max = metadata - 1;
  const Result<Gguf> refused = read_gguf(source, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::Unsupported);
  EXPECT_THAT(refused.error().text, HasSubstr("the metadata is larger than"));
}

TEST(Gguf, RefusesBrokenAlignment) {
  const auto aligned = [](std::uint32_t value) {
    return one_value("general.alignment", GgufType::U32).u32(value).done();
  };
  const Code code = Code::Corrupt;
  const Refusal cases[] = {
      {"zero", aligned(0), code, "key \"general.alignment\": 0 is not a power of two"},
      {"33", aligned(33), code, "33 is not a power of two"},
      {"past the limit", aligned(2 << 20), Code::Unsupported, "2097152 is more than 1048576"},
      {"another type", one_value("general.alignment", GgufType::U64).u64(32).done(), code,
       "expected a u32, got u64"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
  EXPECT_TRUE(read(aligned(1 << 20)));
}

Bytes one_tensor(std::string_view name, const Shape& shape, std::uint32_t type,
                 std::uint64_t offset = 0, std::uint64_t bytes = 4096) {
  return Raw(1, 0).tensor(name, shape, type, offset).align().zeros(bytes).done();
}

TEST(Gguf, RefusesBrokenTensorNames) {
  const Code code = Code::Corrupt;
  const Refusal cases[] = {
      {"empty", one_tensor("", {8}, 0), code, "tensor 0 at byte 24: the name is empty"},
      {"long", one_tensor(std::string(64, 't'), {8}, 0), Code::Unsupported, "has 64 bytes"},
      {"not UTF-8", one_tensor("\xC0\x80", {8}, 0), code, "not UTF-8"},
      {"zero byte", one_tensor({"a\0", 2}, {8}, 0), code, "control character"},
      {"twice", Raw(2, 0).tensor("t", {8}, 0, 0).tensor("t", {8}, 0, 32).align().zeros(64).done(),
       code, "tensor \"t\": appears twice"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
  EXPECT_TRUE(read(one_tensor(std::string(63, 't'), {1024}, 0)));
}

TEST(Gguf, RefusesBrokenShapes) {
  constexpr std::uint64_t kHuge = 1ULL << 62;
  const Code code = Code::Corrupt;
  const Refusal cases[] = {
      {"no dimension", one_tensor("t", {}, 0), code, "expected 1 to 4 dimensions, got 0"},
      {"five", one_tensor("t", {1, 1, 1, 1, 1}, 0), code, "got 5"},
      {"zero", one_tensor("t", {8, 0}, 0), code, "tensor \"t\": dimension 1 is zero"},
      {"negative", one_tensor("t", {~0ULL, 8}, 0), code, "2^63 elements"},
      {"product over 2^64", one_tensor("t", {kHuge, 8}, 0), code, "2^63 elements"},
      {"bytes over 2^64", one_tensor("t", {kHuge, 1}, 28), code, "over 2^64"},
      {"broken block", one_tensor("t", {33, 2}, 8), code,
       "rows of 33 elements are not whole blocks of 32 (Q8_0)"},
      {"type 4", one_tensor("t", {32}, 4), Code::Unsupported, "type 4 is no longer part"},
      {"type 43", one_tensor("t", {32}, 43), code, "unknown tensor type 43"},
      {"type -1", one_tensor("t", {32}, ~0U), code, "unknown tensor type"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
  EXPECT_TRUE(read(one_tensor("t", {8, 8, 4, 4}, 0)));
}

Bytes two_tensors(std::uint64_t second, std::uint64_t data_bytes) {
  return Raw(2, 0)
      .tensor("a", {10}, 0, 0)
      .tensor("b", {8}, 0, second)
      .align()
      .zeros(data_bytes)
      .done();
}

TEST(Gguf, RefusesBrokenOffsets) {
  const Code code = Code::Corrupt;
  const Refusal cases[] = {
      {"overlap", two_tensors(32, 96), code,
       "tensor \"b\": data starts at 32 of the data section, expected 64"},
      {"gap", two_tensors(96, 128), code, "expected 64"},
      {"unaligned", two_tensors(40, 96), code, "starts at 40 of the data section, expected 64"},
      {"order", two_tensors(0, 96), code, "expected 64"},
      {"wraps", two_tensors(~0ULL - 31, 96), code, "expected 64"},
      {"first not zero", one_tensor("t", {8}, 0, 32), code, "starts at 32"},
      {"cut short", two_tensors(64, 95), code, "tensor \"b\": data ends at 192, but the file has"},
      {"huge", one_tensor("t", {1ULL << 60}, 0), code, "tensor \"t\": data ends at 46116860184"},
      {"bytes after", two_tensors(64, 97), code, "1 bytes follow the end of the data at 192"},
  };
  for (const Refusal& refusal : cases) expect_refused(refusal);
  EXPECT_TRUE(read(two_tensors(64, 96)));
  EXPECT_THAT(read(two_tensors(64, 95)).error().hint, HasSubstr("cut short"));
}

TEST(Gguf, RefusesEveryTruncation) {
  const Bytes file = zero_file(small_writer());
  const std::size_t last_padding = 24;  // of 136 bytes to 160: may be missing
  for (std::size_t size = 0; size < file.size() - last_padding; ++size)
    EXPECT_FALSE(read(ByteView(file).first(size))) << size;
}

TEST(Gguf, SurvivesEveryByteChanged) {
  const Bytes file = zero_file(small_writer());
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xFF}) {
      Bytes changed = file;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ change);
      const Result<Gguf> gguf = read(changed);
      if (!gguf) {
        EXPECT_FALSE(gguf.error().text.empty());
      }
    }
  }
}

TEST(Gguf, SaysWhenTheFileShrinks) {
  class Shrinking final : public ByteSource {
   public:
    explicit Shrinking(ByteView bytes) : inner_(bytes), size_(bytes.size() + 100) {}
    std::uint64_t size() const override { return size_; }
    Result<std::size_t> read_at(std::uint64_t at, std::span<std::uint8_t> into) const override {
      return inner_.read_at(at, into);
    }

   private:
    MemorySource inner_;
    std::uint64_t size_;
  };
  const Bytes file = zero_file(small_writer());
  const Result<Gguf> gguf = read_gguf(Shrinking(file));
  ASSERT_FALSE(gguf);
  EXPECT_THAT(gguf.error().text, HasSubstr("became shorter"));
}

}  // namespace
}  // namespace tegula::tensor
