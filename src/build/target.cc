#include "build/target.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace tegula::build {
namespace {

// The schema has checked that it is one.
std::uint32_t number(std::string_view digits) {
  std::uint32_t out = 0;
  for (const char digit : digits) out = out * 10 + static_cast<std::uint32_t>(digit - '0');
  return out;
}

Result<Target> gguf_target(const modelfile::Target& written) {
  Target out{.format = Format::Gguf};
  out.imatrix = written.option("imatrix");
  out.file = written.option("file");
  if (const std::string_view quant = written.option("quant"); !quant.empty())
    out.quant = TRY(tensor::parse_file_type(quant));
  if (!out.imatrix.empty() && !out.quant)
    return fail(Code::InvalidArgument, "imatrix says how to quantise, and there is no quant=");
  if (!out.file.empty() && (!out.file.ends_with(".gguf") || out.file.contains('/')))
    return fail(Code::InvalidArgument, fmt::format("file={} is no name of a GGUF file", out.file),
                "it ends in .gguf and has no folder");
  return out;
}

Result<Target> mlx_target(const modelfile::Target& written) {
  Target out{.format = Format::Mlx};
  const std::string_view bits = written.option("bits"), group = written.option("group");
  if (bits.empty() && !group.empty())
    return fail(Code::InvalidArgument, "group says how to quantise, and there is no bits=");
  if (bits.empty()) return out;
  out.mlx = tensor::MlxFormat{.bits = number(bits)};
  if (!group.empty()) out.mlx->group = number(group);
  TRY(tensor::check_mlx_format(*out.mlx));
  return out;
}

}  // namespace

std::string Target::line() const {
  std::string out(format_name(format));
  if (quant) out += fmt::format(" quant={}", quant->name);
  if (!imatrix.empty()) out += " imatrix=" + imatrix;
  if (!file.empty()) out += " file=" + file;
  if (mlx) out += fmt::format(" bits={} group={}", mlx->bits, mlx->group);
  if (dtype) out += fmt::format(" dtype={}", tensor::safetensors_type_name(*dtype));
  return out;
}

std::string Target::name() const {
  std::string out(format_name(format));
  if (quant) out += "-" + lower_ascii(quant->name);
  if (mlx) out += fmt::format("-{}bit", mlx->bits);
  if (mlx && mlx->group != tensor::MlxFormat{}.group) out += fmt::format("-g{}", mlx->group);
  if (dtype) out += "-" + lower_ascii(tensor::safetensors_type_name(*dtype));
  return out;
}

Result<Target> target_of(const modelfile::Target& written) {
  if (written.name == "gguf") return gguf_target(written);
  if (written.name == "mlx") return mlx_target(written);
  Target out{.format = Format::Safetensors};
  if (const std::string_view dtype = written.option("dtype"); !dtype.empty())
    out.dtype = tensor::safetensors_type_from(dtype);
  return out;
}

Target plain_target(Format format) { return {.format = format}; }

}  // namespace tegula::build
