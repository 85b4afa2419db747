// key create, list, show: this machine's signing keys.
#include "attest/bundle_signing.h"
#include "attest/identity.h"
#include "cli/commands.h"
#include "cli/signing.h"

namespace tegula::cli {
namespace {

constexpr Positional kName{
    .name = "NAME", .help = "of the key; \"default\" if left out", .optional = true};

std::string name_of(const Arguments& arguments) {
  const std::string name = arguments.positional(0);
  return name.empty() ? std::string(kDefaultKey) : name;
}

codec::OrderedJson json_of(const std::string& name, const crypto::PublicKey& key) {
  return {{"name", name},
          {"type", crypto::name_of(key.type())},
          {"digest", attest::key_digest(key)},
          {"public_key", key.pem()}};
}

void say(const std::string& name, const crypto::PublicKey& key, const Arguments& arguments,
         Session& session) {
  if (arguments.has("json"))
    session.console().json(json_of(name, key));
  else
    session.console().print(key.pem());
}

Result<void> create(const Arguments& arguments, Session& session) {
  identity::FileKeyStore keys = TRY(open_keys(session));
  const auto signer = TRY(keys.create(name_of(arguments)));
  say(name_of(arguments), signer->public_key(), arguments, session);
  return {};
}

Result<void> show(const Arguments& arguments, Session& session) {
  const identity::FileKeyStore keys = TRY(open_keys(session));
  const auto signer = TRY(keys.open(name_of(arguments)));
  say(name_of(arguments), signer->public_key(), arguments, session);
  return {};
}

Result<void> list(const Arguments& arguments, Session& session) {
  const identity::FileKeyStore keys = TRY(open_keys(session));
  const std::vector<identity::StoredKey> stored = TRY(keys.list());
  codec::OrderedJson all = codec::OrderedJson::array();
  std::vector<std::vector<std::string>> rows = {{"NAME", "TYPE", "DIGEST"}};
  for (const identity::StoredKey& one : stored) {
    all.push_back(json_of(one.name, one.key));
    rows.push_back(
        {one.name, std::string(crypto::name_of(one.key.type())), attest::key_digest(one.key)});
  }
  if (arguments.has("json"))
    session.console().json({{"keys", all}});
  else
    session.console().print(columns(rows));
  return {};
}

}  // namespace

Command describe_key_create() {
  return {
      .summary = "Make a key that signs models",
      .text =
          "An ECDSA key on P-256, in a file that only you can read. Prints its public half, for "
          "those who verify.\n`tegula sign` makes the default one when it is first needed.",
      .positionals = {kName},
      .flags = {kJsonFlag},
      .examples = {{"tegula key create release", {}}},
      .run = create,
  };
}

Command describe_key_show() {
  return {
      .summary = "Print the public half of a key",
      .text = "As PEM, for `verify-bundle --key` and every other verifier.",
      .positionals = {kName},
      .flags = {kJsonFlag},
      .examples = {{"tegula key show > me.pub", {}}},
      .run = show,
  };
}

Command describe_key_list() {
  return {
      .summary = "List this machine's keys",
      .text = "By name, with the digest that verification prints for each.",
      .flags = {kJsonFlag},
      .examples = {{"tegula key list", {}}},
      .run = list,
  };
}

}  // namespace tegula::cli
