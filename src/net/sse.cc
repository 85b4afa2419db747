#include "net/sse.h"

#include <algorithm>

#include <fmt/format.h>

namespace tegula::net {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<void> SseParser::feed(std::string_view text) {
  while (!text.empty()) {
    if (after_return_ && text.front() == '\n') text.remove_prefix(1);
    after_return_ = false;
    // Two searches over the line are much faster than one for either.
    const std::size_t feed_at = text.find('\n');
    const std::size_t end = std::min(text.substr(0, feed_at).find('\r'), feed_at);
    const std::string_view part = text.substr(0, end);
    if (line_.size() + part.size() > limits::kSseLineBytesMax)
      return fail(Code::Exhausted, fmt::format("a line of an event stream is longer than {} bytes",
                                               limits::kSseLineBytesMax));
    if (end == std::string_view::npos) {
      line_.append(part);
      return {};
    }
    after_return_ = text[end] == '\r';
    text.remove_prefix(end + 1);
    if (line_.empty()) {
      TRY(take_line(part));  // the usual case: no copy
    } else {
      line_.append(part);
      TRY(take_line(line_));
      line_.clear();
    }
  }
  return {};
}

Result<void> SseParser::take_line(std::string_view line) {
  if (at_start_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  if (line.empty()) return dispatch();
  if (line.front() == ':') return {};  // a comment, sent to keep the connection open
  const std::size_t colon = line.find(':');
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return take_field(line.substr(0, colon), value);
}

// `id` and `retry` are for clients that reconnect; this one does not.
Result<void> SseParser::take_field(std::string_view name, std::string_view value) {
  if (name == "event") {
    event_.type = value;
  } else if (name == "data") {
    if (event_.data.size() + value.size() >= limits::kSseEventBytesMax)
      return fail(Code::Exhausted,
                  fmt::format("an event is longer than {} bytes", limits::kSseEventBytesMax));
    event_.data.append(value);
    event_.data.push_back('\n');
  }
  return {};
}

Result<void> SseParser::dispatch() {
  SseEvent event = std::exchange(event_, SseEvent{.type = {}, .data = {}});
  if (event.data.empty()) return {};
  event.data.pop_back();  // the last line feed
  if (event.type.empty()) event.type = "message";
  return sink_(event);
}

}  // namespace tegula::net
