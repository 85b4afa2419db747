#include "infer/engine.h"

namespace tegula::infer {

std::string_view stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::Stop: return "stop";
    case StopReason::Length: return "length";
    case StopReason::ToolCalls: return "tool_calls";
    case StopReason::Cancelled: return "cancelled";
  }
  return "stop";
}

}  // namespace tegula::infer
