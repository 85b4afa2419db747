#include "build/builder.h"

#include <gtest/gtest.h>

#include "build/pack.h"
#include "build/sample_build_test.h"
#include "content/annotation.h"
#include "tensor/gguf_writer.h"
#include "tensor/model_test_files.h"

namespace tegula::build {
namespace {

// A store in a temporary folder, and a folder with Modelfiles beside it.
class Builder : public ::testing::Test {
 protected:
  Builder() { EXPECT_TRUE(os::make_folders(disk_.fs, source())); }

  os::Path source() const { return disk_.outside("source"); }

  void write(const std::string& name, ByteView bytes) {
    ASSERT_TRUE(os::write_durably(disk_.fs, source() / name, bytes));
  }

  void write_model(const std::string& name, const std::string& title = "Tiny") {
    tensor::GgufWriter writer;
    tensor::set_llama(writer);
    writer.set_text("general.name", title);
    writer.set_text("general.license", "apache-2.0");
    tensor::set_tokens(writer);
    tensor::add_weights(writer);
    write(name, tensor::zero_file(writer));
  }

  void write_adapter(const std::string& name, std::uint64_t width = 64) {
    tensor::GgufWriter writer;
    tensor::set_lora(writer);
    tensor::add(writer, "blk.0.attn_q.weight.lora_a", tensor::DType::F32, {width, 4});
    tensor::add(writer, "blk.0.attn_q.weight.lora_b", tensor::DType::F32, {4, 32});
    write(name, tensor::zero_file(writer));
  }

  // A build of one target: its pack, and the lock.
  struct Built : BuiltPack {
    Lock lock;
  };
  static Result<Built> only(Result<BuildResult> built) {
    BuildResult result = TRY(std::move(built));
    EXPECT_EQ(result.packs.size(), 1U);
    return Built{std::move(result.packs[0]), std::move(result.lock)};
  }

  Result<BuildResult> build_all(std::string_view text, const std::string& name = "m") {
    return build(sample_request(text, source(), name), context());
  }

  Result<Built> build_text(std::string_view text, const std::string& name = "m") {
    return only(build_all(text, name));
  }

  BuildContext context() { return sample_context(disk_, source()); }

  content::RuntimeSettings settings(const content::Digest& digest) {
    return content::RuntimeSettings::parse(text(digest, "tegula.json")).value();
  }

  std::string text(const content::Digest& digest, std::string_view path) {
    return text_of_layer(disk_, digest, path);
  }

