#include "tensor/gguf_join.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "tensor/gguf_writer.h"

namespace tegula::tensor {
namespace {

constexpr std::size_t kCopyBytes = 4 * limits::kMiB;

std::optional<std::size_t> five_digits(std::string_view text) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.size() != 5 || error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

struct OpenPart {
  const GgufPart& part;
  Gguf gguf;
};

Result<std::uint64_t> split_number(const OpenPart& open, std::string_view key) {
  const GgufValue* value = open.gguf.find(key);
  const std::optional<std::uint64_t> number = value == nullptr ? std::nullopt : value->as_uint();
  if (number) return *number;
  return fail(Code::Corrupt,
              fmt::format("\"{}\" does not say its {}", printable(open.part.name), key));
}

Result<void> expect(const OpenPart& open, std::string_view key, std::uint64_t want) {
  const std::uint64_t got = TRY(split_number(open, key));
  if (got == want) return {};
  return fail(Code::Corrupt,
              fmt::format("\"{}\": {} is {}, expected {}: the parts are not of one set",
                          printable(open.part.name), key, got, want));
}

Result<void> check_set(std::span<const OpenPart> parts) {
  std::uint64_t tensors = 0;
  std::set<std::string_view> names;
  for (const OpenPart& open : parts) {
    tensors += open.gguf.tensors().size();
    for (const GgufTensor& tensor : open.gguf.tensors())
      if (!names.insert(tensor.name).second)
        return fail(Code::Corrupt, fmt::format("\"{}\": tensor \"{}\" is in another part too",
                                               printable(open.part.name), printable(tensor.name)));
  }
  if (tensors > limits::kGgufTensorsMax)
    return fail(Code::Unsupported,
                fmt::format("{} tensors; at most {} are read", tensors, limits::kGgufTensorsMax));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TRY(expect(parts[i], "split.no", i));
    TRY(expect(parts[i], "split.count", parts.size()));
    TRY(expect(parts[i], "split.tensors.count", tensors));
  }
  return {};
}

Result<void> read_all(const ByteSource& source, std::uint64_t offset,
                      std::span<std::uint8_t> into) {
  if (TRY(source.read_at(offset, into)) == into.size()) return {};
  return fail(Code::Corrupt, "the file became shorter since it was read");
}

Result<GgufWriter> header_of(std::span<const OpenPart> parts) {
  const OpenPart& first = parts.front();
  GgufWriter writer;
  for (const GgufValue& value : first.gguf.values()) {
    if (value.key.starts_with("split.")) continue;
    Bytes bytes(value.bytes);
    TRY(read_all(first.part.source, value.offset, bytes));
    writer.set_copy(value, bytes);
  }
  for (const OpenPart& open : parts) {
    for (const GgufTensor& tensor : open.gguf.tensors())
      writer.add_tensor(tensor.name, tensor.type, tensor.used_shape());
  }
  return writer;
}

Result<void> copy_tensor(const OpenPart& open, const GgufTensor& tensor, ByteSink& sink,
                         Progress& progress, const Stop& stop) {
  Bytes buffer(std::min<std::uint64_t>(kCopyBytes, tensor.bytes));
  for (std::uint64_t at = 0; at < tensor.bytes;) {
    TRY(stop.check());
    const auto piece = std::span(buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), tensor.bytes - at)));
    TRY(read_all(open.part.source, tensor.offset + at, piece));
    TRY(sink.append(piece));
    progress.advance(piece.size());
    at += piece.size();
  }
  return {};
}

Result<void> write(std::span<const OpenPart> parts, const GgufWriter& writer, ByteSink& sink,
                   Progress& progress, const Stop& stop) {
  TRY(sink.append(writer.header()));
  std::size_t index = 0;
  for (const OpenPart& open : parts) {
    for (const GgufTensor& tensor : open.gguf.tensors()) {
      TRY(copy_tensor(open, tensor, sink, progress, stop), open.part.name);
      TRY(sink.append(Bytes(writer.padding(index++))));
    }
  }
  return {};
}

}  // namespace

std::string PartName::file(std::size_t of_number) const {
  return fmt::format("{}-{:05}-of-{:05}.gguf", stem, of_number, count);
}

std::optional<PartName> part_name(std::string_view file) {
  constexpr std::string_view kShape = "-00002-of-00003.gguf";
  if (file.size() <= kShape.size()) return std::nullopt;
  const std::string_view tail = file.substr(file.size() - kShape.size());
  const auto number = five_digits(tail.substr(1, 5)), count = five_digits(tail.substr(10, 5));
  if (!number || !count || tail[0] != '-' || tail.substr(6, 4) != "-of-" ||
      tail.substr(15) != ".gguf")
    return std::nullopt;
  return PartName{std::string(file.substr(0, file.size() - kShape.size())), *number, *count};
}

Result<std::vector<std::string>> parts_of_set(const PartName& first,
                                              std::span<const std::string> there) {
  if (first.number != 1)
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is part {} of {}", printable(first.file(first.number)),
                            first.number, first.count),
                fmt::format("name the first: {}", printable(first.file(1))));
  if (first.count == 0 || first.count > limits::kSafetensorsShardsMax)
    return fail(Code::Unsupported, fmt::format("a model in {} parts", first.count));
  std::set<std::string_view> names(there.begin(), there.end());
  std::vector<std::string> out;
  for (std::size_t number = 1; number <= first.count; ++number) {
    out.push_back(first.file(number));
    if (!names.contains(out.back()))
      return fail(Code::NotFound, fmt::format("part {} of {} is missing: \"{}\"", number,
                                              first.count, printable(out.back())));
  }
  for (const std::string& file : there) {
    const std::optional<PartName> part = part_name(file);
    if (!part || part->stem != first.stem) continue;
    if (std::ranges::find(out, file) == out.end())
      return fail(
          Code::Corrupt,
          fmt::format("\"{}\" is a part too many: the model has {}", printable(file), first.count),
          "which of them belong together cannot be told");
  }
  return out;
}

Result<void> join_gguf(std::span<const GgufPart> parts, ByteSink& sink, Progress& progress,
                       const Stop& stop) {
  std::vector<OpenPart> open;
  std::uint64_t bytes = 0;
  for (const GgufPart& part : parts) {
    Gguf gguf = TRY(read_gguf(part.source), part.name);
    bytes += gguf.file_bytes() - gguf.data_offset();
    open.push_back({part, std::move(gguf)});
  }
  if (open.empty()) return fail(Code::InvalidArgument, "there are no parts");
  TRY(check_set(open));
  const GgufWriter writer = TRY(header_of(open), open.front().part.name);
  progress.begin("joining parts", bytes);
  TRY(write(open, writer, sink, progress, stop));
  progress.end();
  return {};
}

}  // namespace tegula::tensor
