#include "build/pack_difference.h"

#include <algorithm>
#include <map>
#include <type_traits>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "base/printable.h"
#include "content/layer.h"
#include "content/manifest.h"
#include "content/runtime_settings.h"
#include "content/verified_text.h"
#include "tensor/byte_source.h"
#include "tensor/gguf.h"
#include "tensor/safetensors.h"

namespace tegula::build {
namespace {

// A named range of a file.
struct Part {
  std::string label;  // `tensor "x"`
  std::string form;   // what else is said about it: type and shape
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

std::vector<Part> parts_of(const tensor::Gguf& gguf) {
  std::vector<Part> out;
  for (const tensor::GgufValue& value : gguf.values())
    out.push_back({fmt::format("metadata \"{}\"", value.key),
                   std::string(tensor::gguf_type_name(value.type)), value.offset, value.bytes});
  for (const tensor::GgufTensor& each : gguf.tensors()) {
    std::string form(tensor::dtype_name(each.type));
    for (const std::uint64_t size : each.used_shape()) form += fmt::format(" {}", size);
    out.push_back(
        {fmt::format("tensor \"{}\"", each.name), std::move(form), each.offset, each.bytes});
  }
  return out;
}

std::vector<Part> parts_of(const tensor::Safetensors& file) {
  std::vector<Part> out;
  for (const tensor::SafetensorsTensor& each : file.tensors) {
    std::string form(tensor::safetensors_type_name(each.type));
    for (const std::uint64_t size : each.shape) form += fmt::format(" {}", size);
    out.push_back(
        {fmt::format("tensor \"{}\"", each.name), std::move(form), each.offset, each.bytes});
  }
  return out;
}

// Nothing but the whole file where it is of neither kind.
std::vector<Part> parts_of(const tensor::ByteSource& source) {
  if (const auto gguf = tensor::read_gguf(source)) return parts_of(*gguf);
  if (const auto file = tensor::read_safetensors(source)) return parts_of(*file);
  return {{"", "", 0, source.size()}};
}

// The first byte that differs; nothing if none does.
Result<std::optional<std::uint64_t>> first_byte(const tensor::ByteSource& a,
                                                const tensor::ByteSource& b, const Part& part_a,
                                                const Part& part_b, const Stop& stop) {
  const std::uint64_t all = std::min(part_a.bytes, part_b.bytes);
  Bytes x(limits::kMiB), y(limits::kMiB);
  for (std::uint64_t at = 0; at < all;) {
    TRY(stop.check());
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(x.size(), all - at));
    const std::size_t got_a = TRY(a.read_at(part_a.offset + at, std::span(x).first(want)));
    const std::size_t got_b = TRY(b.read_at(part_b.offset + at, std::span(y).first(want)));
    const auto [end, other] =
        std::mismatch(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(got_a), y.begin(),
                      y.begin() + static_cast<std::ptrdiff_t>(got_b));
    const std::uint64_t same = static_cast<std::uint64_t>(end - x.begin());
    if (same < want) return std::optional(at + same);
    at += want;
  }
  if (part_a.bytes != part_b.bytes) return std::optional(all);
  return std::optional<std::uint64_t>();
}

Result<std::string> difference_of(const tensor::ByteSource& a, const tensor::ByteSource& b,
                                  const Stop& stop) {
  const std::vector<Part> expected = parts_of(a), got = parts_of(b);
  for (std::size_t i = 0; i < std::min(expected.size(), got.size()); ++i) {
    const std::string name = printable(expected[i].label);
    if (expected[i].label != got[i].label)
      return fmt::format("{} is now {}", name, printable(got[i].label));
    if (expected[i].form != got[i].form)
      return fmt::format("{} ({} is now {})", name, expected[i].form, got[i].form);
    if (const auto at = TRY(first_byte(a, b, expected[i], got[i], stop)))
      return name.empty() ? fmt::format("byte {}", *at)
                          : fmt::format("{} (byte {} of it)", name, *at);
  }
  if (expected.size() != got.size())
    return fmt::format("{} parts are now {}", expected.size(), got.size());
  return std::string("bytes that belong to no tensor");
}

Result<std::string> layer_difference(const content::Descriptor& expected,
                                     const content::Descriptor& got, const PackPlace& a,
                                     const PackPlace& b, Progress& progress, const Stop& stop) {
  const std::string name = fmt::format("layer \"{}\"", content::file_path(expected));
  if (expected.digest == got.digest) return name + ", its annotations";
  const auto ours = a.store.open_verified(expected, progress, stop);
  const auto theirs = b.store.open_verified(got, progress, stop);
  if (!ours || !theirs) return name;
  const tensor::FileSource x = TRY(tensor::FileSource::open(ours->file()));
  const tensor::FileSource y = TRY(tensor::FileSource::open(theirs->file()));
  return fmt::format("{}, {}", name, TRY(difference_of(x, y, stop)));
}

// --- all differences ---

using Named = std::map<std::string, std::string>;  // what, in words

void compare(const std::string& layer, const Named& before, const Named& after,
             std::vector<Differing>& out) {
  for (const auto& [what, text] : before) {
    const auto found = after.find(what);
    if (found == after.end())
      out.push_back({layer, what, Change::Removed, text, {}});
    else if (found->second != text)
      out.push_back({layer, what, Change::Changed, text, found->second});
  }
  for (const auto& [what, text] : after)
    if (!before.contains(what)) out.push_back({layer, what, Change::Added, {}, text});
}

std::string text_of(const content::Parameter& parameter) {
  return std::visit(
      [](const auto& value) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<std::string>>)
          return fmt::format("{}", fmt::join(value, ", "));
        else
          return fmt::format("{}", value);
      },
      parameter);
}

