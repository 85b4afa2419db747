#include "crypto/dsse.h"

#include <gtest/gtest.h>

namespace tegula::crypto {
namespace {

// protocol.md, "Test Vectors".
TEST(Dsse, EncodesThePublishedExample) {
  EXPECT_EQ(text_of(dsse_pae("http://example.com/HelloWorld", bytes_of("hello world"))),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(Dsse, CountsBytesAndKeepsAnyPayload) {
  EXPECT_EQ(text_of(dsse_pae("é", {})), "DSSEv1 2 é 0 ");
  const Bytes payload = {0, 0xFF, '\n'};
  EXPECT_EQ(text_of(dsse_pae("", payload)), std::string("DSSEv1 0  3 \0\xFF\n", 15));
}

// What moves between type and payload changes a length.
TEST(Dsse, HasOneFormForEachPair) {
  EXPECT_NE(dsse_pae("a", bytes_of("b c")), dsse_pae("a b", bytes_of("c")));
}

}  // namespace
}  // namespace tegula::crypto
