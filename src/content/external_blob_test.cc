#include "content/external_blob.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

TEST(ExternalBlob, ParseAndEncodeAreInverse) {
  for (const char* path : {"/a", "/a b/\"é\"\n.gguf"}) {
    const ExternalBlob blob{path, limits::kBlobBytesMax};
    EXPECT_EQ(parse_external_blob(encode(blob).value()).value(), blob);
  }
}

TEST(ExternalBlob, RefusesTornAndStrangeRecords) {
  const std::string whole = encode({"/model.gguf", 12}).value();
  for (std::size_t size = 0; size + 1 < whole.size(); ++size)
    EXPECT_EQ(parse_external_blob(whole.substr(0, size)).error().code, Code::Corrupt) << size;
  for (const char* bad :
       {"{}", "[]", R"({"path":"model.gguf","size":1})", R"({"path":"/a","size":-1})",
        R"({"path":"/a","size":99999999999999999})", R"({"path":1,"size":1})"})
    EXPECT_EQ(parse_external_blob(bad).error().code, Code::Corrupt) << bad;
  EXPECT_EQ(encode({"/\xff", 1}).error().code, Code::Unsupported);
}

TEST(ExternalBlob, IsReadBackFromTheStore) {
  TemporaryStore t;
  const Digest digest = Digest::of(bytes_of("a"));
  EXPECT_EQ(read_external(t.context, digest).value(), std::nullopt);
  const ExternalBlob blob{"/somewhere/model.gguf", 1};
  ASSERT_TRUE(put_external(t.context, digest, blob));
  EXPECT_EQ(read_external(t.context, digest).value(), blob);
  overwrite(t.context.layout.external(digest), "{");
  EXPECT_EQ(read_external(t.context, digest).error().code, Code::Corrupt);
}

}  // namespace
}  // namespace tegula::content
