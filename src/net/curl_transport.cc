#include "net/curl_transport.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/printable.h"
#include "base/wait.h"
#include "net/curl_library.h"

namespace tegula::net {
namespace {

constexpr long kBufferBytes = 256 * 1024;
constexpr int kLookEveryMs = 50;

using Curl = std::shared_ptr<const CurlLibrary>;

// A curl handle and the connections it keeps. One exchange at a time.
struct Lane {
  explicit Lane(Curl library)
      : curl(std::move(library)), easy(curl->easy_init()), multi(curl->multi_init()) {}
  ~Lane() {
    if (easy != nullptr) curl->easy_cleanup(easy);
    if (multi != nullptr) curl->multi_cleanup(multi);
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  const Curl curl;
  CURL* const easy;
  CURLM* const multi;
};

class HeaderList {
 public:
  explicit HeaderList(const CurlLibrary& curl) : curl_(curl) {}
  ~HeaderList() { curl_.slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void add(const std::string& line) {
    curl_slist* longer = curl_.slist_append(list_, line.c_str());
    if (longer != nullptr) list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  const CurlLibrary& curl_;
  curl_slist* list_ = nullptr;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

// One request under way: what curl calls back into.
class Exchange {
 public:
  Exchange(Lane& lane, const CurlOptions& options, const HttpRequest& request,
           const ReplyHandler& handler, const Stop& stop)
      : lane_(lane),
        curl_(*lane.curl),
        options_(options),
        request_(request),
        handler_(handler),
        stop_(stop),
        lines_(curl_),
        reply_{.head = {}, .body = {}, .url = request.url} {}

  Result<HttpReply> run() {
    set_request();
    set_connection();
    set_callbacks();
    const CURLcode code = TRY(perform());
    curl_.easy_reset(lane_.easy);
    if (error_) return std::unexpected(std::move(*error_));
    if (code != CURLE_OK) return fail_code(code);
    if (!head_done_) return fail(Code::Corrupt, "the reply has no head");
    return std::move(reply_);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    // Fails only for options that this libcurl doesn't have; it is new enough for all of these.
    if (curl_.easy_setopt(lane_.easy, option, value) != CURLE_OK && !error_)
      error_ = Error{
          Code::Internal, fmt::format("libcurl refuses option {}", static_cast<int>(option)), {}};
  }

  void set_request() {
    url_ = request_.url.str();
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_PROTOCOLS_STR, request_.url.scheme().c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    for (const Header& header : request_.headers)
      lines_.add(fmt::format("{}: {}", header.name, header.value));
    lines_.add("Expect:");  // waiting for a 100 helps nobody here
    set(CURLOPT_HTTPHEADER, lines_.get());
    if (request_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (request_.method == "GET") {
      set(CURLOPT_HTTPGET, 1L);
    } else {
      const std::uint64_t size = request_.upload.read ? request_.upload.size : request_.body.size();
      set(CURLOPT_UPLOAD, 1L);
      set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
      set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    }
  }

  void set_connection() {
    const bool secure = request_.url.is_secure();
    const Proxies& proxies = options_.proxies;
    set(CURLOPT_PROXY, (secure ? proxies.https : proxies.http).c_str());  // "": none
    set(CURLOPT_NOPROXY, proxies.except.c_str());
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(limits::kHttpConnectMax.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.stall_max.count()));
    set(CURLOPT_BUFFERSIZE, kBufferBytes);
    set(CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  }

  void set_callbacks() {
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_READFUNCTION, &on_read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_SEEKFUNCTION, &on_seek);
    set(CURLOPT_SEEKDATA, this);
  }

  // Looks at the Stop at least every kLookEveryMs.
  Result<CURLcode> perform() {
    if (error_) return CURLE_OK;
    if (curl_.multi_add_handle(lane_.multi, lane_.easy) != CURLM_OK)
      return fail(Code::Internal, "libcurl does not take the request");
    int running = 1;
    CURLMcode step = CURLM_OK;
    while (running != 0 && step == CURLM_OK && !error_) {
      step = curl_.multi_perform(lane_.multi, &running);
      if (running != 0 && step == CURLM_OK)
        step = curl_.multi_poll(lane_.multi, nullptr, 0, kLookEveryMs, nullptr);
      if (const Result<void> go_on = stop_.check(); !go_on) error_ = go_on.error();
    }
    std::optional<CURLcode> code;
    int left = 0;
    while (const CURLMsg* message = curl_.multi_info_read(lane_.multi, &left))
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    curl_.multi_remove_handle(lane_.multi, lane_.easy);
    if (step != CURLM_OK)
      return fail(Code::Internal, fmt::format("libcurl: {}", curl_.multi_strerror(step)));
    return code.value_or(CURLE_OK);
  }

  std::unexpected<Error> fail_code(CURLcode code) const {
    const std::string origin = request_.url.origin();
    const std::string_view what = curl_.easy_strerror(code);
    switch (code) {
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_ISSUER_ERROR:
        return fail(Code::Untrusted, fmt::format("\"{}\" cannot prove who it is: {}", origin, what),
                    "if its certificate is your own, name it in SSL_CERT_FILE");
      case CURLE_WEIRD_SERVER_REPLY:
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_HTTP2:
      case CURLE_HTTP2_STREAM:
        return fail(Code::Corrupt, fmt::format("\"{}\": the reply is not HTTP: {}", origin, what));
      case CURLE_PARTIAL_FILE:
      case CURLE_GOT_NOTHING:
      case CURLE_RECV_ERROR:
        return fail(Code::Unavailable,
                    fmt::format("\"{}\": the connection ended before the reply did", origin));
      case CURLE_OPERATION_TIMEDOUT:
        return fail(Code::Unavailable, fmt::format("\"{}\" did not answer in time", origin));
      case CURLE_COULDNT_RESOLVE_HOST:
        return fail(Code::Unavailable, fmt::format("\"{}\": no such host", request_.url.host()),
                    "is the name right, and the network there?");
      default: return fail(Code::Unavailable, fmt::format("cannot reach \"{}\": {}", origin, what));
    }
  }

  // --- called by curl; 0 or an impossible count ends the exchange ---

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<Exchange*>(self)->note(
        static_cast<Exchange*>(self)->take_header({data, size}), size);
  }
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<Exchange*>(self)->note(static_cast<Exchange*>(self)->take_body({data, size}),
                                              size);
  }
  static std::size_t on_read(char* into, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<Exchange*>(self)->give(into, size);
  }
  static int on_seek(void* self, curl_off_t offset, int origin) noexcept {
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Exchange*>(self)->sent_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
  }

  std::size_t note(const Result<void>& done, std::size_t size) {
    if (done) return size;
    if (!error_) error_ = done.error();
    return size == 0 ? 1 : 0;
  }

  Result<void> take_header(std::string_view line) {
    if (head_done_) return {};  // trailers
    header_bytes_ += line.size();
    if (header_bytes_ > limits::kHttpHeaderBytesMax ||
        reply_.head.headers.size() > limits::kHttpHeadersMax)
      return fail(Code::Exhausted, fmt::format("\"{}\": the reply's head is larger than allowed",
                                               request_.url.origin()));
    line = trimmed(line);
    if (line.empty()) return end_head();
    const std::size_t colon = line.find(':');
    if (line.starts_with("HTTP/") || colon == line.npos) return {};
    reply_.head.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
    return {};
  }

  Result<void> end_head() {
    long status = 0;
    curl_.easy_getinfo(lane_.easy, CURLINFO_RESPONSE_CODE, &status);
    reply_.head.status = static_cast<int>(status);
    if (status >= 100 && status < 200) {  // another head follows
      reply_.head = {};
      return {};
    }
    head_done_ = true;
    sink_ = TRY(handler_(reply_.head));
    return {};
  }

  Result<void> take_body(std::string_view piece) {
    if (options_.rate != nullptr) TRY(wait_for(options_.rate->take(piece.size()), stop_));
    if (sink_) return sink_(piece);
    if (reply_.body.size() + piece.size() > request_.reply_bytes_max)
      return fail(Code::Exhausted,
                  fmt::format("\"{}\": the reply is larger than the {} bytes allowed",
                              request_.url.origin(), request_.reply_bytes_max));
    reply_.body += piece;
    return {};
  }

  std::size_t give(char* into, std::size_t size) {
    const std::span<std::uint8_t> span(reinterpret_cast<std::uint8_t*>(into), size);
    if (!request_.upload.read) {
      const std::string_view rest = std::string_view(request_.body).substr(sent_, size);
      std::ranges::copy(rest, into);
      sent_ += rest.size();
      return rest.size();
    }
    const Result<std::size_t> got = request_.upload.read(sent_, span);
    if (!got) {
      if (!error_) error_ = got.error();
      return CURL_READFUNC_ABORT;
    }
    sent_ += *got;
    return *got;
  }

  Lane& lane_;
  const CurlLibrary& curl_;
  const CurlOptions& options_;
  const HttpRequest& request_;
  const ReplyHandler& handler_;
  const Stop& stop_;

  std::string url_;
  HeaderList lines_;
  HttpReply reply_;
  BodySink sink_;
  std::optional<Error> error_;  // why one of our callbacks ended the exchange
  std::size_t header_bytes_ = 0;
  bool head_done_ = false;
  std::uint64_t sent_ = 0;
};

// What curl would take apart or send on as more than one field.
Result<void> check_headers(const HttpRequest& request) {
  for (const Header& header : request.headers)
    if (header.name.empty() || header.value.empty() ||
        (header.name + header.value).find_first_of("\r\n\0", 0, 3) != std::string::npos)
      return fail(Code::Internal,
                  fmt::format("a header \"{}\" that is none", printable(header.name)));
  return {};
}

class CurlTransport final : public Transport {
 public:
  CurlTransport(Curl curl, CurlOptions options)
      : curl_(std::move(curl)), options_(std::move(options)) {}

  Result<HttpReply> exchange(const HttpRequest& request, const ReplyHandler& handler,
                             const Stop& stop) override {
    TRY(stop.check());
    TRY(check_headers(request));
    std::unique_ptr<Lane> lane = TRY(take_lane());
    auto reply = Exchange(*lane, options_, request, handler, stop).run();
    // After an error, curl's handle is in whatever state it was left.
    if (reply) give_back(std::move(lane));
    return reply;
  }

 private:
  Result<std::unique_ptr<Lane>> take_lane() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Lane> lane = std::move(idle_.back());
        idle_.pop_back();
        return lane;
      }
    }
    auto lane = std::make_unique<Lane>(curl_);
    if (lane->easy == nullptr || lane->multi == nullptr)
      return fail(Code::Internal, "libcurl makes no handle");
    return lane;
  }

  void give_back(std::unique_ptr<Lane> lane) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(lane));
  }

  const Curl curl_;
  const CurlOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;  // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<Transport>> create_curl_transport(const CurlOptions& options) {
  Curl curl = TRY(CurlLibrary::load());
  return std::make_unique<CurlTransport>(std::move(curl), options);
}

}  // namespace tegula::net
