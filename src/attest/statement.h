// in-toto Statements v1: a claim (the predicate) about things named by digest (the subjects), as
// the payload of an envelope (in-toto attestation framework, spec/v1/statement.md;
// docs/reference/bundle.md#statements).
//
// Thread rule: values. Errors: Corrupt for what is no statement, Exhausted past a limit.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "content/digest.h"

namespace tegula::attest {

struct Subject {
  std::string name;                           // may be empty; not trusted for anything
  std::map<std::string, std::string> digest;  // by algorithm, such as "sha256"; not empty

  bool operator==(const Subject&) const = default;
};

struct Statement {
  std::vector<Subject> subjects;  // at least one
  std::string predicate_type;     // a URI
  codec::Json predicate = codec::Json::object();

  bool operator==(const Statement&) const = default;
};

// As the specification asks, members that it doesn't know are ignored; encode doesn't write them.
Result<Statement> parse_statement(std::string_view text);

// Canonical JSON (RFC 8785). InvalidArgument for a predicate that has none.
Result<std::string> encode(const Statement& statement);

// The subject's sha256, if it has one.
std::optional<content::Digest> sha256_of(const Subject& subject);

}  // namespace tegula::attest