  content::TemporaryStore disk_;
};

TEST_F(Builder, KeepsTheGoTemplateBesideItsJinja) {
  write_model("m.gguf");
  const Built built = build_text("FROM ./m.gguf\nTEMPLATE \"{{ .Prompt }}!\"\n").value();
  EXPECT_EQ(text(built.digest, "template.gotmpl"), "{{ .Prompt }}!");
  EXPECT_NE(text(built.digest, "chat_template.jinja"), "{{ .Prompt }}!");
  // It goes with the template that was made from it, and the pack's own Modelfile makes both.
  const Built on_it = build_text("FROM m\nSYSTEM hi\n", "n").value();
  EXPECT_EQ(text(on_it.digest, "template.gotmpl"), "{{ .Prompt }}!");
  EXPECT_EQ(build_text(text(built.digest, "Modelfile"), "again")->digest, built.digest);
  const Built jinja =
      build_text("FROM m\nTEMPLATE \"{% for m in messages %}{% endfor %}\"\n", "j").value();
  EXPECT_EQ(content::find_layer(disk_.store.read_manifest(jinja.digest).value(), "template.gotmpl"),
            nullptr);
}

TEST_F(Builder, MakesAPackOfEveryPart) {
  write_model("m.gguf");
  write_adapter("a.gguf");
  const Built built =
      build_text(
          "FROM ./m.gguf\nADAPTER ./a.gguf scale=0.5\nSYSTEM Be brief.\nPARAMETER stop x\n"
          "TEMPLATE \"{% for m in messages %}{{ m.content }}{% endfor %}\"\nLICENSE MIT\n")
          .value();
  EXPECT_TRUE(built.changed);
  const content::Manifest manifest = disk_.store.read_manifest(built.digest).value();
  std::vector<std::string> files;
  for (const content::Descriptor& layer : manifest.layers)
    files.emplace_back(content::file_path(layer));
  EXPECT_EQ(files, (std::vector<std::string>{"chat_template.jinja", "tegula.json", "m.gguf",
                                             "a.gguf", "LICENSE", "Modelfile"}));
  const content::RuntimeSettings runtime = settings(built.digest);
  EXPECT_EQ(runtime.system, "Be brief.");
  EXPECT_EQ(runtime.adapters, (std::vector<content::AdapterUse>{{"a.gguf", 0.5}}));
  EXPECT_EQ(text(built.digest, "LICENSE"), "MIT\n");
  EXPECT_EQ(*content::find_annotation(manifest.annotations, content::annotation::kTarget), "gguf");
  // The Modelfile's licence goes before the model file's.
  EXPECT_EQ(*content::find_annotation(manifest.annotations, content::annotation::kLicenses), "MIT");
}

TEST_F(Builder, GivesTheSameDigestForTheSameFilesUnderAnyName) {
  write_model("m.gguf");
  const content::Digest first = build_text("FROM ./m.gguf\nSYSTEM hi\n", "one")->digest;
  disk_.clock.advance(std::chrono::hours(1));
  const Built again = build_text("FROM ./m.gguf\nSYSTEM hi\n", "team/two:v1").value();
  EXPECT_EQ(again.digest, first);
  EXPECT_TRUE(again.changed);
  EXPECT_FALSE(build_text("FROM ./m.gguf\nSYSTEM hi\n", "one")->changed);
}

TEST_F(Builder, TheModelfileInThePackBuildsThePack) {
  write_model("m.gguf");
  write_model("d.gguf", "Draft");
  const Built built =
      build_text(
          "FROM ./m.gguf\nSYSTEM \"\"\"two\nlines\"\"\"\nPARAMETER temperature 0.5\n"
          "DRAFT ./d.gguf\nMESSAGE user hi\nLICENSE one\nLICENSE \"\"\"a b\nc\"\"\"\n"
          "LABEL description=\"says \"hi\" \"\nLABEL com.example.team=red\n")
          .value();
  const content::Manifest manifest = disk_.store.read_manifest(built.digest).value();
  for (const content::Descriptor& layer : manifest.layers)
    write(std::string(content::file_path(layer)),
          bytes_of(text(built.digest, content::file_path(layer))));
  const std::string inside = text(built.digest, "Modelfile");
  EXPECT_EQ(build_text(inside)->digest, built.digest) << inside;
}

TEST_F(Builder, ABadAdapterLeavesTheModelFileAlone) {
  write_model("m.gguf");
  write("text.gguf", bytes_of("not a model"));
  ASSERT_TRUE(disk_.fs.set_mode(source() / "m.gguf", 0644));
  EXPECT_FALSE(build_text("FROM ./m.gguf\nADAPTER ./text.gguf\n"));
  EXPECT_FALSE(build_text("FROM ./m.gguf\nDRAFT ./text.gguf\n"));
  const os::FileStat after = disk_.fs.stat(source() / "m.gguf").value();
  EXPECT_EQ(after.mode, 0644U);
  EXPECT_EQ(after.links, 1U);
  EXPECT_EQ(disk_.store.usage({})->blob_count, 0U);
}

TEST_F(Builder, LooksAtAllAdaptersBeforeItStoresOne) {
  write_model("m.gguf");
  ASSERT_TRUE(build_text("FROM ./m.gguf\n", "base"));
  const std::uint64_t blobs = disk_.store.usage({})->blob_count;
  write_adapter("a.gguf");
  ASSERT_TRUE(os::make_folders(disk_.fs, source() / "two"));
  write_adapter("two/a.gguf");
  write_adapter("wide.gguf", 128);
  const auto refusal = [&](std::string_view text) { return build_text(text).error().text; };
  EXPECT_EQ(refusal("FROM ./m.gguf\nADAPTER ./a.gguf\nADAPTER ./two/a.gguf\n"),
            "two files of the pack would be named \"a.gguf\"");
  EXPECT_TRUE(refusal("FROM base\nADAPTER ./a.gguf\nADAPTER ./wide.gguf\n").contains("128x32"));
  EXPECT_EQ(disk_.store.usage({})->blob_count, blobs);
}

TEST_F(Builder, NamesTheLineOfAFileItRefuses) {
  write_model("m.gguf");
  write("text.gguf", bytes_of("not a model"));
  const auto refusal = [&](std::string_view text) {
    BuildRequest request = sample_request(text, source());
    request.path = "Modelfile";
    return build(request, context()).error().text;
  };
  EXPECT_TRUE(refusal("\nFROM ./gone.gguf\n").starts_with("Modelfile:2:6: FROM: "));
  EXPECT_TRUE(
      refusal("FROM ./m.gguf\nADAPTER ./text.gguf\n").starts_with("Modelfile:2:9: ADAPTER: "));
  EXPECT_TRUE(refusal("FROM ./m.gguf\nDRAFT ./gone\n").starts_with("Modelfile:2:7: DRAFT: "));
}

class LockedBuilder : public Builder {
 protected:
  Result<Built> build_with(std::string_view text, const Lock& lock, bool locked = false) {
    BuildRequest request = sample_request(text, source());
    request.lock = lock;
    request.locked = locked;
    return only(build(request, context()));
  }
};

TEST_F(LockedBuilder, RecordsEveryInput) {
  write_model("m.gguf");
  write_model("d.gguf", "Draft");
  write_adapter("a.gguf");
  const Built base = build_text("FROM ./m.gguf\nDRAFT d.gguf\n", "base").value();
  const std::vector<LockInput>& files = base.lock.inputs;
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].role, InputRole::Recipe);
  EXPECT_EQ(files[1].name, "./m.gguf");
  EXPECT_EQ(files[1].origin, "file");
  EXPECT_EQ(files[2].role, InputRole::Draft);
  EXPECT_EQ(base.lock.outputs.at("gguf"), base.digest);

