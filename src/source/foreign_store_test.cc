#include "source/foreign_store.h"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "os/temporary_folder.h"

namespace tegula::source {
namespace {

namespace stdfs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kCommit = "0123456789abcdef0123456789abcdef01234567";

void write(const os::Path& path, std::string_view text) {
  stdfs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

void link(const os::Path& from, const os::Path& to) {
  stdfs::create_directories(from.parent_path());
  stdfs::create_symlink(to, from);
}

std::string hex_of(std::string_view text) { return content::Digest::of(bytes_of(text)).hex(); }

std::vector<std::string> names_of(const ForeignListing& listing) {
  std::vector<std::string> names;
  for (const ForeignEntry& entry : listing.models) names.push_back(entry.name);
  return names;
}

// A user's home with stores in it.
class ForeignStores : public ::testing::Test {
 protected:
  os::Path hub() const { return home_.path() / ".cache" / "huggingface" / "hub"; }
  os::Path ollama() const { return home_.path() / ".ollama" / "models"; }
  os::Path lm_studio() const { return home_.path() / ".lmstudio" / "models"; }

  // As the hub's client does it: the file is a blob, the snapshot a link to it.
  void add_hugging_face(const std::string& folder, const std::string& file,
                        const std::string& text) {
    const os::Path repository = hub() / folder;
    write(repository / "blobs" / hex_of(text), text);
    link(repository / "snapshots" / kCommit / file, os::Path("../../blobs") / hex_of(text));
    write(repository / "refs" / "main", kCommit);
  }

  std::string add_blob(const std::string& text) {
    write(ollama() / "blobs" / ("sha256-" + hex_of(text)), text);
    return text;
  }

  static std::string layer(std::string_view kind, std::string_view text) {
    return fmt::format(
        R"({{"mediaType":"application/vnd.ollama.image.{}","digest":"sha256:{}","size":{}}})", kind,
        hex_of(text), text.size());
  }

  void add_manifest(const std::string& name, const std::string& layers,
                    const std::string& config = "{}") {
    add_blob(config);
    write(ollama() / "manifests" / name,
          fmt::format(R"({{"config":{},"layers":[{}]}})", layer("x", config), layers));
  }

  void add_ollama_model(const std::string& name) {
    add_manifest(name, layer("model", add_blob("GGUF weights")) + "," +
                           layer("template", add_blob("{{ .Prompt }}")) + "," +
                           layer("system", add_blob("Be kind.")) + "," +
                           layer("params", add_blob(R"({"stop":["x"],"temperature":1})")) + "," +
                           layer("messages", add_blob(R"([{"role":"user","content":"hi"}])")) +
                           "," + layer("license", add_blob("MIT")) + "," +
                           layer("adapter", add_blob("adapter one")) + "," +
                           layer("adapter", add_blob("adapter two")));
  }

  std::vector<ForeignStore> stores() const {
    return foreign_stores(home_.path(), os::Environment(variables_));
  }

  Result<ForeignModel> find(std::string_view name) const { return find_model(fs_, stores(), name); }

  ForeignListing list(ForeignKind kind) const {
    for (const ForeignStore& store : stores())
      if (store.kind == kind) return list_models(fs_, store).value();
    ADD_FAILURE() << "no such store";
    return {};
  }

  os::TemporaryFolder home_;
  os::PosixFileSystem fs_;
  os::Environment::Variables variables_;
};

TEST_F(ForeignStores, AreWhereTheirProgramsPutThem) {
  EXPECT_THAT(stores(), IsEmpty());
  for (const os::Path& path : {hub(), ollama(), lm_studio()}) stdfs::create_directories(path);
  ASSERT_EQ(stores().size(), 3U);
  EXPECT_EQ(stores()[0].root, hub());

  const os::Path moved = home_ / "elsewhere";
  stdfs::create_directories(moved / "hub");
  variables_ = {{"HF_HOME", moved.native()}, {"OLLAMA_MODELS", moved.native()}};
  EXPECT_EQ(stores()[0].root, moved / "hub");
  EXPECT_EQ(stores()[1].root, moved);
  variables_["HF_HUB_CACHE"] = moved.native();
  EXPECT_EQ(stores()[0].root, moved);
}

TEST_F(ForeignStores, KnowTheirNames) {
  for (const char* name : {"hf/a/b", "hf/a/b:Q4_K_M", "ollama/llama3.2", "ollama/h:5000/n/m:t",
                           "lmstudio/p/r:file.gguf"})
    EXPECT_TRUE(is_foreign_name(name)) << name;
  for (const char* name : {"hf", "hfx/a", "llama3.2", "ollama:latest", "", "hf/a/b:"})
    EXPECT_FALSE(is_foreign_name(name)) << name;
  EXPECT_EQ(find("starter").error().code, Code::InvalidArgument);
}

TEST_F(ForeignStores, HuggingFaceModelIsFoundInPlace) {
  add_hugging_face("models--org--repo", "x-Q4_0.gguf", "GGUF one");
  const auto model = find("hf/org/repo");
  ASSERT_TRUE(model) << model.error().text;
  EXPECT_EQ(model->name, "hf/org/repo:x-Q4_0.gguf");
  EXPECT_EQ(model->revision, kCommit);
  ASSERT_EQ(model->files.size(), 1U);
  const ForeignFile& file = model->files[0];
  EXPECT_EQ(file.name, "x-Q4_0.gguf");
  EXPECT_EQ(file.path,
            stdfs::canonical(hub() / "models--org--repo" / "blobs" / hex_of("GGUF one")));
  EXPECT_EQ(file.bytes, 8U);
  EXPECT_EQ(file.stated, content::Digest::of(bytes_of("GGUF one")));
}

TEST_F(ForeignStores, HuggingFaceChoosesAmongFiles) {
  add_hugging_face("models--org--repo", "x-Q4_0.gguf", "GGUF one");
  add_hugging_face("models--org--repo", "x-Q8_0.gguf", "GGUF two");
  add_hugging_face("models--org--repo", "mmproj-F16.gguf", "GGUF eyes");
  add_hugging_face("models--gpt2", "gpt2.gguf", "GGUF old");
  add_hugging_face("models--org--torch", "model.safetensors", "not for us");
  EXPECT_EQ(find("hf/org/repo").error().code, Code::InvalidArgument);
  const auto model = find("hf/org/repo:q8_0");
  ASSERT_TRUE(model) << model.error().text;
  ASSERT_EQ(model->files.size(), 2U);
  EXPECT_EQ(model->files[0].name, "x-Q8_0.gguf");
  EXPECT_EQ(model->files[1].role, ForeignRole::Projector);
  EXPECT_TRUE(find("hf/gpt2"));
  EXPECT_EQ(find("hf/org/torch").error().code, Code::NotFound);
  EXPECT_EQ(find("hf/org/absent").error().code, Code::NotFound);
  const ForeignListing listing = list(ForeignKind::HuggingFace);
  EXPECT_THAT(names_of(listing),
              ElementsAre("hf/gpt2", "hf/org/repo:x-Q4_0.gguf", "hf/org/repo:x-Q8_0.gguf"));
  EXPECT_THAT(listing.problems, IsEmpty());
}

TEST_F(ForeignStores, HuggingFaceRevisionMustBeKnown) {
  add_hugging_face("models--org--repo", "x.gguf", "GGUF one");
  const os::Path repository = hub() / "models--org--repo";
  stdfs::remove(repository / "refs" / "main");
  EXPECT_TRUE(find("hf/org/repo"));  // there is one only
  stdfs::create_directories(repository / "snapshots" / std::string(40, 'f'));
  EXPECT_EQ(find("hf/org/repo").error().code, Code::NotFound);
  write(repository / "refs" / "main", "../../../../etc");
  EXPECT_EQ(find("hf/org/repo").error().code, Code::Corrupt);
  write(repository / "refs" / "main", std::string(kCommit) + "\n");
  EXPECT_TRUE(find("hf/org/repo"));
}

TEST_F(ForeignStores, LinksThatLeaveTheStoreAreRefused) {
  const os::Path secret = home_ / "secret.gguf";
  write(secret, "GGUF secret");
  add_hugging_face("models--org--repo", "x.gguf", "GGUF one");
  link(hub() / "models--org--repo" / "snapshots" / kCommit / "y.gguf", secret);
  const auto model = find("hf/org/repo:y.gguf");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::Corrupt);
  EXPECT_THAT(model.error().text, HasSubstr("is a link out of the folder"));
  EXPECT_EQ(list(ForeignKind::HuggingFace).problems.size(), 1U);

  link(lm_studio() / "p" / "r" / "z.gguf", secret);
  EXPECT_EQ(find("lmstudio/p/r").error().code, Code::Corrupt);

  add_ollama_model("registry.ollama.ai/library/m/latest");
  const os::Path blob = ollama() / "blobs" / ("sha256-" + hex_of("GGUF weights"));
  stdfs::remove(blob);
  write(home_ / "weights", "GGUF weights");
  link(blob, home_ / "weights");
  EXPECT_EQ(find("ollama/m").error().code, Code::Corrupt);
}

TEST_F(ForeignStores, NamesCannotLeaveTheStore) {
  for (const os::Path& path : {hub(), ollama(), lm_studio()}) stdfs::create_directories(path);
  write(home_.path() / ".lmstudio" / "secret" / "x.gguf", "GGUF");
  for (const char* name : {"lmstudio/../secret", "lmstudio/p/../../secret", "hf/../x", "hf/a/b/c",
                           "hf/a--b/c", "ollama/../../x", "ollama/a/b/c/d", "ollama/m:..",
                           "ollama/m:a\\b", "hf/a/.b", "hf//b", "lmstudio/p"}) {
    const auto model = find(name);
    ASSERT_FALSE(model) << name;
    EXPECT_EQ(model.error().code, Code::InvalidArgument) << name << ": " << model.error().text;
  }
  stdfs::create_directories(lm_studio() / "p" / "r");
  EXPECT_EQ(find("lmstudio/p/r:../../../x.gguf").error().code, Code::InvalidArgument);
  EXPECT_EQ(find("lmstudio/p/r:..").error().code, Code::NotFound);
}

TEST_F(ForeignStores, OllamaModelSaysHowToRun) {
  add_ollama_model("registry.ollama.ai/library/m/latest");
  const auto model = find("ollama/m");
  ASSERT_TRUE(model) << model.error().text;
  EXPECT_EQ(model->name, "ollama/m:latest");
  EXPECT_EQ(model->go_template, "{{ .Prompt }}");
  EXPECT_EQ(model->system, "Be kind.");
  EXPECT_EQ(model->parameters.at("temperature"), content::Parameter(1.0));
  EXPECT_EQ(model->messages[0].content, "hi");
  EXPECT_THAT(model->licenses, ElementsAre("MIT"));
  ASSERT_EQ(model->files.size(), 3U);
  EXPECT_EQ(model->files[0].role, ForeignRole::Model);
  EXPECT_EQ(model->files[0].name, "m.gguf");
  EXPECT_EQ(model->files[0].stated, content::Digest::of(bytes_of("GGUF weights")));
  EXPECT_EQ(model->files[1].name, "m-adapter.gguf");
  EXPECT_EQ(model->files[2].name, "m-adapter-2.gguf");
  EXPECT_TRUE(model->revision.starts_with("sha256:"));
}

TEST_F(ForeignStores, OllamaNamesHaveDefaults) {
  add_ollama_model("registry.ollama.ai/library/m/1b");
  add_ollama_model("registry.ollama.ai/me/m/latest");
  add_ollama_model("example.org:5000/team/m/v2");
  EXPECT_TRUE(find("ollama/m:1b"));
  EXPECT_TRUE(find("ollama/library/m:1b"));
  EXPECT_EQ(find("ollama/me/m")->name, "ollama/me/m:latest");
  EXPECT_TRUE(find("ollama/example.org:5000/team/m:v2"));
  EXPECT_EQ(find("ollama/m").error().code, Code::NotFound);
  EXPECT_THAT(
      names_of(list(ForeignKind::Ollama)),
      ElementsAre("ollama/example.org:5000/team/m:v2", "ollama/m:1b", "ollama/me/m:latest"));
}

TEST_F(ForeignStores, OllamaStoreIsNotTrusted) {
  const os::Path blobs = ollama() / "blobs";
  const auto break_and_find = [&](std::string_view text, std::string_view instead) {
    add_ollama_model("registry.ollama.ai/library/m/latest");
    write(blobs / ("sha256-" + hex_of(text)), instead);
    return find("ollama/m").error();
  };
  const Error changed = break_and_find("Be kind.", "Be evil.");
  EXPECT_EQ(changed.code, Code::Corrupt);
  EXPECT_THAT(changed.text, HasSubstr("want sha256:" + hex_of("Be kind.")));
  EXPECT_THAT(changed.text, HasSubstr("got sha256:" + hex_of("Be evil.")));
  EXPECT_THAT(break_and_find("GGUF weights", "GGUF").text,
              HasSubstr("has 4 bytes, the manifest says 12"));
  EXPECT_EQ(list(ForeignKind::Ollama).problems.size(), 1U);

  add_ollama_model("registry.ollama.ai/library/m/latest");
  stdfs::remove(blobs / ("sha256-" + hex_of("GGUF weights")));
  EXPECT_EQ(find("ollama/m").error().code, Code::NotFound);
  write(ollama() / "manifests" / "registry.ollama.ai/library/m/latest", "{");
  EXPECT_EQ(find("ollama/m").error().code, Code::Corrupt);
}

TEST_F(ForeignStores, TextsHaveALimit) {
  const std::string longest(limits::kForeignTextBytesMax, 'x');
  const std::string model = layer("model", add_blob("GGUF weights"));
  add_manifest("registry.ollama.ai/library/m/latest",
               model + "," + layer("system", add_blob(longest)));
  EXPECT_TRUE(find("ollama/m"));
  add_manifest("registry.ollama.ai/library/m/latest",
               model + "," + layer("system", add_blob(longest + "x")));
  EXPECT_EQ(find("ollama/m").error().code, Code::Exhausted);
  write(ollama() / "manifests" / "registry.ollama.ai/library/m/latest",
        std::string(limits::kManifestBytesMax + 1, ' '));
  EXPECT_EQ(find("ollama/m").error().code, Code::Exhausted);
}

TEST_F(ForeignStores, LmStudioModelIsFoundInPlace) {
  write(lm_studio() / "pub" / "repo" / "x-Q4_K_M.gguf", "GGUF one");
  write(lm_studio() / "pub" / "repo" / "x-Q8_0.gguf", "GGUF two");
  write(lm_studio() / "pub" / "other" / "y.gguf", "GGUF three");
  write(lm_studio() / "pub" / "stray.gguf", "GGUF four");
  const auto model = find("lmstudio/pub/repo:q4_k_m");
  ASSERT_TRUE(model) << model.error().text;
  EXPECT_EQ(model->files[0].name, "x-Q4_K_M.gguf");
  EXPECT_FALSE(model->files[0].stated);
  EXPECT_THAT(names_of(list(ForeignKind::LmStudio)),
              ElementsAre("lmstudio/pub/other", "lmstudio/pub/repo:x-Q4_K_M.gguf",
                          "lmstudio/pub/repo:x-Q8_0.gguf"));
}

TEST_F(ForeignStores, SecondFolderOfAKindIsSearchedToo) {
  stdfs::create_directories(lm_studio());
  write(home_.path() / ".cache" / "lm-studio" / "models" / "p" / "r" / "x.gguf", "GGUF");
  EXPECT_TRUE(find("lmstudio/p/r"));
}

}  // namespace
}  // namespace tegula::source
