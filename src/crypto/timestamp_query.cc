#include "crypto/timestamp_query.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "crypto/timestamp_objects.h"

namespace tegula::crypto {
namespace {

constexpr std::size_t kReasonCharsMax = 200;

// RFC 3161 §2.4.2, PKIFailureInfo.
std::string_view name_of_failure(const ASN1_BIT_STRING* failures) {
  static constexpr std::pair<int, std::string_view> kNames[] = {
      {TS_INFO_BAD_ALG, "badAlg"},
      {TS_INFO_BAD_REQUEST, "badRequest"},
      {TS_INFO_BAD_DATA_FORMAT, "badDataFormat"},
      {TS_INFO_TIME_NOT_AVAILABLE, "timeNotAvailable"},
      {TS_INFO_UNACCEPTED_POLICY, "unacceptedPolicy"},
      {TS_INFO_UNACCEPTED_EXTENSION, "unacceptedExtension"},
      {TS_INFO_ADD_INFO_NOT_AVAILABLE, "addInfoNotAvailable"},
      {TS_INFO_SYSTEM_FAILURE, "systemFailure"},
  };
  for (const auto& [bit, name] : kNames)
    if (failures != nullptr && ASN1_BIT_STRING_get_bit(failures, bit) == 1) return name;
  return "no reason given";
}

std::string text_of_status(const TS_STATUS_INFO* status) {
  const STACK_OF(ASN1_UTF8STRING)* texts = TS_STATUS_INFO_get0_text(status);
  if (texts == nullptr || sk_ASN1_UTF8STRING_num(texts) < 1) return "";
  const ASN1_UTF8STRING* first = sk_ASN1_UTF8STRING_value(texts, 0);
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(first)),
                              static_cast<std::size_t>(ASN1_STRING_length(first)));
  return ": " + printable(text, kReasonCharsMax);
}

}  // namespace

Bytes timestamp_query(const Hash256& digest, std::uint64_t nonce) {
  start_openssl();
  const OwnedQuery out(TS_REQ_new());
  const OwnedInteger number(ASN1_INTEGER_new());
  CHECK(out != nullptr && ASN1_INTEGER_set_uint64(number.get(), nonce) == 1);
  CHECK(TS_REQ_set_version(out.get(), 1) == 1);
  CHECK(TS_REQ_set_msg_imprint(out.get(), sha256_imprint(digest).get()) == 1);
  CHECK(TS_REQ_set_nonce(out.get(), number.get()) == 1);
  CHECK(TS_REQ_set_cert_req(out.get(), 1) == 1);
  return der_bytes(i2d_TS_REQ, out.get());
}

Result<void> check_timestamp_answer(ByteView response, ByteView query) {
  const OwnedQuery asked = TRY(parse_timestamp_query(query));
  const OwnedResponse answer = TRY(parse_timestamp_response(response));
  TS_STATUS_INFO* status = TS_RESP_get_status_info(answer.get());
  if (TS_RESP_get_tst_info(answer.get()) == nullptr)
    return fail(Code::Unavailable,
                fmt::format("the authority gave no timestamp: {}{}",
                            name_of_failure(TS_STATUS_INFO_get0_failure_info(status)),
                            text_of_status(status)));
  // Version, policy if one was asked for, imprint, nonce; no signature.
  const OwnedVerification context(TS_REQ_to_TS_VERIFY_CTX(asked.get(), nullptr));
  CHECK(context != nullptr);
  if (TS_RESP_verify_response(context.get(), answer.get()) == 1) return {};
  return openssl_failure(Code::Untrusted, "the timestamp does not answer what was asked");
}

}  // namespace tegula::crypto