  const Built child = build_text("FROM base\nADAPTER ./a.gguf\n").value();
  ASSERT_EQ(child.lock.inputs.size(), 3U);
  EXPECT_EQ(child.lock.inputs[1].origin, "store");
  EXPECT_EQ(child.lock.inputs[1].digest, base.digest);
  EXPECT_EQ(child.lock.inputs[2].name, "./a.gguf");
}

TEST_F(LockedBuilder, CommentsAndSpellingAreNoInput) {
  write_model("m.gguf");
  const Lock one = build_text("FROM ./m.gguf\nSYSTEM hi\n")->lock;
  const Lock two = build_text("# a word\nfrom   ./m.gguf\n\nSystem \"hi\"\n")->lock;
  EXPECT_EQ(one.build_id(), two.build_id());
  EXPECT_NE(build_text("FROM ./m.gguf\nSYSTEM ho\n")->lock.build_id(), one.build_id());
}

TEST_F(LockedBuilder, ANameStaysWhatItWas) {
  write_model("m.gguf");
  const content::Digest base = build_text("FROM ./m.gguf\nSYSTEM one\n", "base")->digest;
  const Built first = build_text("FROM base\n").value();
  ASSERT_TRUE(build_text("FROM ./m.gguf\nSYSTEM two\n", "base"));
  const Built pinned = build_with("FROM base\n", first.lock, true).value();
  EXPECT_EQ(pinned.digest, first.digest);
  EXPECT_EQ(pinned.lock, first.lock);
  Lock forgetful = first.lock;
  forgetful.inputs.clear();
  EXPECT_NE(build_with("FROM base\n", forgetful)->lock.inputs[1].digest, base);
  Lock gone = first.lock;
  gone.inputs[1].digest = content::Digest::of(bytes_of("gone"));
  EXPECT_EQ(build_with("FROM base\n", gone).error().code, Code::NotFound);
}

