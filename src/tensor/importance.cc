#include "tensor/importance.h"

#include <cmath>

#include <fmt/format.h>

#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

constexpr std::string_view kSums = ".in_sum2";
constexpr std::string_view kCounts = ".counts";

Result<std::vector<float>> floats(const ByteSource& source, const GgufTensor& tensor) {
  if (tensor.type != DType::F32) return fail(Code::Corrupt, "expected F32");
  Bytes raw(tensor.bytes);
  if (TRY(source.read_at(tensor.offset, raw)) != raw.size())
    return fail(Code::Corrupt, "the file became shorter while it was read");
  std::vector<float> out(tensor.elements);
  TRY(dequantise(DType::F32, raw, out));
  for (const float x : out)
    if (!(x >= 0) || !std::isfinite(x)) return fail(Code::Corrupt, fmt::format("holds {}", x));
  return out;
}

// Sums over counts; a weight that was never used counts as any other.
Result<std::vector<float>> mean_squares(const ByteSource& source, const Gguf& gguf,
                                        const GgufTensor& sums, std::string_view weight) {
  const GgufTensor* counts = gguf.find_tensor(std::string(weight) + std::string(kCounts));
  if (counts == nullptr) return fail(Code::Corrupt, "has no counts");
  if (counts->elements != 1 || sums.elements != sums.shape[0]) {
    return fail(Code::Unsupported, "is of several experts, which are not converted");
  }
  std::vector<float> out = TRY(floats(source, sums));
  const float count = TRY(floats(source, *counts)).front();
  for (float& x : out) x = count > 0 ? x / count : 1;
  return out;
}

}  // namespace

Result<ImportanceMatrix> read_importance(const ByteSource& source) {
  const Gguf gguf = TRY(read_gguf(source));
  const GgufValue* type = gguf.find("general.type");
  if (type == nullptr || type->as_text() != "imatrix") {
    return fail(Code::InvalidArgument, "the GGUF file is no importance matrix",
                "make one with llama-imatrix");
  }
  ImportanceMatrix out;
  for (const GgufTensor& tensor : gguf.tensors()) {
    const std::string_view name = tensor.name;
    if (!name.ends_with(kSums)) continue;
    const std::string_view weight = name.substr(0, name.size() - kSums.size());
    out.emplace(weight, TRY(mean_squares(source, gguf, tensor, weight),
                            fmt::format("tensor \"{}\"", name)));
  }
  if (out.empty()) return fail(Code::Corrupt, "the importance matrix is empty");
  return out;
}

}  // namespace tegula::tensor
