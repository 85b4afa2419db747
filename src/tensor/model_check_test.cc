#include "tensor/model_check.h"

#include <cmath>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/model_test_files.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;
using Fill = std::function<void(GgufWriter&)>;

Gguf made(const Fill& fill) {
  GgufWriter writer;
  fill(writer);
  return read_gguf(MemorySource(zero_file(writer))).value();
}

struct Case {
  const char* name;
  Fill fill;
  Code code;
  const char* text;
};

void expect_refused(const Case& c) {
  SCOPED_TRACE(c.name);
  const Result<ModelFileKind> kind = check_model_file(made(c.fill));
  ASSERT_FALSE(kind);
  EXPECT_EQ(kind.error().code, c.code) << kind.error().text;
  EXPECT_THAT(kind.error().text, HasSubstr(c.text));
  EXPECT_TRUE(kind.error().text.starts_with("gguf: "));
}

void sound_model(GgufWriter& writer) {
  set_llama(writer);
  set_tokens(writer);
  add_weights(writer);
}

TEST(ModelCheck, AcceptsASoundModel) {
  EXPECT_EQ(check_model_file(made(sound_model)).value(), ModelFileKind::Model);
  EXPECT_TRUE(check_model(made(sound_model)));
  EXPECT_EQ(check_adapter(made(sound_model)).error().text,
            "gguf: expected a file of kind adapter, this is of kind model");
}

