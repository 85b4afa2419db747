// Server-sent events (WHATWG HTML §9.2, "event stream"): a parser that is fed pieces of any size.
//
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace tegula::net {

struct SseEvent {
  std::string type = "message";
  std::string data{};

  bool operator==(const SseEvent&) const = default;
};

class SseParser {
 public:
  using Sink = std::function<Result<void>(const SseEvent&)>;

  explicit SseParser(Sink sink) : sink_(std::move(sink)) {}

  // Calls the sink for each event the text completes. The sink's error ends the parse and is
  // returned. Exhausted for a line or an event over the limit. An event the stream ends in the
  // middle of is dropped, as the standard says.
  Result<void> feed(std::string_view text);

 private:
  Result<void> take_line(std::string_view line);
  Result<void> take_field(std::string_view name, std::string_view value);
  Result<void> dispatch();

  Sink sink_;
  std::string line_;  // what has come of an unfinished line
  SseEvent event_{.type = {}, .data = {}};
  bool after_return_ = false;  // a \n now belongs to the \r before it
  bool at_start_ = true;       // a byte order mark may come
};

}  // namespace tegula::net
