#include "tlog/checkpoint.h"

#include <utility>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "base/printable.h"
#include "tlog/hash_text.h"
#include "tlog/lines.h"

namespace tegula::tlog {
namespace {

std::unexpected<Error> no_checkpoint(std::string_view why) {
  return fail(Code::Corrupt, fmt::format("not a checkpoint: {}", why));
}

Result<std::string_view> take_filled_line(std::string_view& text, std::string_view what) {
  const auto line = take_line(text);
  if (line && !line->empty()) return *line;
  return no_checkpoint(fmt::format("expected {} on a line of its own", what));
}

Result<TreeHead> parse_head(std::string_view size_line, std::string_view root_line) {
  const auto size = parse_decimal(size_line, limits::kLogSizeMax);
  if (!size)
    return no_checkpoint(fmt::format("\"{}\" is not the size of a tree", printable(size_line)));
  const Hash256 root = TRY(parse_hash(root_line), "root");
  return TreeHead{.size = *size, .root = root};
}

}  // namespace

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const std::string_view origin = TRY(take_filled_line(text, "an origin"));
  if (origin.size() > limits::kOriginBytesMax)
    return fail(Code::Exhausted, fmt::format("an origin of {} bytes, at most {}", origin.size(),
                                             limits::kOriginBytesMax));
  const std::string_view size = TRY(take_filled_line(text, "a size"));
  const std::string_view root = TRY(take_filled_line(text, "a root"));
  Checkpoint out{.origin = std::string(origin)};
  out.head = TRY(parse_head(size, root));
  while (!text.empty()) {
    if (out.extensions.size() == limits::kCheckpointExtensionsMax)
      return fail(Code::Exhausted, fmt::format("a checkpoint with more than {} extension lines",
                                               limits::kCheckpointExtensionsMax));
    out.extensions.emplace_back(TRY(take_filled_line(text, "an extension")));
  }
  return out;
}

std::string encode(const Checkpoint& checkpoint) {
  std::string out = fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.head.size,
                                hash_text(checkpoint.head.root));
  for (const std::string& line : checkpoint.extensions) out += line + "\n";
  return out;
}

}  // namespace tegula::tlog
