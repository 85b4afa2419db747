#include "crypto/timestamp.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ts.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

using OwnedResponse = std::unique_ptr<TS_RESP, Free<TS_RESP_free>>;
using OwnedRequest = std::unique_ptr<TS_VERIFY_CTX, Free<TS_VERIFY_CTX_free>>;

Result<OwnedResponse> parse(ByteView der) {
  start_openssl();
  if (der.size() > limits::kTimestampBytesMax)
    return fail(Code::Exhausted, fmt::format("a timestamp of {} bytes, at most {}", der.size(),
                                             limits::kTimestampBytesMax));
  const std::uint8_t* at = der.data();
  OwnedResponse out(d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  if (out == nullptr || at != der.data() + der.size())
    return openssl_failure(Code::InvalidArgument, "expected one timestamp response in DER");
  if (TS_RESP_get_tst_info(out.get()) == nullptr)
    return fail(Code::Untrusted, "the authority gave no timestamp");
  return out;
}

// Whoever can find a second message with the same hash can move the stamp to it.
bool is_strong(TS_TST_INFO* stamp) {
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(stamp);
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  const int id = OBJ_obj2nid(algorithm);
  return id == NID_sha256 || id == NID_sha384 || id == NID_sha512;
}

// OpenSSL checks the chain by the store's rules, so the time of the stamp goes there.
OwnedStore store_of(std::span<const Certificate> anchors, std::int64_t time_s) {
  OwnedStore out = store_at(time_s);
  for (const Certificate& anchor : anchors)
    CHECK(X509_STORE_add_cert(out.get(), CertificateAccess::handle(anchor)) == 1);
  return out;
}

// The context owns whatever it is given.
OwnedRequest context_of(const TimestampRequest& request, std::int64_t time_s) {
  OwnedRequest out(TS_VERIFY_CTX_new());
  BIO* message = BIO_new_mem_buf(request.message.data(), static_cast<int>(request.message.size()));
  CHECK(out != nullptr && message != nullptr);
  TS_VERIFY_CTX_set_flags(out.get(), TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA);
  TS_VERIFY_CTX_set_data(out.get(), message);
  TS_VERIFY_CTX_set_store(out.get(), store_of(request.anchors, time_s).release());
  TS_VERIFY_CTX_set_certs(out.get(), stack_of(request.certificates).release());
  return out;
}

}  // namespace

Result<std::int64_t> verify_timestamp(const TimestampRequest& request) {
  if (request.message.size() > limits::kTimestampMessageBytesMax)
    return fail(Code::Exhausted,
                fmt::format("a stamped message of {} bytes, at most {}", request.message.size(),
                            limits::kTimestampMessageBytesMax));
  const OwnedResponse response = TRY(parse(request.response));
  TS_TST_INFO* stamp = TS_RESP_get_tst_info(response.get());
  const auto time_s = seconds_of(TS_TST_INFO_get_time(stamp));
  if (!time_s) return openssl_failure(Code::InvalidArgument, "the timestamp has no time");
  if (!is_strong(stamp))
    return fail(Code::Untrusted, "the timestamp is not over SHA-256, SHA-384 or SHA-512");
  const OwnedRequest context = context_of(request, *time_s);
  if (TS_RESP_verify_response(context.get(), response.get()) != 1)
    return openssl_failure(Code::Untrusted, "the timestamp does not hold");
  return *time_s;
}

}  // namespace tegula::crypto
