#include "content/tag_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "content/layer.h"

namespace tegula::content {
namespace {

Result<TagVersion> parse_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos)
    return fail(Code::Corrupt,
                fmt::format("expected a digest, a time and an event, got \"{}\"", printable(line)));
  const Digest digest = TRY(Digest::parse(line.substr(0, first)));
  TagVersion out{.digest = digest,
                 .time = std::string(line.substr(first + 1, second - first - 1)),
                 .event = std::string(line.substr(second + 1))};
  if (!is_date_time(out.time))
    return fail(Code::Corrupt,
                fmt::format("\"{}\" is not a time of RFC 3339", printable(out.time)));
  if (!is_event(out.event))
    return fail(Code::Corrupt, fmt::format("\"{}\" is not an event", printable(out.event)));
  return out;
}

}  // namespace

bool is_event(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text[0] != '-' &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

Result<TagHistory> parse_tag_file(std::string_view text) {
  TagHistory out;
  if (text.empty() || !text.ends_with('\n'))
    return fail(Code::Corrupt, "the tag file is empty or cut short");
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
    if (out.size() == limits::kTagVersionsMax)
      return fail(Code::Exhausted,
                  fmt::format("the tag file has more than {} versions", limits::kTagVersionsMax));
    auto version = parse_line(text.substr(0, end));
    if (!version)
      return fail(Code::Corrupt, fmt::format("line {}: {}", out.size() + 1, version.error().text));
    out.push_back(std::move(*version));
  }
  return out;
}

std::string encode(const TagHistory& history) {
  std::string out;
  for (const TagVersion& version : history)
    out += fmt::format("{} {} {}\n", version.digest.str(), version.time, version.event);
  return out;
}

}  // namespace tegula::content
