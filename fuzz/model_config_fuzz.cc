// Model configs: what parses prints as something that parses to the same.
#include "base/check.h"
#include "content/model_config.h"

using namespace tegula::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = ModelConfig::parse(tegula::text_of({data, size}));
  if (config) CHECK(ModelConfig::parse(encode(*config).value()).value() == *config);
  return 0;
}
