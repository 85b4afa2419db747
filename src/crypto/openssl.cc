#include "crypto/openssl.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/check.h"

namespace tegula::crypto {

void start_openssl() {
  static const bool kStarted =
      OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS, nullptr) ==
      1;
  CHECK(kStarted);
}

std::unexpected<Error> openssl_failure(Code code, std::string_view what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (reason == nullptr) return fail(code, std::string(what));
  return fail(code, fmt::format("{} ({})", what, reason));
}

void forget_openssl_errors() { ERR_clear_error(); }

}  // namespace tegula::crypto
