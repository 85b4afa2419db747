#include "base/result.h"

namespace tegula {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::InvalidArgument: return "invalid_argument";
    case Code::NotFound: return "not_found";
    case Code::AlreadyExists: return "already_exists";
    case Code::Corrupt: return "corrupt";
    case Code::Untrusted: return "untrusted";
    case Code::Unavailable: return "unavailable";
    case Code::Exhausted: return "exhausted";
    case Code::DiskFull: return "disk_full";
    case Code::PermissionDenied: return "permission_denied";
    case Code::Unsupported: return "unsupported";
    case Code::Cancelled: return "cancelled";
    case Code::Internal: return "internal";
  }
  return "internal";
}

int exit_status(Code code) {
  switch (code) {
    case Code::InvalidArgument:
    case Code::Unsupported: return 2;
    case Code::NotFound: return 3;
    case Code::AlreadyExists: return 1;
    case Code::Corrupt:
    case Code::Untrusted: return 4;
    case Code::Unavailable:
    case Code::PermissionDenied: return 5;
    case Code::Exhausted:
    case Code::DiskFull: return 6;
    case Code::Cancelled: return 130;
    case Code::Internal: return 70;
  }
  return 70;
}

Error Error::within(std::string_view context) && {
  text.insert(0, ": ");
  text.insert(0, context);
  return std::move(*this);
}

std::unexpected<Error> fail(Code code, std::string text, std::string hint) {
  return std::unexpected(Error{code, std::move(text), std::move(hint)});
}

}  // namespace tegula
