#include "logserver/log_routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "logserver/hashed_rekord.h"
#include "logserver/sample_log.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

using ::testing::HasSubstr;

class LogRoutesTest : public ::testing::Test {
 protected:
  void start(LogKind kind) {
    ASSERT_TRUE(sample_.create({}, kind));
    ASSERT_TRUE(sample_.open());
  }

  // The reply, once it is there.
  std::shared_ptr<net::ServerReply> ask(const std::string& method, const std::string& path,
                                        std::string body = {}) {
    auto out = std::make_shared<net::ServerReply>(net::ServerReply{.status = 0});
    log_handler(sample_.log())({.method = method, .path = path, .body = std::move(body)},
                               net::Responder([out](net::ServerReply reply) { *out = reply; }));
    return out;
  }
  net::ServerReply get(const std::string& path) { return *ask("GET", path); }

  static std::string header(const net::ServerReply& reply, std::string_view name) {
    return std::string(net::find_header(reply.headers, name).value_or(""));
  }

  std::string rekord(std::string_view artifact) {
    const codec::Json json = {
        {"hashedRekordRequestV002",
         {{"digest", base64_encode(crypto::sha256(bytes_of(artifact)))},
          {"signature",
           {{"content", base64_encode(key_.sign(bytes_of(artifact)).value())},
            {"verifier",
             {{"publicKey", {{"rawBytes", base64_encode(key_.public_key().der())}}},
              {"keyDetails", "PKIX_ECDSA_P256_SHA_256"}}}}}}}};
    return json.dump();
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  SampleLog sample_{fs_, folder_ / "log"};
  crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
};

TEST_F(LogRoutesTest, TakesEntriesAndGivesTheirIndex) {
  start(LogKind::Generic);
  const auto a = ask("POST", "/add", "a"), b = ask("POST", "/add", "b"),
             c = ask("POST", "/add", "a");
  EXPECT_EQ(a->status, 0);  // not before it is durable
  ASSERT_TRUE(sample_.log().sequence());
  EXPECT_EQ(a->status, 200);
  EXPECT_EQ(a->body, "0\n");
  EXPECT_EQ(b->body, "1\n");
  EXPECT_EQ(c->body, "0\n");
  EXPECT_EQ(ask("POST", "/add", "b")->body, "1\n");
  EXPECT_EQ(ask("POST", "/add", std::string(limits::kLogEntryBytesMax + 1, 'x'))->status, 413);
  EXPECT_EQ(ask("GET", "/add")->status, 405);
  EXPECT_EQ(header(*ask("GET", "/add"), "Allow"), "POST");
  EXPECT_EQ(ask("POST", "/api/v2/log/entries", rekord("x"))->status, 405);
  EXPECT_EQ(get("/api/v2/checkpoint").status, 404);
}

TEST_F(LogRoutesTest, TellsFloodsToWait) {
  start(LogKind::Generic);
  for (std::size_t i = 0; i < limits::kLogPoolEntriesMax; ++i)
    ASSERT_EQ(ask("POST", "/add", fmt::to_string(i))->status, 0);
  const auto refused = ask("POST", "/add", "one more");
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(header(*refused, "Retry-After"), "1");
}

TEST_F(LogRoutesTest, ServesTilesThatWereSigned) {
  start(LogKind::Generic);
  EXPECT_EQ(get("/checkpoint").status, 404);
  sample_.add(sample_entries(0, 300));
  EXPECT_EQ(get("/checkpoint").status, 404);
  ASSERT_TRUE(sample_.publish());
  const auto checkpoint = get("/checkpoint");
  EXPECT_EQ(checkpoint.status, 200);
  EXPECT_EQ(header(checkpoint, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(read_signed_checkpoint(checkpoint.body, sample_.log().identity().key));
  struct Case {
    const char* path;
    std::size_t bytes;
  };
  for (const Case& c : {Case{"/tile/0/000", 8192},
                        {"/tile/0/001.p/44", 44 * 32},
                        {"/tile/0/000.p/7", 7 * 32},
                        {"/tile/1/000.p/1", 32}}) {
    const auto reply = get(c.path);
    EXPECT_EQ(reply.status, 200) << c.path;
    EXPECT_EQ(reply.body.size(), c.bytes) << c.path;
    EXPECT_THAT(header(reply, "Cache-Control"), HasSubstr("immutable"));
  }
  EXPECT_THAT(get("/tile/entries/001.p/44").body, HasSubstr("entry 256"));
  for (const char* path :
       {"/", "/x", "/tile/0/002", "/tile/0/001", "/tile/0/001.p/45", "/tile/1/000.p/2",
        "/tile/2/000.p/1", "/tile/63/000", "/tile/0/999", "/tile/entries/002.p/1",
        "/tile/0/000.p/0", "/tile/../../key.pem", "/../key.pem", "/record", "/tile/0/x001/000"})
    EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_EQ(ask("POST", "/checkpoint")->status, 405);
}

TEST_F(LogRoutesTest, ServesNothingBeyondWhatWasSigned) {
  start(LogKind::Generic);
  sample_.add(sample_entries(0, 10));
  ASSERT_TRUE(os::write_durably(fs_, folder_ / "log/public/tile/0/000.p/11", bytes_of("left")));
  EXPECT_EQ(get("/tile/0/000.p/11").status, 404);
}

TEST_F(LogRoutesTest, AnswersARekordWhenItsCheckpointIsPublished) {
  start(LogKind::Rekor);
  const auto reply = ask("POST", "/api/v2/log/entries", rekord("artifact"));
  const auto twin = ask("POST", "/api/v2/log/entries", rekord("other"));
  ASSERT_TRUE(sample_.log().sequence());
  EXPECT_EQ(reply->status, 0);
  ASSERT_TRUE(sample_.publish());
  ASSERT_EQ(reply->status, 201) << reply->body;
  const codec::Json entry = codec::parse_json(reply->body).value();
  EXPECT_EQ(entry["logIndex"], "0");
  EXPECT_EQ(entry["integratedTime"], "0");
  EXPECT_EQ(entry["kindVersion"]["version"], "0.0.2");
  EXPECT_EQ(entry["logId"]["keyId"], base64_encode(sample_.log().identity().key.hash()));
  const Bytes body = base64_decode(entry["canonicalizedBody"].get<std::string>()).value();
  const codec::Json proof = entry["inclusionProof"];
  const std::string envelope = proof["checkpoint"]["envelope"];
  const auto head = read_signed_checkpoint(envelope, sample_.log().identity().key).value();
  tlog::Proof hashes;
  for (const auto& hash : proof["hashes"]) {
    const Bytes bytes = base64_decode(hash.get<std::string>()).value();
    std::copy(bytes.begin(), bytes.end(), hashes.emplace_back().begin());
  }
  EXPECT_TRUE(tlog::verify_inclusion({0, tlog::leaf_hash(body)}, hashes, head.checkpoint.head));
  EXPECT_EQ(twin->status, 201);
}

TEST_F(LogRoutesTest, RefusesRekordsAsRekorDoes) {
  start(LogKind::Rekor);
  const std::string request = rekord("artifact");
  const auto first = ask("POST", "/api/v2/log/entries", request);
  ASSERT_TRUE(sample_.log().sequence());
  const auto again = ask("POST", "/api/v2/log/entries", request);
  EXPECT_EQ(again->status, 409);
  EXPECT_EQ(header(*again, "X-Log-Index"), "0");
  EXPECT_EQ(again->body,
            "{\"code\":6,\"message\":\"an equivalent entry already exists in the transparency log "
            "with index 0\"}");
  const auto bad = ask("POST", "/api/v2/log/entries", "{}");
  EXPECT_EQ(bad->status, 400);
  EXPECT_THAT(bad->body, HasSubstr("\"code\":3"));
  EXPECT_EQ(ask("POST", "/add", "x")->status, 405);
  ASSERT_TRUE(sample_.publish());
  EXPECT_EQ(get("/api/v2/checkpoint").status, 200);
  EXPECT_EQ(get("/checkpoint").status, 200);
  EXPECT_EQ(get("/api/v2/tile/0/000.p/1").status, 200);
  EXPECT_EQ(get("/api/v2/tile/entries/000.p/1").status, 200);
  EXPECT_EQ(get("/api/v2").status, 404);
  EXPECT_EQ(first->status, 201);
}

TEST_F(LogRoutesTest, SaysThatItCannotGoOn) {
  start(LogKind::Generic);
  sample_.log().sequencer().halt({Code::Corrupt, "rolled back", {}});
  EXPECT_EQ(ask("POST", "/add", "x")->status, 503);
}

}  // namespace
}  // namespace tegula::logserver
