#include "logserver/witness_client.h"

#include <array>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "base/printable.h"
#include "logserver/cosign_request.h"
#include "logserver/witness.h"
#include "tlog/lines.h"

namespace tegula::logserver {
namespace {

constexpr int kTriesMax = 3;  // somebody else may be asking for the same log

std::string below(std::string_view url, std::string_view path) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return fmt::format("{}/{}", url, path);
}

std::string first_line(std::string_view text) {
  return printable(tlog::take_line(text).value_or(text));
}

}  // namespace

WitnessAnswer WitnessClient::ask(const SignedCheckpoint& head, const Stop& stop) {
  for (int attempt = 0; attempt < kTriesMax; ++attempt) {
    if (seen_ > head.checkpoint.head.size)
      return doubt(fmt::format("has seen {} entries, more than there are", seen_), stop);
    const auto reply = send(head, stop);
    if (!reply) return {.problem = reply.error().text};
    if (reply->status == 409) {
      std::string_view rest = reply->body;
      const auto size = parse_decimal(tlog::take_line(rest).value_or(""), limits::kLogSizeMax);
      if (!size) return {.problem = "answered 409 without a size"};
      seen_ = *size;
      continue;
    }
    if (reply->status == 422) return doubt("says that this is another history", stop);
    if (reply->status != 200)
      return {.problem = fmt::format("answered {}: {}", reply->status, first_line(reply->body))};
    const auto signature = read_signature(head, reply->body);
    if (!signature) return {.problem = signature.error().text};
    seen_ = head.checkpoint.head.size;
    return {.signature = *signature};
  }
  return {.problem = "sees another size each time"};
}

Result<WitnessClient::Reply> WitnessClient::send(const SignedCheckpoint& head, const Stop& stop) {
  CosignRequest request{.old_size = seen_, .proof = {}, .checkpoint = head.note};
  request.proof = TRY(prove_(seen_, head.checkpoint.head.size));
  net::Url url = TRY(net::Url::parse(below(witness_.url, "add-checkpoint")));
  net::HttpRequest post{.method = "POST", .url = std::move(url)};
  post.headers = {{.name = "Content-Type", .value = "text/plain; charset=utf-8"}};
  post.body = encode(request);
  post.reply_bytes_max = limits::kWitnessReplyBytesMax;
  net::HttpReply reply = TRY(transport_.exchange(post, net::keep_body, stop));
  return Reply{.status = reply.head.status, .body = std::move(reply.body)};
}

Result<tlog::NoteSignature> WitnessClient::read_signature(const SignedCheckpoint& head,
                                                          std::string_view body) const {
  for (std::size_t lines = 0; lines < limits::kNoteSignaturesMax; ++lines) {
    const auto line = tlog::take_line(body);
    if (!line) break;
    const auto signature = tlog::parse_signature(*line);
    if (!signature || signature->name != witness_.key.name() ||
        signature->key_id != witness_.key.id())
      continue;  // another key of it
    TRY(tlog::verify_note({.text = head.note.text, .signatures = {*signature}},
                          std::array{witness_.key}));
    return *signature;
  }
  return fail(Code::Untrusted, "answered without a signature by its key");
}

WitnessAnswer WitnessClient::doubt(std::string problem, const Stop& stop) {
  WitnessAnswer out{.problem = std::move(problem)};
  if (auto shown = ask_what_it_shows(stop)) out.shown = std::move(*shown);
  seen_ = 0;  // ask again from the start
  return out;
}

// What the witness shows to monitors, if it carries our own signature.
Result<SignedCheckpoint> WitnessClient::ask_what_it_shows(const Stop& stop) {
  const std::string path = origin_hash(log_.name()) + "/checkpoint";
  net::Url url = TRY(net::Url::parse(below(witness_.url, path)));
  net::HttpRequest get{.url = std::move(url)};
  get.reply_bytes_max = limits::kNoteBytesMax;
  const net::HttpReply reply = TRY(transport_.exchange(get, net::keep_body, stop));
  return read_signed_checkpoint(reply.body, log_);
}

Result<bool> is_another_history(const SignedCheckpoint& shown, const SignedCheckpoint& head,
                                const WitnessClient::Prove& prove) {
  const tlog::TreeHead theirs = shown.checkpoint.head, ours = head.checkpoint.head;
  if (theirs.size > ours.size) return true;
  const tlog::Proof proof = TRY(prove(theirs.size, ours.size));
  return !tlog::verify_consistency(theirs, ours, proof);
}

}  // namespace tegula::logserver
