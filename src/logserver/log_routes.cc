#include "logserver/log_routes.h"

#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/limits.h"
#include "codec/json.h"
#include "logserver/hashed_rekord.h"

namespace tegula::logserver {
namespace {

using net::Header;
using net::Responder;
using net::ServerReply;
using net::ServerRequest;

constexpr std::string_view kRekorPrefix = "/api/v2";
constexpr std::string_view kRekorEntries = "/api/v2/log/entries";

// google.rpc.Code, as Rekor's errors have it.
enum class RpcCode {
  InvalidArgument = 3,
  NotFound = 5,
  AlreadyExists = 6,
  ResourceExhausted = 8,
  Unavailable = 14,
};

Header retry_after() { return {.name = "Retry-After", .value = "1"}; }

ServerReply full() {
  ServerReply out = net::text_reply(429, "too many entries wait; try again later");
  out.headers.push_back(retry_after());
  return out;
}

ServerReply json_reply(int status, const codec::OrderedJson& json) {
  return {.status = status,
          .headers = {{.name = "Content-Type", .value = "application/json"}},
          .body = json.dump()};
}

ServerReply rekor_error(int status, RpcCode code, std::string_view message) {
  ServerReply out = json_reply(status, {{"code", static_cast<int>(code)}, {"message", message}});
  if (status == 429 || status == 503) out.headers.push_back(retry_after());
  return out;
}

// Why is the operator's business: it names files.
constexpr std::string_view kNotTaken = "the log can't take the entry now";

ServerReply rekor_unavailable(std::string_view why) {
  return rekor_error(503, RpcCode::Unavailable, why);
}

ServerReply wrong_method(std::string_view allowed) {
  ServerReply out = net::text_reply(405, "this is not done here");
  out.headers.push_back({.name = "Allow", .value = std::string(allowed)});
  return out;
}

ServerReply not_here() { return net::text_reply(404, "there is nothing here"); }

// Full and partial tiles never change once they are covered by a signature.
ServerReply immutable(const Result<Bytes>& bytes) {
  if (!bytes)
    return bytes.error().code == Code::NotFound ? not_here()
                                                : net::text_reply(500, "it is damaged");
  return {.headers = {{.name = "Content-Type", .value = "application/octet-stream"},
                      {.name = "Cache-Control", .value = "public, max-age=31536000, immutable"}},
          .body = std::string(text_of(*bytes))};
}

// A crash may have left more than was signed, which may still change.
bool is_covered(Log& log, unsigned level, std::uint64_t index, std::uint32_t width) {
  const std::uint64_t size = log.sequencer().head().checkpoint.head.size;
  return tlog::hashes_at(level, size) / tlog::kTileWidth >= index &&
         tlog::tile_width(level, index, size) >= width;
}

ServerReply read_checkpoint(Log& log) {
  const auto published = log.publisher().last();
  if (published == nullptr) return not_here();
  return {.headers = {{.name = "Content-Type", .value = "text/plain; charset=utf-8"},
                      {.name = "Cache-Control", .value = "no-cache"}},
          .body = published->note};
}

// `path` without its slash.
ServerReply read(Log& log, std::string_view path) {
  if (path == kCheckpointName) return read_checkpoint(log);
  if (const auto bundle = tlog::parse_bundle_path(path))
    return is_covered(log, 0, bundle->index, bundle->width)
               ? immutable(log.store().read_bundle(*bundle))
               : not_here();
  if (const auto tile = tlog::parse_tile_path(path))
    return is_covered(log, tile->level, tile->index, tile->width)
               ? immutable(log.store().read_tile(*tile))
               : not_here();
  return not_here();
}

// --- POST /add ---

void add_generic(Log& log, ServerRequest request, const Responder& respond) {
  const ByteView bytes = bytes_of(request.body);
  if (bytes.size() > limits::kLogEntryBytesMax)
    return respond(net::text_reply(
        413, fmt::format("an entry has at most {} bytes", limits::kLogEntryBytesMax)));
  const bool taken = log.sequencer().add(
      Bytes(bytes.begin(), bytes.end()), [respond](const Result<Placed>& placed) {
        if (placed) return respond(net::text_reply(200, fmt::to_string(placed->index)));
        ServerReply out = net::text_reply(503, kNotTaken);
        out.headers.push_back(retry_after());
        respond(std::move(out));
      });
  if (!taken) respond(full());
}

// --- POST /api/v2/log/entries ---

ServerReply duplicate(std::uint64_t index) {
  ServerReply out = rekor_error(
      409, RpcCode::AlreadyExists,
      fmt::format("an equivalent entry already exists in the transparency log with index {}",
                  index));
  out.headers.push_back({.name = "X-Log-Index", .value = fmt::to_string(index)});
  return out;
}

// ProtoJSON's TransparencyLogEntry.
Result<codec::OrderedJson> log_entry(Log& log, const std::string& entry, std::uint64_t index,
                                     const Published& published) {
  const tlog::TreeHead head = published.checkpoint.head;
  tlog::TileReader nodes = log.store().nodes(head.size);
  codec::OrderedJson hashes = codec::OrderedJson::array();
  for (const tlog::Hash256& hash : TRY(tlog::prove_inclusion(nodes, index, head.size)))
    hashes.push_back(base64_encode(hash));
  return codec::OrderedJson{
      {"logIndex", fmt::to_string(index)},
      {"logId", {{"keyId", base64_encode(log.identity().key.hash())}}},
      {"kindVersion", {{"kind", kRekordKind}, {"version", kRekordVersion}}},
      {"integratedTime", "0"},
      {"inclusionPromise", nullptr},
      {"inclusionProof",
       {{"logIndex", fmt::to_string(index)},
        {"rootHash", base64_encode(head.root)},
        {"treeSize", fmt::to_string(head.size)},
        {"hashes", hashes},
        {"checkpoint", {{"envelope", published.note}}}}},
      {"canonicalizedBody", base64_encode(bytes_of(entry))},
  };
}

void answer_when_published(Log& log, const std::string& entry, std::uint64_t index,
                           const Responder& respond) {
  log.publisher().when_published(index + 1, [&log, entry, index, respond](const auto& published) {
    if (!published) return respond(rekor_unavailable(published.error().text));
    const auto json = log_entry(log, entry, index, **published);
    respond(json ? json_reply(201, *json) : rekor_unavailable("the log can't prove the entry now"));
  });
}

void add_rekord(Log& log, const ServerRequest& request, const Responder& respond) {
  const auto rekord = parse_rekor_request(request.body);
  if (!rekord) return respond(rekor_error(400, RpcCode::InvalidArgument, rekord.error().text));
  const std::string entry = entry_of(*rekord);
  if (entry.size() > limits::kLogEntryBytesMax)
    return respond(rekor_error(400, RpcCode::InvalidArgument, "the entry would be too large"));
  const ByteView bytes = bytes_of(entry);
  const bool taken = log.sequencer().add(
      Bytes(bytes.begin(), bytes.end()), [&log, entry, respond](const Result<Placed>& placed) {
        if (!placed) return respond(rekor_unavailable(kNotTaken));
        if (placed->is_duplicate) return respond(duplicate(placed->index));
        answer_when_published(log, entry, placed->index, respond);
      });
  if (!taken) respond(rekor_error(429, RpcCode::ResourceExhausted, "too many entries wait"));
}

void handle(Log& log, ServerRequest request, const Responder& respond) {
  const bool is_rekor = log.identity().config.kind == LogKind::Rekor;
  const std::string_view adds_at = is_rekor ? kRekorEntries : "/add";
  if (request.path == adds_at) {
    if (request.method != "POST") return respond(wrong_method("POST"));
    return is_rekor ? add_rekord(log, request, respond)
                    : add_generic(log, std::move(request), respond);
  }
  std::string_view path = request.path;
  if (is_rekor && path.starts_with(kRekorPrefix)) path.remove_prefix(kRekorPrefix.size());
  if (!path.starts_with('/')) return respond(not_here());
  if (request.method != "GET" && request.method != "HEAD")
    return respond(wrong_method("GET, HEAD"));
  respond(read(log, path.substr(1)));
}

}  // namespace

net::ServerHandler log_handler(Log& log) {
  return [&log](ServerRequest request, const Responder& respond) {
    handle(log, std::move(request), respond);
  };
}

}  // namespace tegula::logserver
