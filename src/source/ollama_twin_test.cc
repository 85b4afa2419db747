#include "source/ollama_twin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/golden_file.h"
#include "content/pack_files.h"
#include "content/temporary_store.h"
#include "source/foreign_store.h"
#include "source/oci_model.h"
#include "source/ollama_folder.h"
#include "source/ollama_manifest.h"

namespace tegula::source {
namespace {

using content::Digest;
using content::named;
using content::RuntimeSettings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kModel = "tiny-1M-v1.0-Q8_0.gguf";

RuntimeSettings sample_settings() {
  RuntimeSettings out;
  out.model = kModel;
  out.system = "Be kind.";
  out.requires_version = "0.5.0";
  out.messages = {{"user", "hi"}, {"assistant", "hello"}};
  out.parameters = {{"num_ctx", std::int64_t{4096}},
                    {"stop", std::vector<std::string>{"<end>", "###"}},
                    {"temperature", 0.7},
                    {"top_p", 1.0},
                    {"use_mmap", false}};
  return out;
}

class OllamaTwinTest : public ::testing::Test {
 protected:
  // A pack with these settings, and an adapter.
  Digest pack(const RuntimeSettings& settings) {
    content::PackFiles files = content::sample_files();
    files[0].second = settings.encode();
    files.emplace_back("lora.gguf", "GGUF lora");
    files.emplace_back("more.gguf", "GGUF more");
    const auto lease = t.store.lease().value();
    return content::put_pack(t.store, files, *lease).value();
  }

  Result<OllamaTwin> twin(const RuntimeSettings& settings) {
    return make_ollama_twin(pack(settings), t.store, t.progress, Stop());
  }

