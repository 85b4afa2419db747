// llama.cpp's file types ("Q4_K_M"): which type each tensor of a GGUF file has. The larger ones mix
// several, as its llama-quantize does (src/llama-quant.cpp of the pinned llama.cpp).
//
// Errors: Unsupported for a name that is not one, with those that are.
// Thread rule: FileType is a value; a TypeMix belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tensor/dtype.h"

namespace tegula::tensor {

struct FileType {
  std::uint32_t number;   // general.file_type
  std::string_view name;  // "Q4_K_M"
  DType type;             // of most tensors
};

std::span<const FileType> file_types();

// By name, in any case.
Result<FileType> parse_file_type(std::string_view name);

// The name of a general.file_type number, such as "Q4_K_M"; empty if it has none.
std::string_view file_type_name(std::uint64_t number);

// What the mixture depends on.
struct MixModel {
  std::string architecture;
  std::uint64_t layers = 0;
  std::uint64_t values = 0;        // layers with a tensor attn_v
  std::uint64_t heads_per_kv = 1;  // query heads that share a key and value head
  bool tied = false;               // the output shares the embedding's tensor
  bool importance = false;         // an importance matrix is given
};

// Chooses types of tensors, asked in the order of the layers.
class TypeMix {
 public:
  TypeMix(FileType file_type, MixModel model);

  // `shape` as in GGUF, the row first.
  DType next(std::string_view name, std::span<const std::uint64_t> shape);

 private:
  DType mixed(std::string_view name, std::uint64_t row);
  DType value_type();
  DType down_type();
  DType two_bit_type(std::string_view name);
  bool is(std::initializer_list<std::uint32_t> numbers) const;

  FileType file_type_;
  MixModel model_;
  std::uint64_t value_ = 0;  // how many of attn_v were asked for
  std::uint64_t down_ = 0;
  std::uint64_t gate_ = 0;
  std::uint64_t up_ = 0;
};

// Whether llama-quantize insists on an importance matrix for this tensor in such a file.
bool wants_importance(FileType file_type, std::string_view name, DType type);

}  // namespace tegula::tensor
