// GGUF files in parts, as llama.cpp's gguf-split writes them: x-00001-of-00003.gguf and so on
// (docs/reference/gguf.md#parts). The first part has the metadata; `split.no`, `split.count` and
// `split.tensors.count` say how they belong together.
//
// Errors: those of read_gguf(), and Corrupt, naming the part, for parts that are not one set.
// Thread rule: free functions over values.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/progress.h"
#include "base/stop.h"
#include "tensor/gguf.h"
#include "tensor/pipeline.h"

namespace tegula::tensor {

// What a file's name says of the set it is a part of.
struct PartName {
  std::string stem;        // "x"
  std::size_t number = 0;  // from 1
  std::size_t count = 0;

  std::string file(std::size_t of_number) const;  // "x-00002-of-00003.gguf"
  std::string whole() const { return stem + ".gguf"; }

  bool operator==(const PartName&) const = default;
};

// Nothing for a name that is no part's. `file` has no folders in front.
std::optional<PartName> part_name(std::string_view file);

// The files of the set that `first` is part 1 of, in order, out of those that are there.
// InvalidArgument if `first` is another part, NotFound naming a part that is missing, Corrupt
// naming one too many.
Result<std::vector<std::string>> parts_of_set(const PartName& first,
                                              std::span<const std::string> there);

struct GgufPart {
  std::string name;  // for messages
  const ByteSource& source;
};

// The one file that they are: the first part's metadata without `split.*`, then the tensors of all
// in order. Streams; the same parts give the same bytes.
Result<void> join_gguf(std::span<const GgufPart> parts, ByteSink& sink, Progress& progress,
                       const Stop& stop);

}  // namespace tegula::tensor
