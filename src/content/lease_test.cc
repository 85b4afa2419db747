#include "content/lease.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

const Digest kA = Digest::of(bytes_of("a")), kB = Digest::of(bytes_of("b"));

TEST(Lease, ProtectsWhileItLives) {
  TemporaryStore t;
  auto lease = Lease::create(t.context).value();
  ASSERT_TRUE(lease->protect(kA));
  ASSERT_TRUE(lease->protect(kB));
  ASSERT_TRUE(lease->protect(kA));
  const auto other = Lease::create(t.context).value();
  LeaseState state = read_leases(t.context).value();
  EXPECT_EQ(state.protected_digests, (std::vector{kA, kB}));
  EXPECT_EQ(state.live.size(), 2U);
  EXPECT_TRUE(state.dead.empty());
  lease.reset();
  state = read_leases(t.context).value();
  EXPECT_TRUE(state.protected_digests.empty());
  EXPECT_EQ(state.live.size(), 1U);
  EXPECT_TRUE(state.dead.empty());  // its file went with it
}

TEST(Lease, OfACrashedHolderIsDead) {
  TemporaryStore t;
  std::filesystem::create_directories(t.context.layout.leases());
  overwrite(t.write("store/leases/0123", ""), "\n" + kA.str() + "\n");
  const LeaseState state = read_leases(t.context).value();
  EXPECT_TRUE(state.protected_digests.empty());
  EXPECT_EQ(state.dead, (std::vector<std::string>{"0123"}));
}

TEST(Lease, SurvivesALineThatWasCutShort) {
  TemporaryStore t;
  const auto lease = Lease::create(t.context).value();
  ASSERT_TRUE(lease->protect(kA));
  const auto name = read_leases(t.context).value().live.at(0);
  const os::Path path = t.context.layout.leases() / name;
  std::ofstream(path, std::ios::app) << "\nsha256:0123";
  ASSERT_TRUE(lease->protect(kB));
  EXPECT_EQ(read_leases(t.context).value().protected_digests, (std::vector{kA, kB}));
}

TEST(Lease, TakesItsUploadsWithIt) {
  TemporaryStore t;
  auto lease = Lease::create(t.context).value();
  const os::Path first = lease->new_upload().value(), second = lease->new_upload().value();
  EXPECT_NE(first, second);
  ASSERT_TRUE(t.fs.create(first, 0644));
  lease.reset();
  EXPECT_TRUE(std::filesystem::is_empty(t.context.layout.uploads()));
  EXPECT_TRUE(std::filesystem::is_empty(t.context.layout.leases()));
}

TEST(Lease, HoldsItsLimit) {
  TemporaryStore t;
  const auto lease = Lease::create(t.context).value();
  crypto::Hash256 hash{};
  for (std::size_t i = 0; i < limits::kLeaseDigestsMax; ++i) {
    std::memcpy(hash.data(), &i, sizeof i);
    ASSERT_TRUE(lease->protect(Digest(hash)));
  }
  EXPECT_EQ(read_leases(t.context).value().protected_digests.size(), limits::kLeaseDigestsMax);
  EXPECT_EQ(lease->protect(kA).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::content
