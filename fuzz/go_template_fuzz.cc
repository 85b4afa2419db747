// Go templates: whatever translates is recognised as Jinja, and translates to the same again.
#include "base/bytes.h"
#include "base/check.h"
#include "modelfile/go_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  tegula::modelfile::detect_template(text);
  const tegula::Result<std::string> jinja = tegula::modelfile::jinja_from_go_template(text);
  if (jinja) CHECK(tegula::modelfile::jinja_from_go_template(text).value() == *jinja);
  return 0;
}