  content::TemporaryStore t;
};

TEST_F(OllamaTwinTest, HasFixedBytes) {
  RuntimeSettings settings = sample_settings();
  settings.adapters = {{"lora.gguf", 1.0}};
  const OllamaTwin made = twin(settings).value();
  content::expect_golden("manifest/ollama_twin.json", made.manifest + "\n");
  content::expect_golden("manifest/ollama_twin_config.json", made.config.bytes + "\n");
  EXPECT_THAT(made.left_out, IsEmpty());
}

TEST_F(OllamaTwinTest, SharesThePacksBlobs) {
  const OllamaTwin made = twin(sample_settings()).value();
  const std::string weights = content::sample_files()[1].second;
  EXPECT_EQ(made.layers.front().blob.digest, Digest::of(bytes_of(weights)));
  EXPECT_TRUE(made.layers.front().is_of_pack);
  for (const OllamaTwin::Part* part : made.parts()) {
    if (!part->is_of_pack) {
      EXPECT_EQ(part->blob.digest, Digest::of(bytes_of(part->bytes)));
    }
  }
}

TEST_F(OllamaTwinTest, IsReadAsWhatThePackSays) {
  const RuntimeSettings settings = sample_settings();
  const OllamaTwin made = twin(settings).value();
  RemoteModel model = model_in_manifest(made.manifest, "tiny").value();
  const std::vector<RemoteText> texts = model.texts;
  for (const RemoteText& text : texts) {
    for (const OllamaTwin::Part* part : made.parts()) {
      if (part->blob.digest != text.blob.digest) continue;
      ASSERT_TRUE(add_text(text, part->bytes, model));
    }
  }
  EXPECT_EQ(model.system, settings.system);
  EXPECT_EQ(model.messages, settings.messages);
  EXPECT_EQ(model.parameters, settings.parameters);
  EXPECT_THAT(model.licenses, ElementsAre("Apache-2.0"));
  EXPECT_EQ(model.chat_template, "");
  EXPECT_EQ(parse_ollama_config(made.config.bytes)->requires_version, "0.5.0");
}

TEST_F(OllamaTwinTest, NamesWhatIsLeftOut) {
  RuntimeSettings settings = sample_settings();
  settings.chat_template = "chat_template.jinja";
  settings.draft = "more.gguf";
  settings.parameters["own_idea"] = true;
  EXPECT_THAT(twin(settings)->left_out,
              ElementsAre("its draft model", HasSubstr("Jinja"), "its parameter own_idea"));
}

TEST_F(OllamaTwinTest, HasTheGoTemplateThatThePackHas) {
  RuntimeSettings settings = sample_settings();
  settings.chat_template = "chat_template.jinja";
  content::PackFiles files = content::sample_files();
  files[0].second = settings.encode();
  files.emplace_back(content::kGoTemplateFile, "{{ .Prompt }}");
  const auto lease = t.store.lease().value();
  const Digest with = content::put_pack(t.store, files, *lease).value();
  const OllamaTwin made = make_ollama_twin(with, t.store, t.progress, Stop()).value();
  EXPECT_THAT(made.left_out, IsEmpty());
  EXPECT_EQ(made.layers[1].media_type, "application/vnd.ollama.image.template");
  EXPECT_EQ(made.layers[1].blob.digest, Digest::of(bytes_of("{{ .Prompt }}")));
}

TEST_F(OllamaTwinTest, RefusesWhatWouldAnswerOtherwise) {
  struct Case {
    std::function<void(RuntimeSettings&)> change;
    Code code;
    const char* says;
  };
  for (const Case& c : std::vector<Case>{
           {[](auto& s) { s.model = "model.safetensors"; }, Code::Unsupported, "GGUF"},
           {[](auto& s) { s.model = "gone.gguf"; }, Code::Corrupt, "gone.gguf"},
           {[](auto& s) { s.adapters = {{"lora.gguf", 0.5}}; }, Code::Unsupported, "scale 0.5"},
           {[](auto& s) { s.adapters = {{"lora.gguf", 1.0}, {"more.gguf", 1.0}}; },
            Code::Unsupported, "2 adapters"}}) {
    RuntimeSettings settings = sample_settings();
    c.change(settings);
    const auto made = twin(settings);
    ASSERT_FALSE(made) << c.says;
    EXPECT_EQ(made.error().code, c.code);
    EXPECT_THAT(made.error().text, HasSubstr(c.says));
  }
}

TEST_F(OllamaTwinTest, MakesAFolderThatOllamaReads) {
  RuntimeSettings settings = sample_settings();
  settings.adapters = {{"lora.gguf", 1.0}};
  const os::Path folder = t.outside("models");
  const auto write = [&](std::string_view name) {
    return export_ollama(pack(settings), named(name), t.store, {t.fs, folder}, t.progress, Stop());
  };
  const OllamaExport first = write("tiny:v1").value();
  EXPECT_EQ(first.name, "tiny:v1");
  EXPECT_EQ(write("example.org/team/tiny:v2")->name, "example.org/team/tiny:v2");
  EXPECT_EQ(write("tiny:v1")->already_there, first.blobs);
  EXPECT_EQ(write("a/b/c").error().code, Code::Unsupported);
  const std::vector stores = {ForeignStore{ForeignKind::Ollama, folder}};
  const ForeignModel model = find_model(t.fs, stores, "ollama/tiny:v1").value();
  EXPECT_EQ(model.revision, first.digest.str());
  EXPECT_EQ(model.system, settings.system);
  EXPECT_EQ(model.messages, settings.messages);
  EXPECT_EQ(model.parameters, settings.parameters);
  EXPECT_EQ(model.requires_version, settings.requires_version);
  ASSERT_EQ(model.files.size(), 2U);
  EXPECT_EQ(content::slurp(model.files[0].path), content::sample_files()[1].second);
  EXPECT_EQ(content::slurp(model.files[1].path), "GGUF lora");
  EXPECT_TRUE(find_model(t.fs, stores, "ollama/example.org/team/tiny:v2"));
}

}  // namespace
}  // namespace tegula::source
