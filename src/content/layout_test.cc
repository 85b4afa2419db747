#include "content/layout.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace tegula::content {
namespace {

const Layout kLayout("/store");

bool is_below(const os::Path& path, const os::Path& folder) {
  const os::Path relative = path.lexically_normal().lexically_relative(folder);
  return !relative.empty() && *relative.begin() != ".." && *relative.begin() != ".";
}

TEST(Layout, ShardsByDigest) {
  const Digest digest = Digest::of(bytes_of("abc"));
  EXPECT_EQ(kLayout.blob(digest), os::Path("/store/blobs/sha256/ba") / digest.hex());
  EXPECT_EQ(kLayout.tree(digest), os::Path("/store/trees/sha256/ba") / (digest.hex() + ".bt2"));
  EXPECT_EQ(kLayout.manifest(digest), os::Path("/store/manifests/sha256/ba") / digest.hex());
}

TEST(Layout, MapsNamesToFolders) {
  struct Case {
    const char *reference, *tag_file, *readable;
  };
  const Case cases[] = {
      {"starter", "repos/_local/starter/_tags/latest", "models/starter/latest"},
      {"team/starter:v2", "repos/_local/team/starter/_tags/v2", "models/team/starter/v2"},
      {"example.org/llama/8b:q4", "repos/example.org/llama/8b/_tags/q4",
       "models/example.org/llama/8b/q4"},
      {"localhost:5000/x", "repos/localhost+5000/x/_tags/latest", "models/localhost+5000/x/latest"},
      {"[::1]:5000/x:_", "repos/[++1]+5000/x/_tags/_", "models/[++1]+5000/x/_"},
  };
  for (const Case& c : cases) {
    const Reference reference = Reference::parse(c.reference).value();
    EXPECT_EQ(kLayout.tag_file(reference), kLayout.root() / c.tag_file);
    EXPECT_EQ(kLayout.readable(reference), kLayout.root() / c.readable);
    EXPECT_EQ(host_of_folder(host_folder(reference.host())), reference.host());
  }
}

// Whatever text somebody sends as a name, the file is below repos/, and other names are elsewhere.
TEST(Layout, KeepsHostileNamesInside) {
  const char* const pieces[] = {"..",        ".",      "/", "//",    "a",    "b",   "_tags",
                                "_local",    ":",      "@", "%2e",   "\\",   "~",   "a.b",
                                "localhost", "-",      "_", "\n",    "\xff", "C:",  "[",
                                "]",         "latest", "+", "blobs", "A",    "x:y", " "};
  std::mt19937 engine(20261123);
  std::set<std::string> names;
  std::set<os::Path> files;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (unsigned n = engine() % 6; n-- > 0;) text += pieces[engine() % std::size(pieces)];
    if (engine() % 50 == 0) text.push_back('\0');
    const auto reference = Reference::parse(text);
    if (!reference) continue;
    const os::Path file = kLayout.tag_file(*reference);
    ASSERT_TRUE(is_below(file, kLayout.repos())) << text;
    ASSERT_TRUE(is_below(kLayout.readable(*reference), kLayout.models())) << text;
    ASSERT_EQ(file, file.lexically_normal()) << text;
    ASSERT_EQ(file.native().find('\0'), std::string::npos);
    if (names.insert(reference->name() + ":" + reference->tag()).second) {
      ASSERT_TRUE(files.insert(file).second) << text;
    }
  }
  EXPECT_GT(names.size(), 100U);
}

}  // namespace
}  // namespace tegula::content
