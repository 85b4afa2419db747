#include "modelfile/go_template.h"

#include "modelfile/go_template_parser.h"
#include "modelfile/jinja_writer.h"

namespace tegula::modelfile {

Result<std::string> jinja_from_go_template(std::string_view text) {
  return go::write_jinja(TRY(go::parse_template(text)));
}

}  // namespace tegula::modelfile