TEST_F(LockedBuilder, RefusesWhatTheLockDoesNotSay) {
  write_model("m.gguf");
  const Built first = build_text("FROM ./m.gguf\n").value();
  ASSERT_TRUE(build_with("FROM ./m.gguf\n", first.lock, true));
  const auto refusal = [&](std::string_view text, const Lock& lock) {
    const auto built = build_with(text, lock, true);
    EXPECT_EQ(disk_.store.resolve(content::Reference::parse("m").value()).value(), first.digest);
    return built ? Error{} : built.error();
  };
  EXPECT_EQ(refusal("FROM ./m.gguf\nSYSTEM x\n", first.lock).code, Code::Untrusted);
  Lock other = first.lock;
  other.outputs.at("gguf") = content::Digest::of(bytes_of("other"));
  EXPECT_TRUE(refusal("FROM ./m.gguf\n", other).text.contains("the lock says sha256:"));

  ASSERT_TRUE(disk_.fs.remove(source() / "m.gguf"));
  write_model("m.gguf", "Changed");
  EXPECT_TRUE(refusal("FROM ./m.gguf\n", first.lock).text.contains("input \"./m.gguf\": sha256:"));
  const Built taken = build_with("FROM ./m.gguf\n", first.lock).value();
  EXPECT_NE(taken.digest, first.digest);

  BuildRequest none = sample_request("FROM ./m.gguf\n", source());
  none.locked = true;
  EXPECT_EQ(build(none, context()).error().code, Code::Untrusted);
}

TEST_F(Builder, InheritsFromAModelAndOverrides) {
  write_model("m.gguf");
  ASSERT_TRUE(
      build_text("FROM ./m.gguf\nSYSTEM one\nPARAMETER top_k 3\nPARAMETER top_p 0.5\n"
                 "LICENSE MIT\n",
                 "base"));
  const Built built = build_text("FROM base\nSYSTEM two\nPARAMETER top_k 4\nLICENSE BSD\n").value();
  const content::RuntimeSettings runtime = settings(built.digest);
  EXPECT_EQ(runtime.system, "two");
  EXPECT_EQ(std::get<std::int64_t>(runtime.parameters.at("top_k")), 4);
  EXPECT_EQ(std::get<double>(runtime.parameters.at("top_p")), 0.5);
  EXPECT_EQ(text(built.digest, "LICENSE"), "MIT\n\nBSD\n");
}

TEST_F(Builder, SavesAChatAsAModel) {
  write_model("m.gguf");
  const content::Digest base = build_text("FROM ./m.gguf\n")->digest;
  content::RuntimeSettings changed = settings(base);
  changed.messages = {{"user", "hi"}, {"assistant", "hello"}};
  const auto name = content::Reference::parse("saved").value();
  const BuiltPack saved = build_with_settings(base, changed, name, {}, context()).value();
  EXPECT_EQ(settings(saved.digest).messages, changed.messages);
  EXPECT_EQ(disk_.store.resolve(name).value(), saved.digest);
}

