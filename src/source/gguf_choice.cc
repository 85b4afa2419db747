#include "source/gguf_choice.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.h"
#include "base/printable.h"
#include "tensor/gguf_join.h"

namespace tegula::source {
namespace {

constexpr std::string_view kSuffix = ".gguf";
constexpr std::size_t kChoicesShownMax = 12;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether `word` stands in `text` by itself: Q4_K is not in "x-Q4_K_M".
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]));
    if (starts && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

bool is_later_part(std::string_view file) {
  const std::optional<tensor::PartName> part = tensor::part_name(file);
  return part && part->number != 1;
}

bool matches(const std::string& file, std::string_view choice) {
  const std::string name = lower_ascii(file);
  const std::string wanted = lower_ascii(choice);
  return name == wanted || name == wanted + std::string(kSuffix) ||
         has_word(std::string_view(name).substr(0, name.size() - kSuffix.size()), wanted);
}

std::string choices_hint(std::span<const std::string> files) {
  const auto shown = files.first(std::min(files.size(), kChoicesShownMax));
  const std::string_view more = shown.size() < files.size() ? ", …" : "";
  return printable(fmt::format("there are: {}{}", fmt::join(shown, ", "), more), 1000);
}

}  // namespace

bool is_gguf(std::string_view file) { return lower_ascii(file).ends_with(kSuffix); }

bool is_part(std::string_view file) { return tensor::part_name(file).has_value(); }

bool is_projector(std::string_view file) {
  return is_gguf(file) && lower_ascii(file).find("mmproj") != std::string::npos;
}

std::vector<std::string> model_files(std::span<const std::string> files) {
  std::vector<std::string> out;
  for (const std::string& file : files)
    if (is_gguf(file) && !is_projector(file) && !is_later_part(file)) out.push_back(file);
  std::ranges::sort(out);
  return out;
}

Result<std::string> choose_file(std::span<const std::string> files, std::string_view choice) {
  const std::vector<std::string> models = model_files(files);
  if (models.empty()) return fail(Code::NotFound, "it holds no GGUF model");
  if (choice.empty()) {
    if (models.size() == 1) return models.front();
    return fail(Code::InvalidArgument, fmt::format("it holds {} models; say which", models.size()),
                choices_hint(models));
  }
  std::vector<std::string> found;
  for (const std::string& file : models) {
    if (file == choice) return file;
    if (matches(file, choice)) found.push_back(file);
  }
  const std::string shown = printable(choice);
  if (found.empty())
    return fail(Code::NotFound, fmt::format("it holds no \"{}\"", shown), choices_hint(models));
  if (found.size() > 1) {
    return fail(Code::InvalidArgument, fmt::format("\"{}\" means {} files", shown, found.size()),
                choices_hint(found));
  }
  return found.front();
}

std::string choose_projector(std::span<const std::string> files) {
  std::vector<std::string> found;
  std::ranges::copy_if(files, std::back_inserter(found), is_projector);
  std::ranges::sort(found);
  for (const std::string& file : found)
    if (has_word(lower_ascii(file), "f16")) return file;
  return found.empty() ? std::string() : found.front();
}

}  // namespace tegula::source