Named words_of(const content::RuntimeSettings& settings) {
  Named out;
  for (const auto& [name, value] : settings.parameters)
    out[fmt::format("parameter \"{}\"", name)] = text_of(value);
  for (const content::AdapterUse& one : settings.adapters)
    out[fmt::format("adapter \"{}\"", one.file)] = fmt::format("scale {}", one.scale);
  for (std::size_t i = 0; i < settings.messages.size(); ++i)
    out[fmt::format("message {}", i + 1)] =
        fmt::format("{}: {}", settings.messages[i].role, settings.messages[i].content);
  const std::pair<const char*, const std::string&> texts[] = {
      {"model", settings.model},
      {"draft", settings.draft},
      {"chat template", settings.chat_template},
      {"system prompt", settings.system},
      {"required version", settings.requires_version}};
  for (const auto& [name, text] : texts)
    if (!text.empty()) out[name] = text;
  return out;
}

// What is in one of two files alone, or has another form or other bytes.
Result<void> compare_parts(const std::string& layer, const tensor::ByteSource& a,
                           const tensor::ByteSource& b, const Stop& stop,
                           std::vector<Differing>& out) {
  const std::vector<Part> before = parts_of(a), after = parts_of(b);
  std::map<std::string_view, const Part*> found;
  for (const Part& part : after) found[part.label] = &part;
  for (const Part& part : before) {
    const auto other = found.extract(part.label);
    if (other.empty())
      out.push_back({layer, part.label, Change::Removed, part.form, {}});
    else if (part.form != other.mapped()->form)
      out.push_back({layer, part.label, Change::Changed, part.form, other.mapped()->form});
    else if (TRY(first_byte(a, b, part, *other.mapped(), stop)))
      out.push_back({layer, part.label, Change::Changed, {}, {}});
  }
  for (const Part& part : after)
    if (found.contains(part.label))
      out.push_back({layer, part.label, Change::Added, {}, part.form});
  return {};
}

Named annotations_of(const content::Manifest& manifest) {
  Named out;
  for (const auto& [name, text] : manifest.annotations)
    out[fmt::format("annotation \"{}\"", name)] = text;
  return out;
}