TEST_F(Builder, RefusesAndNamesNothing) {
  write_model("m.gguf");
  write_adapter("a.gguf");
  write("text.gguf", bytes_of("not a model"));
  ASSERT_TRUE(os::make_folders(disk_.fs, source() / "two"));
  write_model("two/a.gguf");
  write_model("two/b.gguf");
  ASSERT_TRUE(os::make_folders(disk_.fs, source() / "st"));
  write("st/model.safetensors", {});
  struct Case {
    const char* text;
    Code code;
  };
  const Case cases[] = {
      {"FROM ./gone.gguf\n", Code::NotFound},
      {"FROM no-such-model\n", Code::NotFound},
      {"FROM ./text.gguf\n", Code::InvalidArgument},
      {"FROM ./a.gguf\n", Code::InvalidArgument},  // an adapter is no model
      {"FROM ./m.gguf\nADAPTER ./m.gguf\n", Code::InvalidArgument},
      {"FROM ./m.gguf\nADAPTER ./a.gguf\nADAPTER ./a.gguf\n", Code::InvalidArgument},
      {"FROM ./two\n", Code::InvalidArgument},
      {"FROM ./st\n", Code::InvalidArgument},  // no config.json
      {"FROM ./st/model.safetensors\n", Code::InvalidArgument},
  };
  for (const Case& c : cases) {
    const auto built = build_text(c.text, "refused");
    ASSERT_FALSE(built) << c.text;
    EXPECT_EQ(built.error().code, c.code) << c.text << built.error().text;
  }
  EXPECT_EQ(disk_.store.resolve(content::Reference::parse("refused").value()).error().code,
            Code::NotFound);
}

TEST_F(Builder, GetsALockedPackFromElsewhere) {
  write_model("m.gguf");
  const Built base = build_text("FROM ./m.gguf\n", "reg.example/base:v1").value();
  Recipe recipe;
  recipe.from = "reg.example/base:v1";
  BuildRequest request{recipe, source(), content::Reference::parse("m").value()};
  request.lock = build(request, context()).value().lock;
  const content::Digest gone = content::Digest::of(bytes_of("gone"));
  for (LockInput& input : request.lock->inputs)
    if (input.origin == "store") input.digest = gone;
  BuildContext with = context();
  std::string asked;
  with.find = [&](const std::string& name) {
    asked = name;
    return std::optional<FoundModel>();
  };
  EXPECT_EQ(build(request, with).error().code, Code::NotFound);
  EXPECT_EQ(asked, "reg.example/base:v1@" + gone.str());
  FoundModel other;
  other.pack = base.digest;
  with.find = [&](const std::string&) { return std::optional(other); };
  EXPECT_EQ(build(request, with).error().code, Code::NotFound) << "another pack than the locked";
}

TEST_F(Builder, BuildsOnAPackThatWasFound) {
  write_model("m.gguf");
  FoundModel found;
  found.pack = build_text("FROM ./m.gguf\nSYSTEM hi\n", "base")->digest;
  BuildContext with = context();
  with.find = [&](const std::string&) { return std::optional(found); };
  Recipe recipe;
  recipe.from = "reg.example/base:v1";
  const Built built =
      only(build({recipe, source(), content::Reference::parse("m").value()}, with)).value();
  EXPECT_EQ(settings(built.digest).system, "hi");
  EXPECT_EQ(built.lock.inputs[1].digest, *found.pack);
}

TEST_F(Builder, HoldsAFoundFileToItsStatedDigest) {
  disk_.clock.advance(std::chrono::hours(-2));  // what a build has seen of a file counts for one
  write_model("m.gguf");
  FoundModel found;
  found.files = {
      {source() / "m.gguf", "found.gguf", content::Digest::of(bytes_of("something else"))}};
  found.system = "from elsewhere";
  BuildContext with = context();
  with.find = [&](const std::string&) { return std::optional(found); };
  Recipe recipe;
  recipe.from = "ollama/tiny";
  const BuildRequest request{recipe, source(), content::Reference::parse("m").value()};
  EXPECT_EQ(build(request, with).error().code, Code::Corrupt);
  found.files[0].expected.reset();
  const Built built = only(build(request, with)).value();
  EXPECT_EQ(built.layers[1].way, content::ImportWay::InPlace);
  EXPECT_EQ(settings(built.digest).system, "from elsewhere");
}

}  // namespace
}  // namespace tegula::build
