#include "build/record.h"

#include <gtest/gtest.h>

#include "build/sample_build_test.h"
#include "content/annotation.h"
#include "content/media_type.h"

namespace tegula::build {
namespace {

class Record : public ::testing::Test {
 protected:
  BuildContext context() {
    BuildContext out = sample_context(disk_, disk_.path());
    out.builder = [this] { return ++asked_, BuilderInfo{"0.0.0", {}}; };
    return out;
  }

  Lock lock(std::uint64_t seed = 0) const {
    Lock out;
    out.seed = seed;
    out.targets = {"gguf"};
    out.outputs.emplace("gguf", manifest_);
    return out;
  }

  Result<void> put(const Lock& lock) {
    return put_record(manifest_, lock, "FROM ./m.gguf\n", *lease_, context());
  }

  std::size_t count() { return disk_.store.referrers(manifest_).value().size(); }

  content::TemporaryStore disk_;
  content::Digest manifest_ =
      content::build(disk_.store, "m", {{"tegula.json", "{}"}, {"m.gguf", "weights"}}).value();
  std::unique_ptr<content::Lease> lease_ = disk_.store.lease().value();
  int asked_ = 0;
};

TEST_F(Record, IsALockAndAProvenance) {
  EXPECT_EQ(recorded_lock(manifest_, context()).error().code, Code::NotFound);
  ASSERT_TRUE(put(lock()));
  EXPECT_EQ(recorded_lock(manifest_, context()).value(), lock());
  ASSERT_EQ(count(), 2U);
  const std::vector<content::Referrer> referrers = disk_.store.referrers(manifest_).value();
  for (const content::Referrer& referrer : referrers) {
    const content::ImageManifest& manifest = referrer.manifest;
    EXPECT_EQ(referrer.subject().digest, manifest_);
    EXPECT_EQ(*content::find_annotation(manifest.annotations, content::annotation::kBuildId),
              lock().build_id().str());
    if (manifest.artifact_type == content::media_type::kLock) continue;
    EXPECT_EQ(manifest.artifact_type, content::media_type::kInToto);
    const auto blob = disk_.store.open_verified(manifest.layers[0], disk_.progress, {}).value();
    EXPECT_EQ(content::read_text(blob, 4096).value(),
              provenance_of(lock(), "FROM ./m.gguf\n", {"0.0.0", {}}));
  }
}

TEST_F(Record, IsWrittenOnceForEachBuildId) {
  ASSERT_TRUE(put(lock()));
  ASSERT_TRUE(put(lock()));
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(count(), 2U);
  ASSERT_TRUE(put(lock(7)));
  EXPECT_EQ(count(), 4U);
}

// Anybody can attach the lock of another build, or one that names nothing.
TEST_F(Record, IsOfThisPackOrOfNone) {
  Lock other = lock();
  other.outputs.at("gguf") = content::Digest::of(bytes_of("another pack"));
  ASSERT_TRUE(put(other));
  EXPECT_EQ(recorded_lock(manifest_, context()).error().code, Code::Untrusted);
  EXPECT_EQ(recorded_targets(manifest_, context()).error().code, Code::Untrusted);
  Lock empty = lock(7);
  empty.outputs.clear();
  ASSERT_TRUE(put(empty));
  EXPECT_EQ(recorded_lock(manifest_, context()).error().code, Code::Untrusted);
  ASSERT_TRUE(put(lock(8)));
  EXPECT_EQ(recorded_lock(manifest_, context()).value(), lock(8));
}

}  // namespace
}  // namespace tegula::build
