#include "tensor/gguf_quantisation.h"

#include <gtest/gtest.h>

#include "tensor/gguf_conversion.h"
#include "tensor/hf_test_model.h"
#include "tensor/model_test_files.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

Bytes converted(HfTestFolder& folder, std::string_view type) {
  const HfModel model = HfModel::open(folder.fs(), folder.path()).value();
  GgufOptions options;
  options.file_type = parse_file_type(type).value();
  BytesSink sink;
  NoProgress progress;
  EXPECT_TRUE(write_gguf(model, options, sink, progress, {}));
  return sink.bytes();
}

Result<Bytes> quantised(ByteView file, std::string_view type, std::size_t threads = 1) {
  const MemorySource source(file);
  const Gguf gguf = TRY(read_gguf(source));
  BytesSink sink;
  NoProgress progress;
  const FileType file_type = TRY(parse_file_type(type));
  const QuantisationOptions options{.file_type = file_type, .threads = threads};
  TRY(quantise_gguf(gguf, source, options, sink, progress, {}));
  return sink.bytes();
}

TEST(GgufQuantisation, GivesWhatConversionInOneStepGives) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 8), llama_tensors(8));
  const Bytes floats = converted(folder, "F32");
  for (const std::string_view type : {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K_M", "Q3_K_L"}) {
    const FileType wanted = parse_file_type(type).value();
    if (!check_writable(wanted.type)) GTEST_SKIP() << "no quantiser in this build";
    EXPECT_EQ(quantised(floats, type).value(), converted(folder, type)) << type;
  }
  EXPECT_EQ(quantised(floats, "Q4_0", 7).value(), quantised(floats, "Q4_0", 1).value());
}

TEST(GgufQuantisation, KeepsTheMetadata) {
  if (!check_writable(DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  GgufWriter writer;
  set_llama(writer);
  writer.set_text("general.name", "Tiny");
  writer.set_u16("general.note", 7);
  set_tokens(writer);
  add(writer, "token_embd.weight", DType::F16, {64, 10});
  add(writer, "blk.0.attn_q.weight", DType::BF16, {64, 32});
  add(writer, "output_norm.weight", DType::F32, {64});
  const Bytes file = quantised(zero_file(writer), "Q8_0").value();
  const Gguf before = read_gguf(MemorySource(zero_file(writer))).value();
  const Gguf after = read_gguf(MemorySource(file)).value();
  for (const GgufValue& value : before.values()) {
    if (value.key == "general.file_type") continue;
    const GgufValue* const kept = after.find(value.key);
    ASSERT_NE(kept, nullptr) << value.key;
    EXPECT_EQ(kept->type, value.type) << value.key;
    EXPECT_EQ(kept->count, value.count) << value.key;
    EXPECT_EQ(kept->bytes, value.bytes) << value.key;
  }
  EXPECT_EQ(after.find("general.file_type")->as_uint(), 7U);
  EXPECT_EQ(after.find("general.note")->as_uint(), 7U);
}

TEST(GgufQuantisation, RefusesASecondTime) {
  if (!check_writable(DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  const Bytes small = converted(folder, "Q8_0");
  const Error error = quantised(small, "Q4_0").error();
  EXPECT_EQ(error.code, Code::Unsupported);
  EXPECT_TRUE(error.text.contains("is Q8_0 already")) << error.text;
}

TEST(GgufQuantisation, RefusesMixturesThatItDoesNotKnow) {
  GgufWriter writer;
  writer.set_text("general.architecture", "strange");
  add(writer, "token_embd.weight", DType::F32, {64, 8});
  const Error error = quantised(zero_file(writer), "Q8_0").error();
  EXPECT_EQ(error.code, Code::Unsupported);
  EXPECT_TRUE(error.text.contains("\"strange\"")) << error.text;
}

}  // namespace
}  // namespace tegula::tensor
