// OpenSSF model signatures: an in-toto statement that lists the files of a model (Model Signing
// specification v1.0; docs/reference/model-signature.md).
//
// Thread rule: values. Errors: Corrupt for what is none or contradicts itself, Unsupported for
// hashes and methods that aren't made here, Exhausted past a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/statement.h"
#include "base/bytes.h"
#include "base/result.h"
#include "content/digest.h"

namespace tegula::attest {

inline constexpr std::string_view kModelSignatureType = "https://model_signing/signature/v1.0";

struct ModelResource {
  std::string name;  // relative, with slashes; of a shard "path:begin:end"
  content::Digest digest;

  bool operator==(const ModelResource&) const = default;
};

struct ModelSignature {
  enum class Method { Files, Shards };

  std::string model;                     // the subject's name: not trusted for anything
  content::Digest digest;                // SHA-256 over the resources' digests, one after the other
  std::vector<ModelResource> resources;  // by name
  Method method = Method::Files;
  std::optional<std::uint64_t> shard_size{};
  bool allows_links = false;
  std::vector<std::string> ignored_paths{};  // that weren't signed, relative to the model

  bool operator==(const ModelSignature&) const = default;
};

Result<ModelSignature> parse_model_signature(const Statement& statement);

// The statement that says so. InvalidArgument for resources that are unsorted, twice there or of
// names that no model has.
Result<Statement> statement_of(const ModelSignature& signature);

// SHA-256 over the digests, in order: the subject of a model signature.
content::Digest model_digest(const std::vector<ModelResource>& resources);

}  // namespace tegula::attest
