#include "content/store.h"

#include <thread>

#include <gtest/gtest.h>

#include "content/temporary_store.h"
#include "os/unprivileged.h"

namespace tegula::content {
namespace {

TEST(Store, IsOpenedAgainWithAllThatIsInIt) {
  TemporaryStore t;
  const Digest digest = build(t.store, "starter", sample_files()).value();
  const Store again = Store::open(t.fs, t.clock, t.random, t.path()).value();
  EXPECT_EQ(again.resolve(named("starter")).value(), digest);
  EXPECT_EQ(again.read_manifest(digest).value().layers.size(), sample_files().size());
  EXPECT_TRUE(again.verify(t.progress, Stop()).value().is_good());
}

TEST(Store, AHardLinkedModelOutlivesItsName) {
  TemporaryStore t;
  auto lease = t.store.lease().value();
  const std::string bytes = noise(limits::kMiB, 1);
  const os::Path path = t.write("model.gguf", bytes);
  ASSERT_TRUE(t.store.import_file(path, *lease, {}, t.progress, Stop()));
  lease.reset();
  ASSERT_TRUE(t.store.gc({.dry_run = false, .grace = std::chrono::seconds(0)}));
  EXPECT_EQ(slurp(path), bytes);  // the user's file stays the user's
}

TEST(Store, ThreadsBuildAndCollectAtOnce) {
  TemporaryStore t;
  std::vector<std::thread> threads;
  for (int worker = 0; worker < 4; ++worker)
    threads.emplace_back([&, worker] {
      for (int i = 0; i < 10; ++i) {
        const std::string text = std::to_string(i % 3);
        const auto built = build(t.store, "m" + std::to_string(worker),
                                 {{"model.gguf", "model " + text}, {"LICENSE", "free"}});
        EXPECT_TRUE(built) << built.error().text;
      }
    });
  threads.emplace_back([&] {
    for (int i = 0; i < 20; ++i) {
      const auto report = t.store.gc({.dry_run = false, .grace = std::chrono::seconds(0)});
      EXPECT_TRUE(report) << report.error().text;
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(t.store.names().value().names.size(), 4U);
  EXPECT_TRUE(t.store.verify(t.progress, Stop()).value().is_good());
}

TEST(Store, OnAReadOnlyDiskIsStillRead) {
  os::run_unprivileged([] {
    TemporaryStore t;
    const Digest digest = build(t.store, "starter", sample_files()).value();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(t.path()))
      if (entry.is_directory())
        std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_write,
                                     std::filesystem::perm_options::remove);
    std::filesystem::permissions(t.path(), std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::remove);

    const Store store = Store::open(t.fs, t.clock, t.random, t.path()).value();
    EXPECT_EQ(store.resolve(named("starter")).value(), digest);
    const Manifest manifest = store.read_manifest(digest).value();
    EXPECT_TRUE(store.open_verified(manifest.layers[0], t.progress, Stop()));
    EXPECT_TRUE(store.verify(t.progress, Stop()).value().is_good());
    EXPECT_EQ(store.names().value().names.size(), 1U);
    for (const Code code :
         {store.lease().error().code, store.tag(named("other"), digest, "tagged").error().code,
          store.remove(named("starter")).error().code})
      EXPECT_EQ(code, Code::PermissionDenied);
    EXPECT_EQ(store.resolve(named("starter")).value(), digest);
  });
}

TEST(Store, WithoutPermissionSaysSo) {
  os::run_unprivileged([] {
    TemporaryStore t;
    std::filesystem::permissions(t.path(), std::filesystem::perms::none);
    const auto store = Store::open(t.fs, t.clock, t.random, t.path());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::PermissionDenied);
    EXPECT_NE(store.error().text.find(t.path().native()), std::string::npos);
  });
}

}  // namespace
}  // namespace tegula::content
