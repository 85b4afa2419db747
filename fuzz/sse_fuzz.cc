// The events of a stream do not depend on where it is cut.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "net/sse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string whole, cut;
  const auto into = [](std::string& log) {
    return [&log](const tegula::net::SseEvent& event) -> tegula::Result<void> {
      log += event.type + "\n" + event.data + "\n";
      return {};
    };
  };
  tegula::net::SseParser one(into(whole)), many(into(cut));
  CHECK(one.feed(text));
  for (const char& c : text) CHECK(many.feed({&c, 1}));
  CHECK(whole == cut);
  return 0;
}
