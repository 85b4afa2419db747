#include "source/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/fake_transport.h"

namespace tegula::source {
namespace {

using ::testing::HasSubstr;

const std::string kCommit(40, 'c');
const std::string kHash(64, 'a');

std::string lfs_file(const std::string& name) {
  return R"({"rfilename":")" + name + R"(","size":7,"lfs":{"sha256":")" + kHash + R"(","size":7}})";
}

std::string repository(const std::string& files) {
  return R"({"id":"org/repo","sha":")" + kCommit + R"(","siblings":[)" + files + "]}";
}

struct Server {
  std::string body = repository(lfs_file("m-Q4_K_M.gguf") + "," + lfs_file("sub dir/m-Q8_0.gguf") +
                                R"(,{"rfilename":"README.md","size":3},)" +
                                R"({"rfilename":"plain-F16.gguf","size":3})");
  int status = 200;
  net::FakeTransport transport{[this](const net::HttpRequest&) -> net::FakeReply {
    return {.status = status, .headers = {}, .body = body};
  }};
  Hub hub{transport, {net::Url::parse("https://hub.example").value(), "secret"}};

  Result<RemoteModel> find(std::string_view name) {
    return hub.find(HubName::parse(name).value(), {});
  }
};

TEST(HubName, HasParts) {
  EXPECT_EQ(HubName::parse("hf.co/Org/Re.po").value(), (HubName{"Org/Re.po", "", ""}));
  EXPECT_EQ(HubName::parse("huggingface.co/a/b:Q4_K_M@refs/pr/1").value(),
            (HubName{"a/b", "Q4_K_M", "refs/pr/1"}));
  for (const std::string_view bad :
       {"hf.co/", "hf.co/a", "hf.co/a/b/c", "hf.co/a/b:", "hf.co/a/b@", "hf.co/a/../b", "hf.co//b",
        "hf.co/a/b:../x", "hf.co/a/b@../x", "hf.co/a/b?x", "hf.co/a b/c", "hf.co/.a/b"})
    EXPECT_EQ(HubName::parse(bad).error().code, Code::InvalidArgument) << bad;
}

TEST(Hub, PinsAFileByCommitAndDigest) {
  Server server;
  const RemoteModel model = server.find("hf.co/org/repo:q8_0").value();
  EXPECT_EQ(model.files[0].name, "m-Q8_0.gguf");
  EXPECT_EQ(model.files[0].blob.digest.hex(), kHash);
  EXPECT_EQ(model.files[0].blob.size, 7U);
  const auto reader = server.hub.open(model.files[0].blob, {}).value();
  EXPECT_EQ(reader->name(),
            "https://hub.example/org/repo/resolve/" + kCommit + "/sub%20dir/m-Q8_0.gguf");
  const net::HttpRequest request = server.transport.requests()[0];
  EXPECT_EQ(request.url.str(), "https://hub.example/api/models/org/repo/revision/main?blobs=true");
  EXPECT_EQ(net::find_header(request.headers, "authorization"), "Bearer secret");
  ASSERT_TRUE(server.find("hf.co/org/repo:q8_0@v1/x"));
  EXPECT_THAT(server.transport.log().back(), HasSubstr("/revision/v1%2Fx?"));
}

TEST(Hub, ARepositoryOfSafetensorsIsOneModel) {
  Server server;
  const std::string small = R"({"rfilename":"config.json","size":2})";
  server.body =
      repository(small + "," + lfs_file("model-00001-of-00001.safetensors") + "," +
                 lfs_file("consolidated.safetensors") + "," + lfs_file("sub/model.safetensors") +
                 R"(,{"rfilename":"README.md","size":3})");
  net::FakeTransport transport([&](const net::HttpRequest& request) -> net::FakeReply {
    const bool is_file = request.url.path().ends_with("config.json");
    return {.status = 200, .headers = {}, .body = is_file ? "{}" : server.body};
  });
  Hub hub(transport, {net::Url::parse("https://hub.example").value(), "secret"});
  const HubName name = HubName::parse("hf.co/org/repo").value();
  const RemoteModel model = hub.find(name, {}).value();
  ASSERT_EQ(model.files.size(), 2U);
  EXPECT_EQ(model.files[0].name, "config.json");
  EXPECT_EQ(model.files[0].bytes, "{}");
  EXPECT_EQ(model.files[0].blob.digest, content::Digest::of(bytes_of("{}")));
  EXPECT_EQ(model.files[1].name, "model-00001-of-00001.safetensors");
  EXPECT_TRUE(hub.open(model.files[1].blob, {}));

  server.body =
      repository(R"({"rfilename":"config.json","size":5},)" + lfs_file("model.safetensors"));
  EXPECT_EQ(hub.find(name, {}).error().code, Code::Corrupt) << "another size than the hub says";
  server.body = repository(small + R"(,{"rfilename":"model.safetensors","size":7})");
  EXPECT_THAT(hub.find(name, {}).error().text, HasSubstr("no SHA-256"));
  server.body = repository(small + "," + lfs_file("model.safetensors") + "," + lfs_file("m.gguf"));
  EXPECT_EQ(hub.find(name, {})->files[0].name, "m.gguf") << "a GGUF file comes first";
}

TEST(Hub, ARepositoryOfAnAdapterIsOne) {
  const std::string small = R"({"rfilename":"adapter_config.json","size":2})";
  std::string body =
      repository(small + "," + lfs_file("adapter_model.safetensors") + "," +
                 lfs_file("tokenizer.json") + R"(,{"rfilename":"README.md","size":3})");
  net::FakeTransport transport([&](const net::HttpRequest& request) -> net::FakeReply {
    const bool is_file = request.url.path().ends_with("adapter_config.json");
    return {.status = 200, .headers = {}, .body = is_file ? "{}" : body};
  });
  Hub hub(transport, {net::Url::parse("https://hub.example").value(), ""});
  const HubName name = HubName::parse("hf.co/org/lora").value();
  const RemoteModel found = hub.find(name, {}).value();
  ASSERT_EQ(found.files.size(), 2U);
  EXPECT_EQ(found.files[0].name, "adapter_config.json");
  EXPECT_EQ(found.files[1].name, "adapter_model.safetensors");
  body = repository(small + R"(,{"rfilename":"adapters.safetensors","size":7})");
  EXPECT_THAT(hub.find(name, {}).error().text, HasSubstr("no SHA-256"));
  body = repository(small + "," + lfs_file("adapters.safetensors") + "," + lfs_file("m.gguf"));
  EXPECT_EQ(hub.find(name, {})->files[0].name, "m.gguf") << "a GGUF file comes first";
  body = repository(small + "," + lfs_file("adapter_model.bin"));
  EXPECT_FALSE(hub.find(name, {}));
}

TEST(Hub, RefusesToGuess) {
  Server server;
  const Error several = server.find("hf.co/org/repo").error();
  EXPECT_EQ(several.code, Code::InvalidArgument);
  EXPECT_THAT(several.hint, HasSubstr("m-Q4_K_M.gguf"));
  EXPECT_EQ(server.find("hf.co/org/repo:Q5_0").error().code, Code::NotFound);
  const Error unpinned = server.find("hf.co/org/repo:F16").error();
  EXPECT_EQ(unpinned.code, Code::Unsupported);
  EXPECT_THAT(unpinned.text, HasSubstr("no SHA-256"));
  server.body = repository(lfs_file("best-of-all.gguf"));
  EXPECT_TRUE(server.find("hf.co/org/repo"));
}

TEST(Hub, FindsAModelInParts) {
  Server server;
  const std::string first = lfs_file("q4/m-Q4_0-00001-of-00002.gguf");
  const std::string second = lfs_file("q4/m-Q4_0-00002-of-00002.gguf");
  server.body = repository(second + "," + first + "," + lfs_file("m-Q8_0.gguf"));
  const std::string name = "hf.co/org/repo:q4_0";
  const RemoteModel model = server.find(name).value();
  ASSERT_EQ(model.files.size(), 2U);
  EXPECT_EQ(model.files[0].name, "m-Q4_0-00001-of-00002.gguf");
  EXPECT_EQ(model.files[1].name, "m-Q4_0-00002-of-00002.gguf");
  server.body = repository(first);
  EXPECT_EQ(server.find(name).error().code, Code::NotFound);
  EXPECT_THAT(server.find(name).error().text, HasSubstr("part 2 of 2 is missing"));
  server.body = repository(first + "," + second + "," + lfs_file("q4/m-Q4_0-00003-of-00002.gguf"));
  EXPECT_THAT(server.find(name).error().text, HasSubstr("m-Q4_0-00003-of-00002.gguf"));
  server.body = repository(first + R"(,{"rfilename":"q4/m-Q4_0-00002-of-00002.gguf","size":7})");
  EXPECT_THAT(server.find(name).error().text, HasSubstr("no SHA-256"));
}

TEST(Hub, SaysWhyItMayNot) {
  Server server;
  server.status = 401;
  server.body = R"({"error":"Repository not found"})";
  const Error error = server.find("hf.co/org/repo").error();
  EXPECT_EQ(error.code, Code::PermissionDenied);
  EXPECT_THAT(error.text, HasSubstr("Repository not found"));
  EXPECT_THAT(error.hint, HasSubstr("HF_TOKEN"));
}

TEST(Hub, RefusesMetadataThatMakesNoSense) {
  Server server;
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"),
        std::string(R"({"sha":"main","siblings":[]})"), R"({"sha":")" + kCommit + R"("})",
        repository("1"), repository(R"({"size":1})"),
        repository(R"({"rfilename":"a.gguf","lfs":{"sha256":"xyz","size":1}})"),
        repository(R"({"rfilename":"a.gguf","lfs":{"sha256":")" + kHash + R"(","size":-1}})"),
        repository(R"({"rfilename":"a.gguf","lfs":{"size":1}})")}) {
    server.body = body;
    EXPECT_FALSE(server.find("hf.co/org/repo:a")) << body;
  }
}

}  // namespace
}  // namespace tegula::source
