#include "source/credential_helper.h"

#include <gtest/gtest.h>

#include "os/file_system.h"
#include "os/temporary_folder.h"

namespace tegula::source {
namespace {

class CredentialHelperTest : public ::testing::Test {
 protected:
  // A helper that is a shell script.
  void install(const char* script) {
    const os::Path path = folder_ / "docker-credential-test";
    ASSERT_TRUE(os::write_durably(fs_, path, bytes_of(std::string("#!/bin/sh\n") + script), 0755));
  }

  Result<std::optional<Credential>> ask(const std::string& name = "test") {
    const os::Environment environment(
        {{"PATH", folder_.path().native() + ":/usr/bin:/bin"}, {"HOME", "/home/me"}});
    return ask_credential_helper(name, "registry.example", environment, {});
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
};

TEST_F(CredentialHelperTest, IsAskedForTheHost) {
  install(R"([ "$1" = get ] && read host || true; [ "$host" = registry.example ] || exit 9
echo '{"ServerURL":"registry.example","Username":"me","Secret":"word"}')");
  EXPECT_EQ(ask().value(), (Credential{.user = "me", .password = "word"}));
}

TEST_F(CredentialHelperTest, GivesTokensAsTokens) {
  install(R"(echo '{"ServerURL":"r","Username":"<token>","Secret":"t"}')");
  EXPECT_EQ(ask().value(), (Credential{.identity_token = "t"}));
}

TEST_F(CredentialHelperTest, MayHaveNone) {
  EXPECT_EQ(ask("nowhere").value(), std::nullopt);
  install("echo credentials not found in native keychain; exit 1");
  EXPECT_EQ(ask().value(), std::nullopt);
}

TEST_F(CredentialHelperTest, IsNotQuoted) {
  for (const char* script : {"echo secret; exit 1", "echo secret", "echo '[]'",
                             "echo '{\"Username\":\"secret\"}'", "yes secret"}) {
    install(script);
    const auto answer = ask();
    ASSERT_FALSE(answer) << script;
    EXPECT_EQ(answer.error().text.find("secret"), std::string::npos) << answer.error().text;
  }
  EXPECT_EQ(ask("../x").error().code, Code::Corrupt);
  EXPECT_EQ(ask("").error().code, Code::Corrupt);
}

}  // namespace
}  // namespace tegula::source
