#include "content/referrer_store.h"

#include <gtest/gtest.h>

#include "content/blob_store.h"
#include "content/media_type.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

constexpr std::string_view kType = "application/vnd.example.note.v1+json";

class ReferrerStore : public ::testing::Test {
 protected:
  // A pack under this name, that the manifest's bytes say apart.
  Descriptor subject(std::string_view name, const std::string& bytes = "weights") {
    const Digest digest =
        build(disk_.store, name, {{"tegula.json", "{}"}, {"m.gguf", bytes}}).value();
    const std::string json = disk_.store.read_manifest_bytes(digest).value();
    return {std::string(media_type::kImageManifest), digest, json.size()};
  }

  ImageManifest note(const Descriptor& subject, std::string_view text) {
    EXPECT_TRUE(disk_.store.put_bytes(bytes_of("{}"), *lease_));
    const StoredBlob blob = disk_.store.put_bytes(bytes_of(text), *lease_).value();
    return {.media_type = std::string(media_type::kImageManifest),
            .artifact_type = std::string(kType),
            .config = empty_descriptor(),
            .layers = {{std::string(kType), blob.digest, blob.size}},
            .subject = subject};
  }

  Result<Digest> put(const ImageManifest& manifest) {
    return disk_.store.put_referrer(encode(manifest).value(), *lease_);
  }

  void collect() {
    lease_.reset();
    ASSERT_TRUE(disk_.store.gc({.grace = std::chrono::seconds(0)}));
    lease_ = disk_.store.lease().value();
  }

  TemporaryStore disk_;
  std::unique_ptr<Lease> lease_ = disk_.store.lease().value();
};

TEST_F(ReferrerStore, ListsWhatIsSaidAboutAManifest) {
  const Descriptor one = subject("one");
  const Descriptor two = subject("two", "other weights");
  EXPECT_TRUE(disk_.store.referrers(one.digest)->empty());
  const ImageManifest first = note(one, "first");
  const Digest digest = put(first).value();
  EXPECT_EQ(put(first).value(), digest);
  ASSERT_TRUE(put(note(one, "second")));
  ASSERT_TRUE(put(note(two, "third")));
  const std::vector<Referrer> found = disk_.store.referrers(one.digest).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_LT(found[0].digest, found[1].digest);
  EXPECT_TRUE(found[0].manifest == first || found[1].manifest == first);
  EXPECT_EQ(list_subjects(disk_.context)->size(), 2U);
}

TEST_F(ReferrerStore, NeedsItsSubjectAndItsBlobs) {
  ImageManifest manifest = note(subject("m"), "text");
  manifest.layers[0].digest = Digest::of(bytes_of("nowhere"));
  EXPECT_EQ(put(manifest).error().code, Code::NotFound);
  manifest = note(subject("m"), "text");
  manifest.subject->digest = Digest::of(bytes_of("nowhere"));
  EXPECT_EQ(put(manifest).error().code, Code::NotFound);
  manifest.subject.reset();
  EXPECT_EQ(put(manifest).error().code, Code::InvalidArgument);
  manifest = note(subject("m"), "text");
  manifest.layers.clear();
  EXPECT_EQ(put(manifest).error().code, Code::InvalidArgument);
  EXPECT_TRUE(list_subjects(disk_.context)->empty());
}

TEST_F(ReferrerStore, TakesBackWhatWasSaid) {
  const Descriptor model = subject("m");
  const Digest first = put(note(model, "first")).value();
  const Digest second = put(note(model, "second")).value();
  ASSERT_TRUE(disk_.store.remove_referrer(model.digest, first));
  const std::vector<Referrer> left = disk_.store.referrers(model.digest).value();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].digest, second);
  EXPECT_EQ(disk_.store.remove_referrer(model.digest, first).error().code, Code::NotFound);
}

TEST_F(ReferrerStore, LivesAsLongAsItsSubject) {
  const Descriptor model = subject("m");
  const ImageManifest manifest = note(model, "text");
  const Digest blob = manifest.layers[0].digest;
  ASSERT_TRUE(put(manifest));
  collect();
  EXPECT_EQ(disk_.store.referrers(model.digest)->size(), 1U);
  EXPECT_TRUE(disk_.store.has_blob(blob, 4).value());
  ASSERT_TRUE(disk_.store.remove(named("m")));
  collect();
  EXPECT_TRUE(disk_.store.referrers(model.digest)->empty());
  EXPECT_FALSE(disk_.store.has_blob(blob, 4).value());
  EXPECT_FALSE(os::exists(disk_.fs, disk_.context.layout.referrers_of(model.digest)).value());
}

TEST_F(ReferrerStore, IsVerifiedWithItsSubject) {
  const Descriptor model = subject("m");
  const ImageManifest manifest = note(model, "text");
  const Digest digest = put(manifest).value();
  EXPECT_TRUE(disk_.store.verify(model.digest, disk_.progress, {})->is_good());
  flip(disk_.context.layout.blob(manifest.layers[0].digest), 1);
  const VerifyReport flipped = disk_.store.verify(model.digest, disk_.progress, {}).value();
  ASSERT_EQ(flipped.faults.size(), 1U);
  EXPECT_TRUE(flipped.faults[0].text.starts_with(std::string(kType) + " of sha256:"));
  flip(disk_.context.layout.blob(manifest.layers[0].digest), 1);
  flip(disk_.context.layout.referrer(model.digest, digest), 1);
  EXPECT_EQ(disk_.store.referrers(model.digest).error().code, Code::Corrupt);
  EXPECT_FALSE(disk_.store.verify(model.digest, disk_.progress, {})->is_good());
  // It is written anew over the damaged one.
  EXPECT_EQ(put(manifest).value(), digest);
  EXPECT_TRUE(disk_.store.verify(model.digest, disk_.progress, {})->is_good());
}

}  // namespace
}  // namespace tegula::content
