#include "attest/model_signature.h"

#include <algorithm>

#include <fmt/format.h>

#include "attest/proto_object.h"
#include "base/decimal.h"
#include "base/limits.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace tegula::attest {
namespace {

using codec::Json;
using Method = ModelSignature::Method;

std::unexpected<Error> no_signature(std::string_view why) {
  return fail(Code::Corrupt, fmt::format("not a model signature: {}", why));
}

bool is_component(std::string_view part) { return !part.empty() && part != "." && part != ".."; }

bool is_relative_path(std::string_view path) {
  if (!is_utf8(path) || path.find('\0') != path.npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_component(path.substr(0, slash))) return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
}

// "path:begin:end"
bool is_shard_name(std::string_view name) {
  const std::size_t second = name.rfind(':');
  if (second == name.npos || second == 0) return false;
  const std::size_t first = name.rfind(':', second - 1);
  if (first == name.npos) return false;
  const auto begin = parse_decimal(name.substr(first + 1, second - first - 1));
  const auto end = parse_decimal(name.substr(second + 1));
  return begin && end && *begin < *end && is_relative_path(name.substr(0, first));
}

Result<void> check_names(const std::vector<ModelResource>& resources, Method method) {
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const std::string& name = resources[i].name;
    if (method == Method::Files ? !is_relative_path(name) : !is_shard_name(name))
      return no_signature(fmt::format("\"{}\" is not the name of a {}", printable(name),
                                      method == Method::Files ? "file" : "shard"));
    if (i > 0 && name <= resources[i - 1].name)
      return no_signature(fmt::format("\"{}\" does not stand in its order", printable(name)));
  }
  return {};
}

Result<ModelResource> parse_resource(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"name", "digest", "algorithm"}));
  if (const std::string algorithm = TRY(object.text("algorithm")); algorithm != "sha256")
    return fail(Code::Unsupported,
                fmt::format("a resource is hashed by \"{}\", not sha256", printable(algorithm)));
  const auto digest = content::Digest::from_hex(TRY(object.text("digest")));
  if (!digest) return no_signature(digest.error().text);
  ModelResource out{.name = {}, .digest = *digest};
  out.name = TRY(object.text("name"));
  return out;
}

Result<Method> parse_method(const ProtoObject& serialization) {
  const std::string method = TRY(serialization.text("method"));
  if (method == "files") return Method::Files;
  if (method == "shards") return Method::Shards;
  return fail(Code::Unsupported,
              fmt::format("the model is taken apart by \"{}\"", printable(method)),
              "known are files and shards");
}

Result<void> parse_serialization(const Json& json, ModelSignature& out) {
  const ProtoObject object = TRY(ProtoObject::of(
      json, {"method", "hash_type", "allow_symlinks", "shard_size", "ignore_paths"}));
  out.method = TRY(parse_method(object));
  if (TRY(object.text("hash_type")) != "sha256")
    return fail(Code::Unsupported, "the model is not hashed by sha256");
  if (const Json* links = object.find("allow_symlinks")) {
    if (!links->is_boolean()) return no_signature("\"allow_symlinks\" is neither true nor false");
    out.allows_links = links->get<bool>();
  }
  if (object.find("shard_size") != nullptr) out.shard_size = TRY(object.number("shard_size"));
  if ((out.method == Method::Shards) != (out.shard_size.value_or(0) > 0))
    return no_signature("\"shard_size\" goes with shards");
  for (const Json* one : TRY(object.list("ignore_paths", limits::kModelResourcesMax))) {
    if (!one->is_string()) return no_signature("an ignored path is not a string");
    out.ignored_paths.push_back(one->get<std::string>());
  }
  return {};
}

}  // namespace

content::Digest model_digest(const std::vector<ModelResource>& resources) {
  crypto::Sha256 sha;
  for (const ModelResource& one : resources) sha.update(one.digest.hash());
  return content::Digest(sha.finish());
}

Result<ModelSignature> parse_model_signature(const Statement& statement) {
  if (statement.predicate_type != kModelSignatureType)
    return no_signature(
        fmt::format("the predicate is \"{}\"", printable(statement.predicate_type)));
  const auto digest =
      statement.subjects.size() == 1 ? sha256_of(statement.subjects[0]) : std::nullopt;
  if (!digest) return no_signature("expected one subject with a sha256");
  const ProtoObject predicate =
      TRY(ProtoObject::of(statement.predicate, {"resources", "serialization"}), "predicate");
  ModelSignature out{.model = statement.subjects[0].name, .digest = *digest, .resources = {}};
  const Json* serialization = predicate.find("serialization");
  if (serialization == nullptr) return no_signature("there is no \"serialization\"");
  TRY(parse_serialization(*serialization, out), "serialization");
  for (const Json* one : TRY(predicate.list("resources", limits::kModelResourcesMax)))
    out.resources.push_back(
        TRY(parse_resource(*one), fmt::format("resource {}", out.resources.size() + 1)));
  TRY(check_names(out.resources, out.method));
  if (model_digest(out.resources) != out.digest)
    return no_signature("the subject is not the digest of the resources");
  return out;
}

Result<Statement> statement_of(const ModelSignature& signature) {
  if (!check_names(signature.resources, signature.method))
    return fail(Code::InvalidArgument, "these resources can't be signed as a model");
  Json resources = Json::array();
  for (const ModelResource& one : signature.resources)
    resources.push_back(
        {{"name", one.name}, {"digest", one.digest.hex()}, {"algorithm", "sha256"}});
  Json serialization = {{"method", signature.method == Method::Files ? "files" : "shards"},
                        {"hash_type", "sha256"},
                        {"allow_symlinks", signature.allows_links},
                        {"ignore_paths", signature.ignored_paths}};
  if (signature.shard_size) serialization["shard_size"] = *signature.shard_size;
  Statement out;
  out.subjects.push_back(
      {.name = signature.model, .digest = {{"sha256", model_digest(signature.resources).hex()}}});
  out.predicate_type = kModelSignatureType;
  out.predicate = {{"resources", std::move(resources)},
                   {"serialization", std::move(serialization)}};
  return out;
}

}  // namespace tegula::attest
