#include "logserver/timestamp_client.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "crypto/timestamp_query.h"
#include "logserver/timestamp_http.h"

namespace tegula::logserver {
namespace {

constexpr std::chrono::seconds kWaitMax{20};
constexpr std::size_t kReasonCharsMax = 200;

std::string first_line(std::string_view text) {
  return printable(text.substr(0, text.find_first_of("\r\n")), kReasonCharsMax);
}

// 200 as RFC 3161 has it, 201 as Sigstore's authority does.
Result<void> check_reply(const net::HttpReply& reply) {
  if (reply.head.status != 200 && reply.head.status != 201)
    return fail(Code::Unavailable, fmt::format("the timestamp authority answered {}: {}",
                                               reply.head.status, first_line(reply.body)));
  if (has_type(reply.head.headers, kTimestampReplyType)) return {};
  return fail(Code::Corrupt, "the answer is no timestamp",
              fmt::format("expected {}", kTimestampReplyType));
}

}  // namespace

Result<Bytes> TimestampClient::stamp(ByteView message, const Stop& stop) {
  const Bytes query = crypto::timestamp_query(crypto::sha256(message), random_.next());
  const net::HttpReply reply = TRY(send(query, stop), url_.str());
  TRY(check_reply(reply), url_.str());
  const ByteView response = bytes_of(reply.body);
  TRY(crypto::check_timestamp_answer(response, query), url_.str());
  return Bytes(response.begin(), response.end());
}

Result<net::HttpReply> TimestampClient::send(const Bytes& query, const Stop& stop) {
  net::HttpRequest post{.method = "POST", .url = url_};
  post.headers = {{.name = "Content-Type", .value = std::string(kTimestampQueryType)},
                  {.name = "Accept", .value = std::string(kTimestampReplyType)}};
  post.body = std::string(text_of(query));
  post.reply_bytes_max = limits::kTimestampBytesMax;
  return transport_.exchange(post, net::keep_body,
                             stop.with_deadline(clock_, clock_.monotonic() + kWaitMax));
}

}  // namespace tegula::logserver
