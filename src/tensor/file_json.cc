#include "tensor/file_json.h"

namespace tegula::tensor {

Error as_file_error(Error error) {
  if (error.code == Code::InvalidArgument) error.code = Code::Corrupt;
  if (error.code == Code::Exhausted) error.code = Code::Unsupported;
  return error;
}

Result<codec::Json> parse_file_json(std::string_view text, const codec::JsonLimits& limits) {
  Result<codec::Json> json = codec::parse_json(text, limits);
  if (json) return json;
  return std::unexpected(as_file_error(std::move(json).error()));
}

}  // namespace tegula::tensor