Result<content::RuntimeSettings> settings_in(const content::Descriptor& layer,
                                             const PackPlace& place, Progress& progress,
                                             const Stop& stop) {
  const content::VerifiedBlob blob = TRY(place.store.open_verified(layer, progress, stop));
  return content::RuntimeSettings::parse(TRY(content::read_text(blob, limits::kJsonBytesMax)));
}

Result<void> compare_layers(const content::Descriptor& before, const content::Descriptor& after,
                            const PackPlace& a, const PackPlace& b, Progress& progress,
                            const Stop& stop, std::vector<Differing>& out) {
  const std::string name(content::file_path(before));
  if (name == content::kRuntimeSettingsFile) {
    const content::RuntimeSettings old = TRY(settings_in(before, a, progress, stop), name);
    const content::RuntimeSettings now = TRY(settings_in(after, b, progress, stop), name);
    compare({}, words_of(old), words_of(now), out);
    return {};
  }
  const content::VerifiedBlob ours = TRY(a.store.open_verified(before, progress, stop));
  const content::VerifiedBlob theirs = TRY(b.store.open_verified(after, progress, stop));
  const tensor::FileSource x = TRY(tensor::FileSource::open(ours.file()));
  const tensor::FileSource y = TRY(tensor::FileSource::open(theirs.file()));
  const std::size_t known = out.size();
  TRY(compare_parts(name, x, y, stop, out));
  if (out.size() == known) out.push_back({name, {}, Change::Changed, {}, {}});
  if (out.back().what.empty())
    out.back() = {name, {}, Change::Changed, before.digest.str(), after.digest.str()};
  return {};
}

}  // namespace

std::string_view name_of(Change change) {
  switch (change) {
    case Change::Added: return "added";
    case Change::Removed: return "removed";
    case Change::Changed: return "changed";
  }
  return "";
}

Result<std::vector<Differing>> all_differences(const PackPlace& before, const PackPlace& after,
                                               Progress& progress, const Stop& stop) {
  std::vector<Differing> out;
  const content::Manifest a = TRY(before.store.read_manifest(before.digest));
  const content::Manifest b = TRY(after.store.read_manifest(after.digest));
  std::map<std::string_view, const content::Descriptor*> found;
  for (const content::Descriptor& layer : b.layers) found[content::file_path(layer)] = &layer;
  for (const content::Descriptor& layer : a.layers) {
    const auto other = found.extract(content::file_path(layer));
    if (other.empty())
      out.push_back(
          {std::string(content::file_path(layer)), {}, Change::Removed, layer.digest.str(), {}});
    else if (other.mapped()->digest != layer.digest)
      TRY(compare_layers(layer, *other.mapped(), before, after, progress, stop, out));
  }
  for (const content::Descriptor& layer : b.layers)
    if (found.contains(content::file_path(layer)))
      out.push_back(
          {std::string(content::file_path(layer)), {}, Change::Added, {}, layer.digest.str()});
  compare({}, annotations_of(a), annotations_of(b), out);
  return out;
}

Result<std::string> first_difference(const PackPlace& expected, const PackPlace& got,
                                     Progress& progress, const Stop& stop) {
  if (expected.digest == got.digest) return std::string();
  const content::Manifest a = TRY(expected.store.read_manifest(expected.digest));
  const content::Manifest b = TRY(got.store.read_manifest(got.digest));
  for (std::size_t i = 0; i < std::max(a.layers.size(), b.layers.size()); ++i) {
    if (i >= b.layers.size())
      return fmt::format("layer \"{}\" is missing", content::file_path(a.layers[i]));
    if (i >= a.layers.size() || content::file_path(a.layers[i]) != content::file_path(b.layers[i]))
      return fmt::format("layer \"{}\" is new", content::file_path(b.layers[i]));
    if (a.layers[i] != b.layers[i])
      return layer_difference(a.layers[i], b.layers[i], expected, got, progress, stop);
  }
  return std::string(a.config != b.config ? "the config" : "the annotations");
}

}  // namespace tegula::build
