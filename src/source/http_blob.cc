#include "source/http_blob.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/printable.h"
#include "source/http_status.h"

namespace tegula::source {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// Content-Range: bytes <first>-<last>/<size or *>
bool is_range(std::string_view text, const content::ByteRange& range, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return false;
  text.remove_prefix(kUnit.size());
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return false;
  return text.substr(0, slash) ==
             fmt::format("{}-{}", range.offset, range.offset + range.size - 1) &&
         (text.substr(slash + 1) == "*" || number(text.substr(slash + 1)) == size);
}

Result<content::RangeStart> start_of(const net::ReplyHead& head, const content::ByteRange& range,
                                     std::uint64_t size) {
  if (head.status == 206) {
    const std::string_view got = net::find_header(head.headers, "content-range").value_or("");
    if (is_range(got, range, size)) return content::RangeStart{.offset = range.offset};
    return fail(Code::Corrupt,
                fmt::format("asked for {} bytes at {} of {}, the server sends \"{}\"", range.size,
                            range.offset, size, printable(got)));
  }
  const auto length = net::find_header(head.headers, "content-length");
  if (length && number(*length) != size)
    return fail(Code::Corrupt,
                fmt::format("it should have {} bytes, and has {}", size, printable(*length)));
  return content::RangeStart{.offset = 0, .is_whole = true};
}

}  // namespace

std::string version_of(const net::ReplyHead& head) {
  const auto tag = net::find_header(head.headers, "etag");
  if (tag && tag->starts_with('"')) return std::string(*tag);  // W/"…" promises too little
  std::string time(net::find_header(head.headers, "last-modified").value_or(""));
  std::ranges::replace(time, ' ', '_');
  return time;
}

Result<void> HttpBlob::read(const content::ByteRange& range, content::RangeReceiver& receiver,
                            const Stop& stop) const {
  const net::HttpRequest request{
      .url = url_,
      .headers = {
          {"Range", fmt::format("bytes={}-{}", range.offset, range.offset + range.size - 1)}}};
  std::uint64_t missing = 0;
  const net::BodySink sink = [&](std::string_view piece) -> Result<void> {
    if (piece.size() > missing)
      return fail(Code::Corrupt, "the server sends more than it announced");
    missing -= piece.size();
    return receiver.take(bytes_of(piece));
  };
  const net::ReplyHandler handler = [&](const net::ReplyHead& head) -> Result<net::BodySink> {
    if (head.status != 200 && head.status != 206) return net::BodySink();
    content::RangeStart start = TRY(start_of(head, range, size_));
    const std::string version = version_of(head);
    start.version = version;
    missing = start.is_whole ? size_ : range.size;
    TRY(receiver.begin(start));
    return sink;
  };
  const net::HttpReply reply = TRY(send_(request, handler, stop));
  if (reply.head.status != 200 && reply.head.status != 206)
    return std::unexpected(error_of_reply(reply, name()));
  if (missing == 0) return {};
  return fail(Code::Unavailable, fmt::format("the server left out the last {} bytes", missing));
}

std::string HttpBlob::name() const { return url_.origin() + url_.path(); }

}  // namespace tegula::source
