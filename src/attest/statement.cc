#include "attest/statement.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attest/proto_object.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

using codec::Json;

constexpr std::string_view kType = "https://in-toto.io/Statement/v1";
constexpr std::string_view kSha256 = "sha256";

std::unexpected<Error> no_statement(std::string_view why) {
  return fail(Code::Corrupt, fmt::format("not an in-toto statement: {}", why));
}

Result<std::string> text_of(const Json& object, std::string_view name) {
  const auto member = object.find(name);
  if (member == object.end()) return std::string();
  if (!member->is_string()) return no_statement(fmt::format("\"{}\" is not a string", name));
  return member->get_ref<const std::string&>();
}

Result<Subject> parse_subject(const Json& json) {
  if (!json.is_object()) return no_statement("a subject is not an object");
  Subject out;
  out.name = TRY(text_of(json, "name"));
  const auto digest = json.find("digest");
  if (digest == json.end() || !digest->is_object() || digest->empty())
    return no_statement("a subject without a digest");
  if (digest->size() > limits::kSubjectDigestsMax)
    return fail(Code::Exhausted, fmt::format("a subject with {} digests, at most {}",
                                             digest->size(), limits::kSubjectDigestsMax));
  for (const auto& [algorithm, value] : digest->items()) {
    if (!value.is_string()) return no_statement("a digest is not a string");
    out.digest.emplace(algorithm, value.get_ref<const std::string&>());
  }
  if (out.digest.contains(std::string(kSha256)) && !sha256_of(out))
    return no_statement("a sha256 that is not 64 lower-case hexadecimal characters");
  return out;
}

Result<std::vector<Subject>> parse_subjects(const Json& statement) {
  const auto list = statement.find("subject");
  if (list == statement.end() || !list->is_array() || list->empty())
    return no_statement("it has no subjects");
  if (list->size() > limits::kStatementSubjectsMax)
    return fail(Code::Exhausted, fmt::format("a statement about {} subjects, at most {}",
                                             list->size(), limits::kStatementSubjectsMax));
  std::vector<Subject> out;
  for (const Json& one : *list) out.push_back(TRY(parse_subject(one)));
  return out;
}

}  // namespace

Result<Statement> parse_statement(std::string_view text) {
  const Json json = TRY(parse_foreign_json(text), "statement");
  if (!json.is_object()) return no_statement("it is not an object");
  const std::string type = TRY(text_of(json, "_type"));
  if (type != kType)
    return no_statement(fmt::format("expected the type {}, got \"{}\"", kType, printable(type)));
  Statement out;
  out.subjects = TRY(parse_subjects(json));
  out.predicate_type = TRY(text_of(json, "predicateType"));
  if (out.predicate_type.empty()) return no_statement("it has no predicate type");
  if (const auto predicate = json.find("predicate");
      predicate != json.end() && !predicate->is_null()) {
    if (!predicate->is_object()) return no_statement("the predicate is not an object");
    out.predicate = *predicate;
  }
  return out;
}

Result<std::string> encode(const Statement& statement) {
  Json subjects = Json::array();
  for (const Subject& subject : statement.subjects) {
    Json one = {{"digest", subject.digest}};
    if (!subject.name.empty()) one["name"] = subject.name;
    subjects.push_back(std::move(one));
  }
  return codec::canonical_json({{"_type", kType},
                                {"subject", std::move(subjects)},
                                {"predicateType", statement.predicate_type},
                                {"predicate", statement.predicate}});
}

std::optional<content::Digest> sha256_of(const Subject& subject) {
  const auto hex = subject.digest.find(std::string(kSha256));
  if (hex == subject.digest.end()) return std::nullopt;
  const auto digest = content::Digest::from_hex(hex->second);
  return digest ? std::optional(*digest) : std::nullopt;
}

}  // namespace tegula::attest
