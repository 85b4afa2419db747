#include "source/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "os/temporary_folder.h"

namespace tegula::source {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string packed(std::string_view text) { return base64_encode(bytes_of(text)); }

CredentialFile parse(const std::string& json) { return parse_credentials(json).value(); }

TEST(Credentials, AreFoundByHostAndPath) {
  const CredentialFile file = parse(R"({"auths":{"a.example":{"auth":")" + packed("ann:p:w") +
                                    R"("},"a.example/team":{"username":"bob","password":"x"},)" +
                                    R"("https://index.docker.io/v1/":{"identitytoken":"t"}}})");
  EXPECT_EQ(file.find("a.example", "x/y"), (Credential{.user = "ann", .password = "p:w"}));
  EXPECT_EQ(file.find("a.example", "team/y")->user, "bob");
  EXPECT_EQ(file.find("a.example", "teammate/y")->user, "ann");
  EXPECT_EQ(file.find("index.docker.io", "library/x")->identity_token, "t");
  EXPECT_EQ(file.find("b.example", "x"), std::nullopt);
  EXPECT_EQ(file.find("example", "x"), std::nullopt);
}

TEST(Credentials, KnowsHelpers) {
  const CredentialFile file =
      parse(R"({"auths":{"a":{}},"credHelpers":{"a":"pass"},"credsStore":"secretservice"})");
  EXPECT_EQ(file.find("a", "x"), std::nullopt);
  EXPECT_EQ(file.helper_of("a"), "pass");
  EXPECT_EQ(file.helper_of("b"), "secretservice");
  EXPECT_EQ(parse("{}").helper_of("b"), "");
}

TEST(Credentials, SayNothingOfThemselvesInErrors) {
  for (const std::string& json :
       {std::string(R"({"auths":{"a":{"auth":"secret!"}}})"),
        R"({"auths":{"a":{"auth":")" + packed("secret") + R"("}}})",
        std::string(R"({"auths":{"a":{"username":1,"password":"secret"}}})"),
        std::string(R"({"auths":{"a":"secret"}})"), std::string(R"({"auths":"secret"})"),
        std::string(R"(["secret"])"), std::string(R"({"auths":{"a":{"auth":"secret)")}) {
    const auto file = parse_credentials(json);
    ASSERT_FALSE(file) << json;
    EXPECT_EQ(file.error().code, Code::Corrupt);
    EXPECT_THAT(file.error().text, Not(HasSubstr("secret")));
  }
}

TEST(Credentials, AreLookedForInOrder) {
  const os::TemporaryFolder home;
  os::PosixFileSystem fs;
  const auto write = [&](std::string_view path, std::string_view user) {
    const os::Path file = home / path;
    ASSERT_TRUE(os::make_folders(fs, file.parent_path()));
    ASSERT_TRUE(os::write_durably(
        fs, file,
        bytes_of(R"({"auths":{"a":{"username":")" + std::string(user) + R"(","password":"x"}}})")));
  };
  const auto user = [&](const os::Environment::Variables& variables) {
    const auto file = load_credentials(fs, home.path(), os::Environment(variables)).value();
    const auto found = file.find("a", "x");
    return found ? found->user : "";
  };
  const std::string runtime = (home / "run").native(), docker = (home / "d").native();
  EXPECT_EQ(user({}), "");
  write("run/containers/auth.json", "podman");
  EXPECT_EQ(user({{"XDG_RUNTIME_DIR", runtime}}), "podman");
  write(".docker/config.json", "docker");
  EXPECT_EQ(user({{"XDG_RUNTIME_DIR", runtime}}), "docker");
  write("d/config.json", "elsewhere");
  EXPECT_EQ(user({{"DOCKER_CONFIG", docker}}), "elsewhere");
  write("file.json", "named");
  EXPECT_EQ(
      user({{"DOCKER_CONFIG", docker}, {"REGISTRY_AUTH_FILE", (home / "file.json").native()}}),
      "named");
}

TEST(Credentials, AskAHelperForWhatTheyLack) {
  CredentialFile file = parse_credentials(R"({"auths":{"known.example":{"auth":"bWU6d29yZA=="}},
      "credHelpers":{"other.example":"own"},"credsStore":"all"})")
                            .value();
  EXPECT_EQ(file.credential_for("nowhere.example", "m").value(), std::nullopt);
  std::string asked;
  file.ask_helper = [&](const std::string& helper, const std::string& host) {
    asked += helper + " " + host + "\n";
    return std::optional(Credential{.user = "you"});
  };
  EXPECT_EQ(file.credential_for("known.example", "m").value()->user, "me");
  EXPECT_EQ(file.credential_for("other.example", "m").value()->user, "you");
  EXPECT_EQ(file.credential_for("index.docker.io", "m").value()->user, "you");
  EXPECT_EQ(asked, "own other.example\nall https://index.docker.io/v1/\n");
}

}  // namespace
}  // namespace tegula::source
