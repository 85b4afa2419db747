// GGUF: whatever is accepted lies within the file, can be read again, and can be described.
#include "base/check.h"
#include "tensor/importance.h"
#include "tensor/model_info.h"

using namespace tegula::tensor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemorySource source({data, size});
  const tegula::Result<Gguf> gguf = read_gguf(source);
  if (!gguf) return 0;
  for (const GgufValue& value : gguf->values()) {
    CHECK(value.offset + value.bytes <= size && gguf->find(value.key) == &value);
    if (!value.is_array()) continue;
    if (value.item_type == GgufType::Text)
      CHECK(read_strings(source, value)->size() == value.count);
    if (value.item_type != GgufType::Text) CHECK(read_items(source, value)->size() == value.bytes);
  }
  for (const GgufTensor& tensor : gguf->tensors()) CHECK(tensor.offset + tensor.bytes <= size);
  (void)read_importance(source);
  if (const auto kind = check_model_file(*gguf)) CHECK(!model_info(*gguf, *kind).types.empty());
  return 0;
}
