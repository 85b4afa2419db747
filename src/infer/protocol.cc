#include "infer/protocol.h"

#include "base/limits.h"
#include "codec/json.h"
#include "infer/members.h"

namespace tegula::infer {

namespace {

using codec::Json;

template <class T>
struct Named {
  std::string_view name;
  T EngineSettings::* member;
};

// The plain members of EngineSettings, one line each for both directions.
constexpr Named<int> kFiles[] = {{"model", &EngineSettings::model},
                                 {"projector", &EngineSettings::projector},
                                 {"draft_model", &EngineSettings::draft_model}};
constexpr Named<std::uint32_t> kCounts[] = {
    {"context", &EngineSettings::context},         {"batch", &EngineSettings::batch},
    {"micro_batch", &EngineSettings::micro_batch}, {"threads", &EngineSettings::threads},
    {"parallel", &EngineSettings::parallel},       {"draft_tokens", &EngineSettings::draft_tokens}};
constexpr Named<std::string> kTexts[] = {{"name", &EngineSettings::name},
                                         {"chat_template", &EngineSettings::chat_template}};

// Settings may hold any bytes a Modelfile does; JSON holds UTF-8 only.
Result<std::string> dump(const Json& value) {
  try {
    return value.dump();
  } catch (const Json::exception&) {
    return fail(Code::InvalidArgument, "text for the engine is not UTF-8");
  }
}

Json settings_to_json(const EngineSettings& settings) {
  Json out = Json::object();
  for (const auto& [name, at] : kFiles) out[std::string(name)] = settings.*at;
  for (const auto& [name, at] : kCounts) out[std::string(name)] = settings.*at;
  for (const auto& [name, at] : kTexts) out[std::string(name)] = settings.*at;
  out["gpu_layers"] = settings.gpu_layers;
  out["main_gpu"] = settings.main_gpu;
  out["map_model"] = settings.map_model;
  out["memory_bytes_max"] = settings.memory_bytes_max;
  Json adapters = Json::array();
  for (const AdapterFile& adapter : settings.adapters)
    adapters.push_back({{"descriptor", adapter.descriptor}, {"scale", adapter.scale}});
  out["adapters"] = std::move(adapters);
  return out;
}

Result<std::vector<AdapterFile>> parse_adapters(const Json& object) {
  const Json* const list = TRY(codec::array_member(object, "adapters"));
  if (list->size() > limits::kEngineAdaptersMax)
    return fail(Code::Exhausted, fmt::format("{} adapters, at most {} are allowed", list->size(),
                                             limits::kEngineAdaptersMax));
  std::vector<AdapterFile> out;
  for (const Json& item : *list) {
    AdapterFile& adapter = out.emplace_back();
    adapter.descriptor = TRY(int_member<int>(item, "descriptor"));
    adapter.scale = static_cast<float>(TRY(number_member(item, "scale")));
  }
  return out;
}

Result<EngineSettings> parse_settings(const Json& object) {
  EngineSettings out;
  for (const auto& [name, at] : kFiles) out.*at = TRY(int_member<int>(object, name));
  for (const auto& [name, at] : kCounts) out.*at = TRY(int_member<std::uint32_t>(object, name));
  for (const auto& [name, at] : kTexts) out.*at = TRY(codec::string_member(object, name));
  out.gpu_layers = TRY(int_member<std::int32_t>(object, "gpu_layers"));
  out.main_gpu = TRY(int_member<std::int32_t>(object, "main_gpu"));
  out.map_model = TRY(bool_member(object, "map_model"));
  out.memory_bytes_max = TRY(int_member<std::uint64_t>(object, "memory_bytes_max"));
  out.adapters = TRY(parse_adapters(object));
  return out;
}

Json barriers_to_json(const std::vector<os::BarrierState>& barriers) {
  Json out = Json::array();
  for (const os::BarrierState& state : barriers)
    out.push_back({{"name", os::barrier_name(state.barrier)},
                   {"enforced", state.enforced},
                   {"detail", state.detail}});
  return out;
}

Result<std::vector<os::BarrierState>> parse_barriers(const Json& object) {
  std::vector<os::BarrierState> out;
  for (const Json& item : *TRY(codec::array_member(object, "barriers"))) {
    os::BarrierState& state = out.emplace_back();
    state.barrier = TRY(os::parse_barrier(TRY(codec::string_member(item, "name"))));
    state.enforced = TRY(bool_member(item, "enforced"));
    state.detail = printable(TRY(codec::string_member(item, "detail")));
  }
  return out;
}

Json attempts_to_json(const std::vector<Attempt>& attempts) {
  Json out = Json::array();
  for (const Attempt& attempt : attempts)
    out.push_back({{"name", attempt.name},
                   {"what", attempt.what},
                   {"stopped", attempt.stopped},
                   {"mechanism", attempt.mechanism},
                   {"errno", attempt.error_name}});
  return out;
}

Result<std::vector<Attempt>> parse_attempts(const Json& object) {
  std::vector<Attempt> out;
  for (const Json& item : *TRY(codec::array_member(object, "attempts"))) {
    Attempt& attempt = out.emplace_back();
    attempt.name = printable(TRY(codec::string_member(item, "name")));
    attempt.what = printable(TRY(codec::string_member(item, "what")));
    attempt.stopped = TRY(bool_member(item, "stopped"));
    attempt.mechanism = printable(TRY(codec::string_member(item, "mechanism")));
    attempt.error_name = printable(TRY(codec::string_member(item, "errno")));
  }
  return out;
}

Json probe_to_json(const ProbeOrder& probe) {
  return {{"canary", probe.canary},
          {"unix_socket", probe.unix_socket},
          {"abstract_socket", probe.abstract_socket},
          {"scratch", probe.scratch},
          {"tcp_port", probe.tcp_port},
          {"memory_bytes", probe.memory_bytes}};
}

Result<ProbeOrder> parse_probe(const Json& object) {
  ProbeOrder out;
  out.canary = TRY(codec::string_member(object, "canary"));
  out.unix_socket = TRY(codec::string_member(object, "unix_socket"));
  out.abstract_socket = TRY(codec::string_member(object, "abstract_socket"));
  out.scratch = TRY(codec::string_member(object, "scratch"));
  out.tcp_port = TRY(int_member<std::uint16_t>(object, "tcp_port"));
  out.memory_bytes = TRY(int_member<std::uint64_t>(object, "memory_bytes"));
  return out;
}

Code parse_code(std::string_view name) {
  constexpr Code kCodes[] = {Code::InvalidArgument, Code::NotFound,  Code::AlreadyExists,
                             Code::Corrupt,         Code::Untrusted, Code::Unavailable,
                             Code::Exhausted,       Code::DiskFull,  Code::PermissionDenied,
                             Code::Unsupported,     Code::Cancelled, Code::Internal};
  for (const Code code : kCodes) {
    if (code_name(code) == name) return code;
  }
  return Code::Internal;
}

Json to_json(const PerimeterMessage& message) {
  return {{"type", "perimeter"}, {"barriers", barriers_to_json(message.barriers)}};
}
Json to_json(const ReadyMessage& message) {
  return {{"type", "ready"},
          {"context", message.context},
          {"trained_context", message.trained_context},
          {"parameters", message.parameters},
          {"accelerator", message.accelerator},
          {"load_ms", message.load_ms}};
}
Json to_json(const FailedMessage& message) {
  return {{"type", "failed"},
          {"code", code_name(message.error.code)},
          {"text", message.error.text},
          {"hint", message.error.hint}};
}
Json to_json(const AttemptsMessage& message) {
  return {{"type", "attempts"}, {"attempts", attempts_to_json(message.attempts)}};
}

Result<Message> parse_ready(const Json& object) {
  ReadyMessage out;
  out.context = TRY(int_member<std::uint32_t>(object, "context"));
  out.trained_context = TRY(int_member<std::uint32_t>(object, "trained_context"));
  out.parameters = TRY(int_member<std::uint64_t>(object, "parameters"));
  out.accelerator = TRY(bool_member(object, "accelerator"));
  out.load_ms = TRY(number_member(object, "load_ms"));
  return out;
}

Result<Message> parse_failed(const Json& object) {
  FailedMessage out;
  out.error.code = parse_code(TRY(codec::string_member(object, "code")));
  out.error.text = printable(TRY(codec::string_member(object, "text")));
  out.error.hint = printable(TRY(codec::string_member(object, "hint")));
  return out;
}

}  // namespace

Result<std::string> encode(const Order& order) {
  Json barriers = Json::array();
  for (const os::Barrier barrier : order.barriers) barriers.push_back(os::barrier_name(barrier));
  return dump({{"settings", settings_to_json(order.settings)},
               {"barriers", std::move(barriers)},
               {"parent_network", order.parent_network},
               {"probe", order.probe ? probe_to_json(*order.probe) : Json(nullptr)}});
}

Result<Order> parse_order(std::string_view text) {
  const Json object = TRY(codec::parse_json(text, {.bytes_max = limits::kEngineSettingsBytesMax}));
  Order order;
  order.settings = TRY(parse_settings(*TRY(codec::object_member(object, "settings"))));
  for (const Json& item : *TRY(codec::array_member(object, "barriers"))) {
    if (!item.is_string()) return fail(Code::InvalidArgument, "a barrier is not a name");
    order.barriers.push_back(TRY(os::parse_barrier(item.get_ref<const std::string&>())));
  }
  order.parent_network = TRY(int_member<std::uint64_t>(object, "parent_network"));
  const Json* const probe = TRY(member(object, "probe"));
  if (!probe->is_null()) order.probe = TRY(parse_probe(*probe));
  return order;
}

Result<std::string> encode(const Message& message) {
  return dump(std::visit([](const auto& one) { return to_json(one); }, message));
}

Result<Message> parse_message(std::string_view line) {
  const Json object = TRY(codec::parse_json(line, {.bytes_max = limits::kEngineMessageBytesMax}));
  const std::string type = TRY(codec::string_member(object, "type"));
  if (type == "ready") return parse_ready(object);
  if (type == "failed") return parse_failed(object);
  if (type == "perimeter") {
    PerimeterMessage out;
    out.barriers = TRY(parse_barriers(object));
    return out;
  }
  if (type == "attempts") {
    AttemptsMessage out;
    out.attempts = TRY(parse_attempts(object));
    return out;
  }
  return fail(Code::InvalidArgument, fmt::format("unknown message \"{}\"", printable(type)));
}

}  // namespace tegula::infer
