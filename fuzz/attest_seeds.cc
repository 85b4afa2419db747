// Writes the seeds of verify_bundle, trusted_root, certificate_timestamps and model_signature into
// their folders below the one that is named: other keys at every run.
#include <fstream>
#include <string>

#include "attest/sample_sigstore.h"
#include "attest/verifier.h"

using namespace tegula::attest;

namespace {

void write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string seed_of(const SampleSigstore& sigstore, const SamplePlan& plan) {
  return encode(sigstore.root()).value() + "\n" + encode(sigstore.bundle(plan)).value() + "\n" +
         plan.artifact;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string corpus = argv[1];
  const SampleSigstore sigstore;
  const SamplePlan first = {
      .is_statement = true, .log = SampleLog::Rekor1, .entry_kind = "dsse 0.0.1"};
  write(corpus + "/verify_bundle/statement", seed_of(sigstore, first));
  write(corpus + "/verify_bundle/message", seed_of(sigstore, {}));
  write(corpus + "/trusted_root/sample", encode(sigstore.root()).value());
  const Bundle bundle = sigstore.bundle({});
  const auto certificate =
      tegula::crypto::Certificate::from_der(std::get<CertificateChain>(bundle.key).certificates[0]);
  write(corpus + "/certificate_timestamps/one",
        tegula::text_of(certificate.value().extension(kCertificateTimestampsOid).value()));
  return 0;
}
