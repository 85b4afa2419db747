#include "logserver/authority_renewal.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "logserver/timestamp_files.h"
#include "logserver/trust_files.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

class AuthorityRenewalTest : public ::testing::Test {
 protected:
  Result<tlog::NoteKey> create(LogKind kind = LogKind::Rekor, bool with_authority = true) {
    const LogConfig config{.kind = kind, .origin = "log.example", .url = {}};
    return create_log(world_, layout_.root(), config, {}, [&](const tlog::NoteKey& key) {
      return add_companions({.config = config, .key = key, .since = clock_.now()}, with_authority);
    });
  }

  Result<void> add_companions(PublicLog log, bool with_authority) {
    const auto authority = TRY(make_timestamp_authority("log.example", clock_.now(), random_));
    if (with_authority) {
      log.authority = &authority;
      TRY(store_timestamp_authority(fs_, layout_, authority));
    }
    TRY(os::write_durably(fs_, layout_.trusted_root(), bytes_of(trusted_root_json(log))));
    return os::write_durably(fs_, layout_.signing_config(), bytes_of(signing_config_json(log)));
  }

  Result<Renewal> renew() { return renew_timestamp_authority(world_, layout_.root()); }
  Code renew_code() {
    const auto out = renew();
    return out ? Code::Internal : out.error().code;
  }

  codec::Json json(const os::Path& path) {
    return codec::parse_json(os::read_file(fs_, path, 1 << 20).value()).value();
  }

  codec::Json authorities() { return json(layout_.trusted_root())["timestampAuthorities"]; }

  os::PosixFileSystem fs_;
  ManualClock clock_;
  SeededRandom random_{1};
  const LogWorld world_{fs_, clock_, random_};
  const os::TemporaryFolder folder_;
  const LogLayout layout_{folder_ / "log"};
};

TEST_F(AuthorityRenewalTest, KeepsTheOldOneForWhatItStamped) {
  ASSERT_TRUE(create());
  const auto old = load_timestamp_authority(fs_, layout_).value();
  const codec::Json config = json(layout_.signing_config());
  clock_.advance(std::chrono::hours(24));
  const auto made = renew();
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_FALSE(made->is_first);
  EXPECT_EQ(made->validity.not_before_s, 1'700'000'000 + 86'400);
  const auto now = load_timestamp_authority(fs_, layout_).value();
  EXPECT_NE(now->key().public_key(), old->key().public_key());
  EXPECT_EQ(now->validity(), made->validity);
  ASSERT_EQ(authorities().size(), 2U);
  EXPECT_EQ(authorities()[0]["validFor"]["start"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(authorities()[0]["validFor"]["end"], "2023-11-15T22:13:20Z");
  EXPECT_EQ(authorities()[1]["validFor"]["start"], "2023-11-15T22:13:20Z");
  EXPECT_EQ(json(layout_.signing_config()), config);
  EXPECT_EQ(fs_.stat(layout_.timestamp_key()).value().mode, 0600U);
  EXPECT_EQ(fs_.list(layout_.timestamp()).value().size(), 2U);
}

TEST_F(AuthorityRenewalTest, EndsEachOnce) {
  ASSERT_TRUE(create());
  for (int i = 0; i < 2; ++i) {
    clock_.advance(std::chrono::hours(24));
    ASSERT_TRUE(renew());
  }
  ASSERT_EQ(authorities().size(), 3U);
  EXPECT_EQ(authorities()[0]["validFor"]["end"], "2023-11-15T22:13:20Z");
  EXPECT_EQ(authorities()[1]["validFor"]["end"], "2023-11-16T22:13:20Z");
}

TEST_F(AuthorityRenewalTest, GivesALogItsFirst) {
  ASSERT_TRUE(create(LogKind::Rekor, false));
  const auto made = renew();
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_TRUE(made->is_first);
  EXPECT_EQ(load_timestamp_authority(fs_, layout_).value()->validity(), made->validity);
  EXPECT_EQ(authorities().size(), 1U);
  EXPECT_EQ(json(layout_.signing_config())["tsaUrls"][0]["url"],
            "https://log.example/api/v1/timestamp");
}

// A key that was lost is a reason to renew.
TEST_F(AuthorityRenewalTest, NeedsNoOldKey) {
  ASSERT_TRUE(create());
  ASSERT_TRUE(fs_.remove(layout_.timestamp_key()));
  ASSERT_TRUE(renew());
  EXPECT_TRUE(load_timestamp_authority(fs_, layout_).value());
}

TEST_F(AuthorityRenewalTest, RefusesWhatItCanNotDo) {
  EXPECT_EQ(renew_code(), Code::NotFound);
  ASSERT_TRUE(create());
  {
    const auto lock = lock_log(fs_, layout_).value();
    EXPECT_EQ(renew_code(), Code::Unavailable);
  }
  const auto root = os::read_file(fs_, layout_.trusted_root(), 1 << 20).value();
  const auto authority = load_timestamp_authority(fs_, layout_).value();
  const auto config = os::read_file(fs_, layout_.signing_config(), 1 << 20).value();
  ASSERT_TRUE(os::write_durably(fs_, layout_.signing_config(), bytes_of("[]")));
  EXPECT_EQ(renew_code(), Code::Corrupt);
  EXPECT_EQ(os::read_file(fs_, layout_.trusted_root(), 1 << 20).value(), root);
  ASSERT_TRUE(os::write_durably(fs_, layout_.signing_config(), bytes_of(config)));
  ASSERT_TRUE(os::write_durably(fs_, layout_.trusted_root(), bytes_of("[]")));
  EXPECT_EQ(renew_code(), Code::Corrupt);
  ASSERT_TRUE(fs_.remove(layout_.trusted_root()));
  EXPECT_EQ(renew_code(), Code::NotFound);
  EXPECT_EQ(load_timestamp_authority(fs_, layout_).value()->chain(), authority->chain());
}

TEST_F(AuthorityRenewalTest, LeavesGenericLogsAlone) {
  ASSERT_TRUE(create(LogKind::Generic, false));
  EXPECT_EQ(renew_code(), Code::InvalidArgument);
  EXPECT_FALSE(os::exists(fs_, layout_.timestamp()).value());
}

}  // namespace
}  // namespace tegula::logserver
