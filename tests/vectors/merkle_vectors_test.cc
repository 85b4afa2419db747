// Every file of $TEGULA_VECTORS/merkle: proofs that must hold, and proofs that must not.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "tlog/proof.h"

namespace tegula::tlog {
namespace {

using nlohmann::json;

struct Vector {
  std::string name;
  json claim;
};

std::vector<Vector> read_vectors(const std::string& kind) {
  const char* folder = std::getenv("TEGULA_VECTORS");
  if (folder == nullptr) return {};
  std::vector<Vector> out;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(folder) + "/merkle/" + kind)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    out.push_back({entry.path().string(), json::parse(file)});
  }
  return out;
}

// A hash of another length is refused here, where the formats that carry hashes refuse it.
Result<Hash256> hash_of(const json& text) {
  const Bytes bytes = TRY(base64_decode(text.get<std::string>()));
  Hash256 hash;
  if (bytes.size() != hash.size()) return fail(Code::Corrupt, "no hash");
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

Result<Proof> proof_of(const json& claim) {
  Proof out;
  if (!claim["proof"].is_null())
    for (const json& hash : claim["proof"]) out.push_back(TRY(hash_of(hash)));
  return out;
}

Result<void> check_inclusion(const json& claim) {
  const Proof proof = TRY(proof_of(claim));
  const Hash256 leaf = TRY(hash_of(claim["leafHash"])), root = TRY(hash_of(claim["root"]));
  return verify_inclusion({claim["leafIdx"], leaf}, proof, {claim["treeSize"], root});
}

Result<void> check_consistency(const json& claim) {
  const Proof proof = TRY(proof_of(claim));
  const Hash256 old = TRY(hash_of(claim["root1"])), now = TRY(hash_of(claim["root2"]));
  return verify_consistency({claim["size1"], old}, {claim["size2"], now}, proof);
}

// Both verdicts are among the vectors, and so is every kind of file.
void expect_verdicts(const std::string& kind, Result<void> (*check)(const json&)) {
  std::size_t good = 0, bad = 0;
  for (const auto& [name, claim] : read_vectors(kind)) {
    const bool refused = claim.at("wantErr");
    EXPECT_EQ(!check(claim).has_value(), refused) << name;
    ++(refused ? bad : good);
  }
  EXPECT_GT(good, 0U);
  EXPECT_GT(bad, 0U);
}

TEST(MerkleVectors, AgreeAboutInclusion) { expect_verdicts("inclusion", check_inclusion); }

TEST(MerkleVectors, AgreeAboutConsistency) { expect_verdicts("consistency", check_consistency); }

TEST(MerkleVectors, AreOfNoOtherKind) {
  const char* folder = std::getenv("TEGULA_VECTORS");
  ASSERT_NE(folder, nullptr);
  for (const auto& entry : std::filesystem::directory_iterator(std::string(folder) + "/merkle"))
    EXPECT_TRUE(entry.path().filename() == "inclusion" || entry.path().filename() == "consistency")
        << entry.path();
}

}  // namespace
}  // namespace tegula::tlog
