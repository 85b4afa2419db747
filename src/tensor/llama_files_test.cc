// The vocabulary files that come with llama.cpp's source: read by us, made by others.
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/gguf_tokenizer.h"
#include "tensor/hf_test_model.h"
#include "tensor/model_check.h"
#include "tensor/tokenizer_files.h"

namespace tegula::tensor {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<std::filesystem::path> vocabulary_files() {
  const char* source = std::getenv("TEGULA_LLAMA_SOURCE");
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(source) / "models"))
    if (entry.path().extension() == ".gguf") paths.push_back(entry.path());
  return paths;
}

TEST(LlamaFiles, VocabulariesAreReadAndRefusedAsSuch) {
  const std::vector<std::filesystem::path> paths = vocabulary_files();
  EXPECT_GE(paths.size(), 15U);
  for (const std::filesystem::path& path : paths) {
    SCOPED_TRACE(path.filename().string());
    const std::unique_ptr<os::File> file = os::PosixFileSystem().open(path).value();
    const FileSource source = FileSource::open(*file).value();
    const Result<Gguf> gguf = read_gguf(source);
    const Error error = gguf ? check_model_file(*gguf).error() : gguf.error();
    EXPECT_EQ(error.code, Code::Unsupported) << error.text;
    // One of them is of version 2, which is refused, but named for what it is.
    EXPECT_THAT(error.text, AnyOf(HasSubstr("this is a vocabulary only"),
                                  HasSubstr("GGUF version 2 is not read, only version 3; this one "
                                            "has no tensors, only a vocabulary")));
    if (!gguf) continue;
    const GgufValue* tokens = gguf->find("tokenizer.ggml.tokens");
    ASSERT_NE(tokens, nullptr);
    EXPECT_EQ(read_strings(source, *tokens)->size(), tokens->count);
    EXPECT_EQ(gguf->metadata_bytes(), source.size());
  }
}

// Through Hugging Face's files and back, whatever of them can be.
TEST(LlamaFiles, TokenizersAreTheSameAfterHuggingFacesFiles) {
  std::vector<std::string> done;
  for (const std::filesystem::path& path : vocabulary_files()) {
    SCOPED_TRACE(path.filename().string());
    const std::unique_ptr<os::File> file = os::PosixFileSystem().open(path).value();
    const FileSource source = FileSource::open(*file).value();
    const Result<Gguf> gguf = read_gguf(source);
    if (!gguf) continue;
    const Result<Tokenizer> was = read_gguf_tokenizer(*gguf, source);
    if (!was) {
      EXPECT_EQ(was.error().code, Code::Unsupported) << was.error().text;
      continue;
    }
    const Result<std::vector<TextFile>> files = tokenizer_files(*was, {});
    if (!files) {  // one file marks ids without a token as unknown
      EXPECT_EQ(files.error().code, Code::Unsupported) << files.error().text;
      continue;
    }
    HfTestFolder folder;
    for (const TextFile& each : *files) folder.put(each.name, bytes_of(each.text));
    const Result<Tokenizer> is =
        read_tokenizer(folder.fs(), folder.path(), codec::Json::object(), was->tokens.size());
    ASSERT_TRUE(is) << is.error().text;
    EXPECT_EQ(is->model, was->model);
    EXPECT_EQ(is->pre, was->pre);
    EXPECT_TRUE(is->tokens == was->tokens);
    EXPECT_TRUE(is->types == was->types);
    EXPECT_TRUE(is->scores == was->scores);
    EXPECT_TRUE(is->merges == was->merges);
    EXPECT_EQ(is->bos, was->bos);
    EXPECT_EQ(is->eos, was->eos);
    EXPECT_EQ(is->add_bos, was->add_bos);
    done.push_back(path.stem().string());
  }
  EXPECT_THAT(
      done, UnorderedElementsAre("ggml-vocab-baichuan", "ggml-vocab-gpt-2", "ggml-vocab-llama-bpe",
                                 "ggml-vocab-llama-spm", "ggml-vocab-qwen2", "ggml-vocab-qwen35"));
}

}  // namespace
}  // namespace tegula::tensor
