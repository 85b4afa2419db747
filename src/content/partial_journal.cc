#include "content/partial_journal.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hex.h"
#include "base/limits.h"
#include "content/blob_tree.h"
#include "content/digest.h"

namespace tegula::content {
namespace {

constexpr std::string_view kFirstLine = "tegula-partial 1";
constexpr std::string_view kSize = "size ";
constexpr std::string_view kVersion = "version ";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Takes a whole line off the front; nothing at the end, or before a line that was cut short.
std::optional<std::string_view> next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

void add_piece(std::string_view line, PartialJournal& journal) {
  const std::size_t blank = line.find(' ');
  if (blank == line.npos) return;
  const std::optional<std::uint64_t> piece = parse_number(line.substr(0, blank));
  const Result<crypto::Hash256> hash = parse_hash(line.substr(blank + 1));
  if (piece && hash && *piece < piece_count(journal.size)) journal.pieces[*piece] = *hash;
}

}  // namespace

bool is_version(std::string_view text) {
  return text.size() <= limits::kPartialVersionBytesMax &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string journal_line(std::uint64_t piece, const crypto::Hash256& hash) {
  return fmt::format("{} {}\n", piece, hex_encode(hash));
}

std::string encode(const PartialJournal& journal) {
  std::string out =
      fmt::format("{}\n{}{}\n{}{}\n", kFirstLine, kSize, journal.size, kVersion, journal.version);
  for (const auto& [piece, hash] : journal.pieces) out += journal_line(piece, hash);
  return out;
}

Result<PartialJournal> parse_partial_journal(std::string_view text) {
  const auto first = next_line(text), size = next_line(text), version = next_line(text);
  if (first != kFirstLine || !size || !size->starts_with(kSize) || !version ||
      !version->starts_with(kVersion))
    return fail(Code::Corrupt, "the journal has no head");
  const std::optional<std::uint64_t> bytes = parse_number(size->substr(kSize.size()));
  PartialJournal out;
  out.version = version->substr(kVersion.size());
  if (!bytes || *bytes > limits::kBlobBytesMax || !is_version(out.version))
    return fail(Code::Corrupt, "the journal's head makes no sense");
  out.size = *bytes;
  while (const auto line = next_line(text)) add_piece(*line, out);
  return out;
}

}  // namespace tegula::content
