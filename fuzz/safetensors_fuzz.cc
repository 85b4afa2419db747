// safetensors: what is accepted covers the file, and its header written anew says the same.
#include "base/check.h"
#include "tensor/safetensors_set.h"
#include "tensor/safetensors_writer.h"

using namespace tegula::tensor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)parse_safetensors_index(tegula::text_of({data, size}));
  const tegula::Result<Safetensors> file = read_safetensors(MemorySource({data, size}));
  if (!file) return 0;
  std::uint64_t end = file->data_offset;
  SafetensorsWriter writer;
  for (const auto& [key, value] : file->metadata) writer.set_metadata(key, value);
  for (const SafetensorsTensor& tensor : file->tensors) {
    CHECK(tensor.offset == end);
    end += tensor.bytes;
    writer.add_tensor(tensor.name, tensor.type, tensor.shape);
  }
  CHECK(end == size && writer.data_bytes() == size - file->data_offset);
  const tegula::Result<Safetensors> again = read_safetensors(MemorySource(zero_file(writer)));
  CHECK(again && again->metadata == file->metadata);
  CHECK(again->tensors.size() == file->tensors.size());
  return 0;
}
