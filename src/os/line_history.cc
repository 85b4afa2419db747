#include "os/line_history.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/limits.h"

namespace tegula::os {
namespace {

void keep_last(std::vector<std::string>& lines, std::size_t count) {
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<long>(count));
}

// The oldest line from which on all fit into the file.
std::size_t first_that_fits(const std::vector<std::string>& lines) {
  std::uint64_t bytes = 0;
  std::size_t first = lines.size();
  while (first > 0 && bytes + lines[first - 1].size() + 1 <= limits::kHistoryBytesMax)
    bytes += lines[--first].size() + 1;
  return first;
}

}  // namespace

LineHistory::LineHistory(FileSystem& files, Path path, std::size_t lines_max)
    : files_(files), path_(std::move(path)), lines_max_(lines_max) {
  if (path_.empty()) return;
  auto loaded = load();
  if (loaded)
    lines_ = std::move(*loaded);
  else
    path_.clear();
}

Result<std::vector<std::string>> LineHistory::load() const {
  std::vector<std::string> out;
  const auto text = read_file(files_, path_, limits::kHistoryBytesMax);
  if (!text) {
    if (text.error().code == Code::NotFound) return out;
    return std::unexpected(text.error());
  }
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!line.empty()) out.emplace_back(line);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  keep_last(out, lines_max_);
  return out;
}

bool LineHistory::add(std::string_view line) {
  const bool repeats = !lines_.empty() && lines_.back() == line;
  const bool fits = line.size() <= limits::kHistoryLineBytesMax && line.find('\n') == line.npos;
  if (line.empty() || repeats || !fits) return false;
  lines_.emplace_back(line);
  fresh_.emplace_back(line);
  keep_last(lines_, lines_max_);
  return true;
}

Result<void> LineHistory::save() {
  if (path_.empty() || fresh_.empty()) return {};
  std::vector<std::string> all = TRY(load());
  all.insert(all.end(), fresh_.begin(), fresh_.end());
  keep_last(all, lines_max_);
  std::string text;
  for (const std::string& line : std::span(all).subspan(first_that_fits(all))) text += line + "\n";
  TRY(make_folders(files_, path_.parent_path(), 0700));
  TRY(write_durably(files_, path_, bytes_of(text), 0600));
  fresh_.clear();
  return {};
}

}  // namespace tegula::os
