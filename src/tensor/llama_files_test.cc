// The vocabulary files that come with llama.cpp's source: read by us, made by others.
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/model_check.h"

namespace tegula::tensor {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace tegula::tensor
