// The verifier on a trusted root, a bundle (a line each) and an artifact: what holds of one
// artifact holds of no other.
#include "attest/verifier.h"
#include "base/check.h"

using namespace tegula::attest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  const std::size_t first = text.find('\n'), second = text.find('\n', first + 1);
  if (second == text.npos) return 0;
  const auto root = parse_trusted_root(text.substr(0, first));
  const auto bundle = parse_bundle(text.substr(first + 1, second - first - 1));
  if (!root || !bundle) return 0;
  const auto verify = [&](tegula::ByteView bytes) {
    const SignedMessage artifact{.digest = tegula::content::Digest::of(bytes), .bytes = bytes};
    return verify_bundle({*bundle, artifact, *root, AnyIdentity()}).has_value();
  };
  const tegula::ByteView artifact = tegula::bytes_of(text.substr(second + 1));
  if (verify(artifact) && !artifact.empty()) CHECK(!verify(artifact.subspan(1)));
  return 0;
}
