#include "source/oci_repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/media_type.h"
#include "content/temporary_store.h"
#include "source/download.h"
#include "source/fake_registry.h"
#include "source/push.h"

namespace tegula::source {
namespace {

using content::Descriptor;
using content::Digest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OciRepositoryTest : public ::testing::Test {
 protected:
  std::unique_ptr<OciRepository> open(std::string_view name = "reg.example/team/m") {
    RepositoryOptions options;
    options.wait = [](std::chrono::nanoseconds, const Stop& stop) { return stop.check(); };
    return OciRepository::open(registry.transport, credentials, content::named(name), options)
        .value();
  }
  static Descriptor descriptor(const std::string& bytes) {
    return {.media_type = "a/b", .digest = Digest::of(bytes_of(bytes)), .size = bytes.size()};
  }
  static net::Upload upload(const std::string& bytes) {
    return {bytes.size(), [&bytes](std::uint64_t offset, std::span<std::uint8_t> into) {
              const std::string_view part = std::string_view(bytes).substr(offset, into.size());
              std::ranges::copy(part, into.begin());
              return Result<std::size_t>(part.size());
            }};
  }

  FakeRegistry registry;
  CredentialFile credentials;
  NoProgress progress;
};

TEST_F(OciRepositoryTest, KnowsWhereRegistriesAre) {
  struct Case {
    std::string_view name, url;
  };
  for (const Case& c :
       std::vector<Case>{{"reg.example/a/b", "https://reg.example/v2/a/b/manifests/x"},
                         {"reg.example:5000/a", "https://reg.example:5000/v2/a/manifests/x"},
                         {"localhost:5000/a", "http://localhost:5000/v2/a/manifests/x"},
                         {"127.0.0.1:5000/a", "http://127.0.0.1:5000/v2/a/manifests/x"},
                         {"docker.io/a", "https://registry-1.docker.io/v2/library/a/manifests/x"},
                         {"docker.io/a/b", "https://registry-1.docker.io/v2/a/b/manifests/x"}}) {
    EXPECT_EQ(open(c.name)->manifest("x", {}).error().code, Code::NotFound);
    EXPECT_EQ(registry.transport.log().back(), "GET " + std::string(c.url));
  }
  EXPECT_EQ(
      OciRepository::open(registry.transport, credentials, content::named("a"), {}).error().code,
      Code::InvalidArgument);
}

TEST_F(OciRepositoryTest, ChecksManifests) {
  registry.put_manifest("team/m", "v1", "{}");
  const Digest digest = Digest::of(bytes_of("{}"));
  EXPECT_EQ(open()->manifest("v1", {})->digest, digest);
  EXPECT_EQ(open()->manifest(digest.str(), {})->bytes, "{}");
  registry.manifests["team/m:" + digest.str()] = "[]";
  EXPECT_EQ(open()->manifest(digest.str(), {}).error().code, Code::Corrupt);
  registry.on_request = [&](const net::HttpRequest&) -> net::FakeReply {
    return {.status = 200,
            .headers = {{"Docker-Content-Digest", digest.str()}},
            .body = "something else"};
  };
  EXPECT_EQ(open()->manifest("v1", {}).error().code, Code::Corrupt);
  registry.on_request = [&](const net::HttpRequest&) -> net::FakeReply {
    return {.status = 200, .headers = {}, .body = std::string(limits::kManifestBytesMax + 1, ' ')};
  };
  EXPECT_EQ(open()->manifest("v1", {}).error().code, Code::Exhausted);
}

TEST_F(OciRepositoryTest, ChecksSmallBlobs) {
  registry.put_blob("hello");
  EXPECT_EQ(open()->small_blob(descriptor("hello"), 5, {}).value(), "hello");
  EXPECT_EQ(open()->small_blob(descriptor("hello"), 4, {}).error().code, Code::Exhausted);
  registry.blobs[descriptor("hello").digest.str()] = "hullo";
  EXPECT_EQ(open()->small_blob(descriptor("hello"), 5, {}).error().code, Code::Corrupt);
}

TEST_F(OciRepositoryTest, PushesBlobsOfEverySize) {
  for (const std::size_t size : {0, 1, 5'000, 70'000'000}) {
    const std::string bytes = content::noise(size, 3);
    ASSERT_FALSE(open()->has_blob(descriptor(bytes), {}).value());
    const auto pushed = open()->push_blob(descriptor(bytes), upload(bytes), progress, {});
    ASSERT_TRUE(pushed) << pushed.error().text;
    EXPECT_EQ(registry.blobs[descriptor(bytes).digest.str()], bytes);
    EXPECT_TRUE(open()->has_blob(descriptor(bytes), {}).value());
  }
  EXPECT_THAT(registry.uploads, IsEmpty());
}

TEST_F(OciRepositoryTest, GoesOnWithAnUploadThatBrokeOff) {
  const std::string bytes = content::noise(70'000'000, 3);
  int patches = 0;
  registry.on_request = [&](const net::HttpRequest& request) -> net::FakeReply {
    if (request.method != "PATCH" || ++patches != 2) return {.status = 0};
    registry.uploads.begin()->second += request.body.substr(0, 1'000);  // and then it dies
    return {.status = 503};
  };
  ASSERT_TRUE(open()->push_blob(descriptor(bytes), upload(bytes), progress, {}));
  EXPECT_EQ(patches, 4);
  EXPECT_EQ(registry.blobs[descriptor(bytes).digest.str()], bytes);
}

TEST_F(OciRepositoryTest, GoesOnWithAnUploadThatHasNoByteYet) {
  const std::string bytes = content::noise(70'000'000, 3);
  int patches = 0;
  registry.on_request = [&](const net::HttpRequest& request) -> net::FakeReply {
    return {.status = request.method == "PATCH" && ++patches == 1 ? 503 : 0};
  };
  const auto pushed = open()->push_blob(descriptor(bytes), upload(bytes), progress, {});
  ASSERT_TRUE(pushed) << pushed.error().text;
  EXPECT_EQ(patches, 4);
  EXPECT_EQ(registry.blobs[descriptor(bytes).digest.str()], bytes);
}

TEST_F(OciRepositoryTest, GivesUpOnAnUploadThatNeverWorks) {
  const std::string bytes = content::noise(70'000'000, 3);
  registry.on_request = [&](const net::HttpRequest& request) -> net::FakeReply {
    return {.status = request.method == "PATCH" ? 503 : 0};
  };
  EXPECT_EQ(open()->push_blob(descriptor(bytes), upload(bytes), progress, {}).error().code,
            Code::Unavailable);
}

TEST_F(OciRepositoryTest, MountsBlobs) {
  EXPECT_FALSE(open()->mount(descriptor("hello"), "team/other", {}).value());
  EXPECT_THAT(registry.uploads, IsEmpty()) << "what it began instead is called off";
  registry.put_blob("hello");
  EXPECT_TRUE(open()->mount(descriptor("hello"), "team/other", {}).value());
  EXPECT_THAT(registry.transport.log().back(), HasSubstr("from=team%2Fother"));
}

TEST_F(OciRepositoryTest, ListsTagsOverPages) {
  registry.on_request = [&](const net::HttpRequest& request) -> net::FakeReply {
    if (request.url.query().empty())
      return {.status = 200,
              .headers = {{"Link", "</v2/team/m/tags/list?last=b>; rel=\"next\""}},
              .body = R"({"name":"team/m","tags":["a","b"]})"};
    return {.status = 200, .headers = {}, .body = R"({"tags":["c"]})"};
  };
  EXPECT_THAT(open()->tags({}).value(), ElementsAre("a", "b", "c"));
  registry.on_request = [&](const net::HttpRequest&) -> net::FakeReply {
    return {.status = 200,
            .headers = {{"Link", "</v2/team/m/tags/list?last=b>; rel=\"next\""}},
            .body = R"({"tags":["a"]})"};
  };
  EXPECT_EQ(open()->tags({}).error().code, Code::Exhausted) << "pages without end";
}

TEST_F(OciRepositoryTest, UploadsNowhereUnencrypted) {
  registry.on_request = [&](const net::HttpRequest&) -> net::FakeReply {
    return {.status = 202, .headers = {{"Location", "http://reg.example/x"}}};
  };
  EXPECT_EQ(open()->push_blob(descriptor("x"), upload("x"), progress, {}).error().code,
            Code::Untrusted);
}

TEST_F(OciRepositoryTest, SaysHowToSignIn) {
  registry.on_request = [](const net::HttpRequest&) -> net::FakeReply { return {.status = 403}; };
  EXPECT_THAT(open()->manifest("v1", {}).error().hint, HasSubstr("docker login"));
  credentials.default_helper = "pass";
  EXPECT_THAT(open()->manifest("v1", {}).error().hint, HasSubstr("\"docker-credential-pass\""));
}

// The same, to a registry that knows of referrers and to one that doesn't.
TEST_F(OciRepositoryTest, APackGoesThereAndBackWithItsTrees) {
  for (const bool knows_referrers : {true, false}) {
    registry.knows_referrers = knows_referrers;
    content::TemporaryStore from, to;
    const std::string weights = content::noise(3 * limits::kTreePieceBytes + 5);
    const Digest pack =
        content::build(from.store, "m", {{"tegula.json", "{}"}, {"w.gguf", weights}}).value();
    const PushReport report = push({pack, "v1"}, from.store, *open(), progress, {}).value();
    EXPECT_EQ(report.note, "");
    EXPECT_EQ(registry.manifests["team/m:v1"], from.store.read_manifest_bytes(pack).value());

    const auto repository = open();
    ASSERT_TRUE(repository->load_trees(pack, {}));
    const content::Manifest manifest = from.store.read_manifest(pack).value();
    const auto tree = repository->tree(manifest.layers[1], {}).value();
    ASSERT_TRUE(tree);
    EXPECT_EQ(*tree, content::tree_of(bytes_of(weights)));
    const auto lease = to.store.lease().value();
    ASSERT_TRUE(download(to.store, *repository, manifest.layers[1], "w", *lease, {}, progress, {}));

    const PushReport again = push({pack, "v2"}, from.store, *open(), progress, {}).value();
    EXPECT_EQ(again.already_there, again.blobs);
    EXPECT_EQ(open()->referrers(pack, std::string(content::media_type::kTree), {})->size(), 1U);
    registry.blobs.clear();
    registry.manifests.clear();
  }
}

}  // namespace
}  // namespace tegula::source
