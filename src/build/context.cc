#include "build/context.h"

#include <charconv>

#include <fmt/format.h>

namespace tegula::build {

os::Path BuildContext::locate(const std::string& written, const os::Path& folder) const {
  if (const auto place = places.find(written); place != places.end()) return place->second;
  if (written == "~") return home;
  if (written.starts_with("~/")) return home / written.substr(2);
  std::string_view rest = written;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  return folder / rest;
}

Result<os::Path> real_path(const os::Path& path) {
  std::error_code error;
  os::Path real = std::filesystem::canonical(path, error);
  if (!error) return real;
  return fail(Code::NotFound, fmt::format("there is no file \"{}\"", path.string()));
}

Result<WallTime> source_date(const os::Environment& environment) {
  constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999
  const auto text = environment.get("SOURCE_DATE_EPOCH");
  if (!text || text->empty()) return WallTime{};
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0 ||
      seconds > kSecondsMax) {
    return fail(Code::InvalidArgument,
                fmt::format("SOURCE_DATE_EPOCH=\"{}\" is no number of seconds", *text));
  }
  if (seconds >
      std::chrono::duration_cast<std::chrono::seconds>(WallTime::max().time_since_epoch()).count())
    return fail(Code::InvalidArgument, fmt::format("SOURCE_DATE_EPOCH=\"{}\" is too far", *text));
  return WallTime{std::chrono::seconds(seconds)};
}

}  // namespace tegula::build
