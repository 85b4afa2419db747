#include "source/remote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/annotation.h"
#include "content/image_index.h"
#include "content/media_type.h"
#include "content/temporary_store.h"
#include "source/fake_registry.h"
#include "source/oci_repository.h"
#include "source/push.h"

namespace tegula::source {
namespace {

using content::Descriptor;
using content::Digest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RemoteName, IsToldByItsForm) {
  for (const std::string_view name : {"hf.co/a/b", "ollama.com/library/x", "https://a/b@sha256:0",
                                      "reg.example/a/b:v1", "localhost:5000/a"})
    EXPECT_TRUE(is_remote_name(name)) << name;
  for (const std::string_view name : {"starter", "team/starter:v1", "hf/a/b", "./m.gguf", ""})
    EXPECT_FALSE(is_remote_name(name)) << name;
}

TEST(RemoteName, BecomesALocalOne) {
  const std::string hex(64, 'a');
  struct Case {
    std::string name, want;
  };
  for (const Case& c : std::vector<Case>{
           {"reg.example/a/b", "reg.example/a/b"},
           {"reg.example/a/b:v1@sha256:" + hex, "reg.example/a/b:v1"},
           {"reg.example/a/b@sha256:" + hex, "reg.example/a/b:aaaaaaaaaaaa"},
           {"ollama.com/library/llama3.2:1b", "ollama.com/library/llama3.2:1b"},
           {"hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M@main", "hf.co/qwen/qwen3-8b-gguf:Q4_K_M"},
           {"huggingface.co/A_B/C--D", "hf.co/a_b/c-d"},
           {"https://files.example/x/My Model.gguf@sha256:" + hex, ""},
           {"https://files.example/x/My%20Model-Q8.gguf@sha256:" + hex,
            "files.example/my-20model-q8:aaaaaaaaaaaa"},
           {"http://127.0.0.1:80/m.gguf@sha256:" + hex, "127.0.0.1/m:aaaaaaaaaaaa"},
           {"https://files.example/m.gguf", ""},
           {"http://files.example/m.gguf@sha256:" + hex, ""}}) {
    const auto name = local_name(c.name);
    EXPECT_EQ(name ? name->str() : "", c.want) << c.name;
  }
}

class RemoteTest : public ::testing::Test {
 protected:
  Result<Pulled> get(const std::string& name) {
    DownloadOptions download;
    download.wait = [](std::chrono::nanoseconds, const Stop& stop) { return stop.check(); };
    const RemoteContext context{.store = to.store,
                                .transport = registry.transport,
                                .credentials = credentials,
                                .hub = {net::Url::parse("https://hub.example").value(), ""},
                                .download = download,
                                .progress = to.progress,
                                .stop = {},
                                .mirrors = mirrors,
                                .note = [this](const std::string& text) { notes.push_back(text); }};
    return pull(name, *lease, context);
  }
  Digest push_pack() {
    const Digest pack =
        content::build(from.store, "m",
                       {{"tegula.json", "{}"}, {"w.gguf", content::noise(3'000'000)}})
            .value();
    const auto repository = OciRepository::open(registry.transport, credentials,
                                                content::named("reg.example/team/m"), {})
                                .value();
    EXPECT_TRUE(push({pack, "v1"}, from.store, *repository, from.progress, {}));
    return pack;
  }

