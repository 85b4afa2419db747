#include "logserver/timestamp_http.h"

#include "base/ascii.h"

namespace tegula::logserver {

bool has_type(const std::vector<net::Header>& headers, std::string_view type) {
  std::string_view value = net::find_header(headers, "content-type").value_or("");
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return lower_ascii(value) == type;
}

}  // namespace tegula::logserver
