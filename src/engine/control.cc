#include "engine/control.h"

#include "base/limits.h"
#include "os/descriptor.h"

namespace tegula::engine {

Result<infer::Order> read_order(int descriptor) {
  return infer::parse_order(
      TRY(os::read_whole(descriptor, limits::kEngineSettingsBytesMax), "the order"));
}

Result<void> send_message(int control, const infer::Message& message) {
  return os::write_whole(control, TRY(infer::encode(message)) + "\n");
}

}  // namespace tegula::engine