  content::TemporaryStore from, to;
  FakeRegistry registry;
  CredentialFile credentials;
  config::Mirrors mirrors;
  std::vector<std::string> notes;
  std::unique_ptr<content::Lease> lease = to.store.lease().value();
};

TEST_F(RemoteTest, APackComesAsItWas) {
  const Digest pack = push_pack();
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m:v1").value()), pack);
  EXPECT_TRUE(to.store.verify(pack, to.progress, {}).value().is_good());
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m@" + pack.str()).value()), pack);
}

// What is asked of whom: "GET reg.example/v2/…".
TEST_F(RemoteTest, AMirrorHasTheBlobsAndTheOriginTheNames) {
  const Digest pack = push_pack();
  mirrors = {{"reg.example", {"https://mirror.example/cache"}}};
  std::vector<std::string> at_origin, at_mirror;
  registry.on_request = [&](const net::HttpRequest& request) -> net::FakeReply {
    const bool is_mirror = request.url.host() == "mirror.example";
    (is_mirror ? at_mirror : at_origin).push_back(request.url.path());
    if (!is_mirror) return {.status = 0};
    EXPECT_EQ(request.url.query(), "ns=reg.example");
    EXPECT_TRUE(request.url.path().starts_with("/v2/cache/team/m/")) << request.url.path();
    return {.status = 0};
  };
  registry.manifests["cache/team/m:" + pack.str()] = from.store.read_manifest_bytes(pack).value();
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m:v1").value()), pack);
  EXPECT_THAT(at_origin, ::testing::Contains("/v2/team/m/manifests/v1"));
  EXPECT_THAT(at_mirror, ::testing::Each(HasSubstr("/blobs/")));
  EXPECT_THAT(at_mirror, ::testing::SizeIs(::testing::Ge(3U)));
  at_mirror.clear();
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m@" + pack.str()).value()), pack);
  EXPECT_THAT(at_mirror, ElementsAre("/v2/cache/team/m/manifests/" + pack.str()));
  EXPECT_THAT(notes, ::testing::IsEmpty());
}

TEST_F(RemoteTest, AMirrorThatLiesAboutAManifestIsPassedOver) {
  const Digest pack = push_pack();
  mirrors = {{"reg.example", {"https://mirror.example"}}};
  registry.on_request = [](const net::HttpRequest& request) -> net::FakeReply {
    if (request.url.host() != "mirror.example") return {.status = 0};
    return {.status = 200, .headers = {}, .body = "{}"};
  };
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m@" + pack.str()).value()), pack);
  EXPECT_THAT(notes, ::testing::Contains(HasSubstr("mirror.example")));
}

TEST_F(RemoteTest, NothingIsNamedOfAPackThatIsNotWhole) {
  const Digest pack = push_pack();
  const content::Manifest manifest = from.store.read_manifest(pack).value();
  registry.blobs.erase(manifest.layers[1].digest.str());
  EXPECT_EQ(get("reg.example/team/m:v1").error().code, Code::NotFound);
  EXPECT_FALSE(to.store.read_manifest(pack));
}

TEST_F(RemoteTest, ABitFlippedOnTheServerIsNamed) {
  const Digest pack = push_pack();
  const content::Manifest manifest = from.store.read_manifest(pack).value();
  registry.blobs[manifest.layers[1].digest.str()][1'500'000] ^= 4;
  const Error error = get("reg.example/team/m:v1").error();
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_THAT(error.text, HasSubstr("w.gguf"));
  EXPECT_THAT(error.text, HasSubstr("piece 1"));
}

TEST_F(RemoteTest, AnIndexIsNotGuessedAt) {
  const Digest pack = push_pack();
  const std::string json = from.store.read_manifest_bytes(pack).value();
  Descriptor entry{.media_type = std::string(content::media_type::kImageManifest),
                   .digest = pack,
                   .size = json.size()};
  const auto publish = [&](std::vector<std::string> targets) {
    content::ImageIndex index;
    for (const std::string& target : targets) {
      entry.annotations.clear();
      if (!target.empty()) entry.annotations.emplace(content::annotation::kTarget, target);
      index.manifests.push_back(entry);
    }
    registry.put_manifest("team/m", "all", content::encode(index).value());
  };
  publish({"mlx", "gguf"});
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m:all").value()), pack);
  EXPECT_THAT(notes, ::testing::ElementsAre(HasSubstr("m:all lists 2 models")));
  publish({""});
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m:all").value()), pack);
  EXPECT_EQ(notes.size(), 1U) << "there was no choice";
  publish({"gguf", "gguf", "mlx"});  // the first is the builder's choice
  EXPECT_EQ(std::get<Digest>(get("reg.example/team/m:all").value()), pack);
  for (const std::vector<std::string>& targets : {std::vector<std::string>{"mlx"}, {"", ""}, {}}) {
    publish(targets);
    EXPECT_EQ(get("reg.example/team/m:all").error().code, Code::InvalidArgument);
  }
}

TEST_F(RemoteTest, FilesOfOtherArtifactsCome) {
  const std::string weights = content::noise(2'000'000), system = "be kind";
  registry.put_blob(weights);
  registry.put_blob(system);
  content::ImageManifest manifest{.media_type = std::string(content::media_type::kImageManifest),
                                  .config = content::empty_descriptor()};
  Descriptor layer{.media_type = "application/vnd.docker.ai.gguf.v3",
                   .digest = Digest::of(bytes_of(weights)),
                   .size = weights.size()};
  manifest.layers.push_back(layer);
  registry.put_manifest("ai/smol", "latest", content::encode(manifest).value());
  const RemoteModel model = std::get<RemoteModel>(get("reg.example/ai/smol").value());
  EXPECT_EQ(model.files[0].name, "smol.gguf");
  EXPECT_TRUE(to.store.has_blob(layer.digest, layer.size).value());
}

TEST_F(RemoteTest, APinnedAddressIsHeldToItsDigest) {
  const std::string weights = content::noise(2'000'000);
  net::FakeReply reply{.status = 200,
                       .headers = {{"Content-Length", std::to_string(weights.size())}},
                       .body = weights};
  registry.on_request = [&](const net::HttpRequest&) { return reply; };
  const std::string url = "https://files.example/m.gguf@";
  const RemoteModel model =
      std::get<RemoteModel>(get(url + Digest::of(bytes_of(weights)).str()).value());
  EXPECT_EQ(model.files[0].name, "m.gguf");
  EXPECT_EQ(get(url + Digest::of(bytes_of("other")).str()).error().code, Code::Corrupt);
  reply.headers.clear();
  EXPECT_EQ(get(url + Digest::of(bytes_of("x")).str()).error().code, Code::Corrupt) << "no size";
}

}  // namespace
}  // namespace tegula::source
