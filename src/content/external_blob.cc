#include "content/external_blob.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "codec/json.h"

namespace tegula::content {
namespace {

constexpr std::uint64_t kRecordBytesMax = 16 * limits::kKiB;

Result<ExternalBlob> parse(std::string_view text) {
  const codec::Json json =
      TRY(codec::parse_json(text, {.bytes_max = kRecordBytesMax, .depth_max = 1}));
  ExternalBlob out;
  out.path = TRY(codec::string_member(json, "path"));
  out.size = TRY(codec::uint_member(json, "size"));
  if (!out.path.is_absolute()) return fail(Code::Corrupt, "the path is not absolute");
  if (out.size > limits::kBlobBytesMax) return fail(Code::Corrupt, "the size is too large");
  return out;
}

}  // namespace

Result<std::string> encode(const ExternalBlob& blob) {
  if (!is_utf8(blob.path.native()))
    return fail(Code::Unsupported, "a file can be used in place only if its path is UTF-8",
                "rename it, or import it as a copy");
  codec::OrderedJson json;
  json["path"] = blob.path.native();
  json["size"] = blob.size;
  return json.dump() + "\n";
}

Result<ExternalBlob> parse_external_blob(std::string_view json) {
  auto out = parse(json);
  if (!out) return fail(Code::Corrupt, std::move(out.error().text));
  return out;
}

Result<std::optional<ExternalBlob>> read_external(const StoreContext& store, const Digest& digest) {
  const os::Path path = store.layout.external(digest);
  const auto text = os::read_file(store.fs, path, kRecordBytesMax);
  if (text) return TRY(parse_external_blob(*text), "\"" + path.native() + "\"");
  if (text.error().code == Code::NotFound) return std::optional<ExternalBlob>();
  return std::unexpected(text.error());
}

Result<void> put_external(const StoreContext& store, const Digest& digest,
                          const ExternalBlob& blob) {
  return put_file(store, store.layout.external(digest), bytes_of(TRY(encode(blob))), 0644);
}

}  // namespace tegula::content
