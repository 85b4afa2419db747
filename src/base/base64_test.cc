#include "base/base64.h"

#include <utility>

#include <gtest/gtest.h>

namespace tegula {
namespace {

TEST(Base64, EncodesAndDecodesAsInTheRfc) {  // RFC 4648 §10
  const std::pair<std::string_view, std::string_view> cases[] = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xff\xfe", "//4="}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(base64_encode(bytes_of(plain)), encoded);
    EXPECT_EQ(text_of(base64_decode(encoded).value()), plain);
  }
}

TEST(Base64, HasOneSpelling) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "====", "Zh==", "Zm9=", "Zg==Zg==",
                                      "Zm 9", "Zm-_", "=Zg=", "Z=g="})
    EXPECT_FALSE(base64_decode(text)) << text;
}

}  // namespace
}  // namespace tegula
