#include "modelfile/go_template.h"

namespace tegula::modelfile {

Result<std::string> jinja_from_go_template(std::string_view) {
  return fail(Code::Unsupported, "this Go template can't be translated yet", "write it in Jinja");
}

}  // namespace tegula::modelfile
