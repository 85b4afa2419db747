// GGUF files in parts: what two parts are joined into is read again and says nothing of parts, and
// a name of a part is the one it gives itself. The first two bytes say how long the first part is.
#include <algorithm>

#include "base/check.h"
#include "tensor/gguf_join.h"

using namespace tegula::tensor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tegula::ByteView bytes(data, size);
  if (const auto name = part_name(tegula::text_of(bytes)))
    CHECK(name->file(name->number) == tegula::text_of(bytes));
  if (size < 2) return 0;
  const std::size_t first = std::min<std::size_t>(data[0] + 256U * data[1], size - 2);
  const MemorySource sources[] = {MemorySource(bytes.subspan(2, first)),
                                  MemorySource(bytes.subspan(2 + first))};
  const GgufPart parts[] = {{"first", sources[0]}, {"second", sources[1]}};
  BytesSink sink;
  tegula::NoProgress progress;
  if (!join_gguf(parts, sink, progress, {})) return 0;
  const MemorySource joined(sink.bytes());
  const tegula::Result<Gguf> gguf = read_gguf(joined);
  CHECK(gguf.has_value() && gguf->find("split.count") == nullptr);
  return 0;
}