TEST(ModelCheck, SaysWhatAFileIsThatCannotRun) {
  const Case cases[] = {
      {"vocabulary", [](GgufWriter& w) { set_llama(w), set_tokens(w, 32); }, Code::Unsupported,
       "this is a vocabulary only: 32 tokens of a \"llama\" model and no tensors"},
      {"metadata only", [](GgufWriter& w) { set_llama(w); }, Code::Unsupported, "no tensors"},
      {"split",
       [](GgufWriter& w) {
         sound_model(w);
         w.set_u16("split.count", 5);
         w.set_u16("split.no", 1);
       },
       Code::Unsupported, "this is part 2 of a model in 5 files"},
      {"imatrix", [](GgufWriter& w) { sound_model(w), w.set_text("general.type", "imatrix"); },
       Code::Unsupported, "importance matrix"},
      {"other type", [](GgufWriter& w) { sound_model(w), w.set_text("general.type", "dance"); },
       Code::Unsupported, "got \"dance\""},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(ModelCheck, OneFileOfOneIsWhole) {
  EXPECT_TRUE(check_model_file(made([](GgufWriter& w) {
    sound_model(w);
    w.set_u16("split.count", 1);
  })));
}

TEST(ModelCheck, RefusesBrokenArchitectures) {
  const auto named = [](std::string_view name) {
    return [name](GgufWriter& w) { w.set_text("general.architecture", name), add_weights(w); };
  };
  const Case cases[] = {
      {"absent", add_weights, Code::Corrupt, "key \"general.architecture\" is missing"},
      {"number", [](GgufWriter& w) { w.set_u32("general.architecture", 1), add_weights(w); },
       Code::Corrupt, "expected a string, got u32"},
      {"empty", named(""), Code::Corrupt, "expected 1 to 64 letters"},
      {"escape", named("a\x1B[2J"), Code::Corrupt, "expected 1 to 64 letters"},
      {"long", named("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
       Code::Corrupt, "expected 1 to 64 letters"},
  };
  for (const Case& c : cases) expect_refused(c);
}

Fill with_keys(std::uint32_t context, std::uint32_t width, std::uint32_t layers) {
  return [=](GgufWriter& w) {
    w.set_text("general.architecture", "x");
    w.set_u32("x.context_length", context);
    w.set_u32("x.embedding_length", width);
    w.set_u32("x.block_count", layers);
    w.set_text("tokenizer.ggml.model", "no_vocab");
    add_weights(w);
  };
}

TEST(ModelCheck, RequiredKeysHaveBounds) {
  EXPECT_TRUE(check_model(made(with_keys(268'435'456, 1'048'576, 512))));
  const Case cases[] = {
      {"no context", with_keys(0, 8, 1), Code::Corrupt, "\"x.context_length\": expected 1 to"},
      {"context past the limit", with_keys(268'435'457, 8, 1), Code::Corrupt, "got 268435457"},
      {"no width", with_keys(1, 0, 1), Code::Corrupt, "\"x.embedding_length\": expected 1 to"},
      {"width past the limit", with_keys(1, 1'048'577, 1), Code::Corrupt, "got 1048577"},
      {"no layers", with_keys(1, 8, 0), Code::Corrupt, "\"x.block_count\": expected 1 to 512"},
      {"layers past the limit", with_keys(1, 8, 513), Code::Corrupt, "got 513"},
      {"missing", [](GgufWriter& w) { w.set_text("general.architecture", "y"), add_weights(w); },
       Code::Corrupt, "key \"y.context_length\" is missing"},
      {"wrong type",
       [](GgufWriter& w) {
         w.set_text("general.architecture", "y");
         w.set_u64("y.context_length", 8);
         add_weights(w);
       },
       Code::Corrupt, "expected a u32, got u64"},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(ModelCheck, FloatsOfTheModelAreFinite) {
  const auto epsilon = [](float value) {
    return [value](GgufWriter& w) {
      sound_model(w);
      w.set_f32("llama.attention.layer_norm_rms_epsilon", value);
    };
  };
  EXPECT_TRUE(check_model(made(epsilon(1e-5F))));
  EXPECT_TRUE(check_model(
      made([](GgufWriter& w) { sound_model(w), w.set_f32("llama.kda.gate_lower_bound", NAN); })));
  const Case cases[] = {
      {"NaN", epsilon(NAN), Code::Corrupt, "rms_epsilon\": expected a finite number"},
      {"frequency", [](GgufWriter& w) { sound_model(w), w.set_f32("llama.rope.freq_base", NAN); },
       Code::Corrupt, "finite"},
      {"infinite", epsilon(-std::numeric_limits<float>::infinity()), Code::Corrupt, "finite"},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(ModelCheck, SaysHowItReadsText) {
  const auto tokenizer = [](const Fill& more) {
    return [more](GgufWriter& w) {
      w.set_text("general.architecture", "x");
      w.set_u32("x.context_length", 1);
      w.set_u32("x.embedding_length", 64);
      w.set_u32("x.block_count", 1);
      more(w), add_weights(w);
    };
  };
  const Case cases[] = {
      {"absent", tokenizer([](GgufWriter&) {}), Code::Corrupt,
       "key \"tokenizer.ggml.model\" is missing"},
      {"number", tokenizer([](GgufWriter& w) { w.set_u32("tokenizer.ggml.model", 1); }),
       Code::Corrupt, "expected a string, got u32"},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(ModelCheck, NumbersOfLayersMatchTheLayers) {
  const auto heads = [](std::vector<std::uint32_t> per_layer) {
    return [per_layer](GgufWriter& w) {
      set_llama(w, 2);
      w.set_u32s("llama.attention.head_count_kv", per_layer);
      add_weights(w);
    };
  };
  EXPECT_TRUE(check_model(made(heads({4, 0}))));
  const Case cases[] = {
      {"too few", heads({4}), Code::Corrupt, "expected a number for each of 2 layers, got 1"},
      {"too many", heads({4, 4, 4}), Code::Corrupt, "got 3"},
      {"huge", heads({4, 65'537}), Code::Corrupt, "layer 1: expected a number of at most 65536"},
      {"scalar huge",
       [](GgufWriter& w) {
         set_llama(w), w.set_u32("llama.attention.head_count", 65'537), add_weights(w);
       },
       Code::Corrupt, "expected a number of at most 65536"},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(ModelCheck, TokenArraysBelongTogether) {
  const auto tokens = [](const Fill& more) {
    return [more](GgufWriter& w) { sound_model(w), more(w); };
  };
  const std::vector<float> scores(9);
  const std::vector<std::int32_t> types(11);
  const Case cases[] = {
      {"scores", tokens([&](auto& w) { w.set_f32s("tokenizer.ggml.scores", scores); }),
       Code::Corrupt, "key \"tokenizer.ggml.scores\": has 9 items for 10 tokens"},
      {"types", tokens([&](auto& w) { w.set_i32s("tokenizer.ggml.token_type", types); }),
       Code::Corrupt, "has 11 items for 10 tokens"},
      {"scores of another type",
       tokens([&](auto& w) { w.set_i32s("tokenizer.ggml.scores", types); }), Code::Corrupt,
       "expected an array of f32"},
      {"bos", tokens([](auto& w) { w.set_u32("tokenizer.ggml.bos_token_id", 10); }), Code::Corrupt,
       "token 10 of a vocabulary of 10"},
      {"eos text", tokens([](auto& w) { w.set_text("tokenizer.ggml.eos_token_id", "2"); }),
       Code::Corrupt, "expected a number"},
      {"template", tokens([](auto& w) { w.set_u32("tokenizer.chat_template", 1); }), Code::Corrupt,
       "expected a string"},
      {"template past the limit",
       tokens([](auto& w) { w.set_text("tokenizer.chat_template", std::string(1048577, ' ')); }),
       Code::Unsupported, "has 1048577 bytes, at most 1048576"},
      {"no tokens", [](GgufWriter& w) { set_llama(w), set_tokens(w, 0), add_weights(w); },
       Code::Corrupt, "not empty"},
  };
  for (const Case& c : cases) expect_refused(c);
  EXPECT_TRUE(check_model(made(tokens([](auto& w) {
    w.set_u32("tokenizer.ggml.bos_token_id", 9);
    w.set_u32("tokenizer.ggml.padding_token_id", 0xFFFFFFFF);
    w.set_text("tokenizer.chat_template", std::string(1048576, ' '));
  }))));
}

void sound_adapter(GgufWriter& w) {
  set_lora(w);
  add(w, "blk.0.attn_q.weight.lora_a", DType::F32, {64, 4});
  add(w, "blk.0.attn_q.weight.lora_b", DType::F32, {4, 32});
}

TEST(ModelCheck, AcceptsASoundAdapter) {
  EXPECT_EQ(check_model_file(made(sound_adapter)).value(), ModelFileKind::Adapter);
  EXPECT_EQ(check_model(made(sound_adapter)).error().code, Code::InvalidArgument);
}

TEST(ModelCheck, RefusesBrokenAdapters) {
  const auto pair = [](std::vector<std::uint64_t> a, std::vector<std::uint64_t> b) {
    return [=](GgufWriter& w) {
      set_lora(w);
      add(w, "x.weight.lora_a", DType::F32, a);
      add(w, "x.weight.lora_b", DType::F32, b);
    };
  };
  const auto alpha = [](float value) {
    return [value](GgufWriter& w) {
      w.set_text("general.type", "adapter");
      w.set_text("general.architecture", "llama");
      w.set_text("adapter.type", "lora");
      w.set_f32("adapter.lora.alpha", value);
      add_weights(w);
    };
  };
  const Case cases[] = {
      {"alpha infinite", alpha(std::numeric_limits<float>::infinity()), Code::Corrupt,
       "expected a finite f32"},
      {"alpha NaN", alpha(NAN), Code::Corrupt, "expected a finite f32"},
      {"no kind",
       [](GgufWriter& w) {
         w.set_text("general.type", "adapter");
         w.set_text("general.architecture", "llama");
         add_weights(w);
       },
       Code::Unsupported, "expected \"lora\", got \"\""},
      {"ranks differ", pair({64, 4}, {8, 32}), Code::Corrupt, "has rank 4, its .lora_b has rank 8"},
      {"rank past the limit", pair({8, 65'537}, {65'537, 8}), Code::Unsupported, "rank 65537"},
      {"b alone", [](GgufWriter& w) { set_lora(w), add(w, "x.weight.lora_b", DType::F32, {4, 8}); },
       Code::Corrupt, "has no .lora_a beside it"},
      {"a alone", [](GgufWriter& w) { set_lora(w), add(w, "x.weight.lora_a", DType::F32, {8, 4}); },
       Code::Corrupt, "has no .lora_b beside it"},
      {"stranger", [](GgufWriter& w) { sound_adapter(w), add(w, "x", DType::F32, {8}); },
       Code::Corrupt, "ends in .lora_a or .lora_b"},
      {"nothing in it", [](GgufWriter& w) { set_lora(w); }, Code::Unsupported, "no tensors"},
  };
  for (const Case& c : cases) expect_refused(c);
  EXPECT_TRUE(check_adapter(made(pair({8, 65'536}, {65'536, 8}))));
}

TEST(ModelCheck, AdapterMustFitTheModel) {
  const Gguf model = made(sound_model);
  EXPECT_TRUE(check_adapter_fits(made(sound_adapter), model));
  const Case cases[] = {
      {"architecture",
       [](GgufWriter& w) {
         w.set_text("general.type", "adapter");
         w.set_text("general.architecture", "qwen3");
         w.set_text("adapter.type", "lora");
         add(w, "x.lora_a", DType::F32, {8});
       },
       Code::InvalidArgument, "it is for \"qwen3\" models, this is a \"llama\" model"},
      {"name",
       [](GgufWriter& w) {
         set_lora(w);
         add(w, "blk.7.attn_q.weight.lora_a", DType::F32, {64, 4});
         add(w, "blk.7.attn_q.weight.lora_b", DType::F32, {4, 32});
       },
       Code::InvalidArgument, "the model has nothing of that name"},
      {"shape",
       [](GgufWriter& w) {
         set_lora(w);
         add(w, "blk.0.attn_q.weight.lora_a", DType::F32, {64, 4});
         add(w, "blk.0.attn_q.weight.lora_b", DType::F32, {4, 64});
       },
       Code::InvalidArgument, "is made for 64x64, the model's is 64x32"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Result<void> fits = check_adapter_fits(made(c.fill), model);
    ASSERT_FALSE(fits);
    EXPECT_EQ(fits.error().code, c.code);
    EXPECT_THAT(fits.error().text, HasSubstr(c.text));
    EXPECT_FALSE(fits.error().hint.empty());
  }
}

TEST(ModelCheck, EmbeddingPairsAreFlipped) {
  const Gguf model = made(sound_model);
  const Gguf adapter = made([](GgufWriter& w) {
    set_lora(w);
    add(w, "token_embd.weight.lora_a", DType::F32, {4, 10});
    add(w, "token_embd.weight.lora_b", DType::F32, {4, 64});
  });
  ASSERT_TRUE(check_adapter(adapter)) << check_adapter(adapter).error().text;
  EXPECT_TRUE(check_adapter_fits(adapter, model));
}

TEST(ModelCheck, ProjectorsAreKnown) {
  EXPECT_EQ(check_model_file(made([](GgufWriter& w) {
              w.set_text("general.architecture", "clip");
              add_weights(w);
            })).value(),
            ModelFileKind::Projector);
}

}  // namespace
}  // namespace tegula::tensor
