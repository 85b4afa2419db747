// Sigstore bundles, log entries and in-toto statements: what is written of them parses to the same.
#include "attest/bundle.h"
#include "attest/statement.h"
#include "base/check.h"

using namespace tegula::attest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto statement = parse_statement(text))
    if (const auto again = encode(*statement)) CHECK(parse_statement(*again).value() == *statement);
  if (const auto entry = parse_log_entry(text)) CHECK(entry->proof && !entry->body.empty());
  const auto bundle = parse_bundle(text);
  if (!bundle) return 0;
  if (const auto again = encode(*bundle)) {
    Bundle newest = *bundle;
    newest.version = BundleVersion::V0_3;
    CHECK(parse_bundle(*again).value() == newest);
  }
  return 0;
}
