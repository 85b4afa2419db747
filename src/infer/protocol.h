// What parent and engine process say to each other outside HTTP: one order, then lines of messages.
// docs/reference/engine.md has both as JSON.
//
// Errors: InvalidArgument for what is not a message, Exhausted past a limit. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "infer/engine.h"
#include "infer/perimeter.h"
#include "os/sandbox.h"

namespace tegula::infer {

// The child's descriptors; the model and what goes with it follow.
enum ChildDescriptor : int {
  kChildLog = 2,      // standard error, and standard output too
  kChildOrder = 3,    // the order, a file
  kChildControl = 4,  // messages to the parent; the parent is gone when nobody reads it
  kChildFolder = 5,   // the private folder of the socket
  kChildFirstFile = 6,
};

inline constexpr std::string_view kSocketName = "e.sock";

// The one thing that libtegula-engine.so shows: an engine on the caller's thread. It gets the
// descriptors that a child has as its own, and returns soon after `end` can be read, with the exit
// status that a child would have.
using ServeFunction = int(int order, int control, int folder, int end) noexcept;
inline constexpr const char* kServeFunction = "tegula_engine_serve";

// What the probe tries to reach. Everything is made by the parent, so that only a barrier can be
// why it is not reached.
struct ProbeOrder {
  std::string canary{};            // a readable file in the user's home
  std::string unix_socket{};       // somebody listens
  std::string abstract_socket{};   // somebody listens; without the leading zero
  std::string scratch{};           // a folder anybody may write to, with a file "victim"
  std::uint16_t tcp_port = 0;      // somebody listens on 127.0.0.1
  std::uint64_t memory_bytes = 0;  // more than the limit
};

struct Order {
  EngineSettings settings{};  // with the child's descriptors; the model is -1 in a probe
  std::vector<os::Barrier> barriers{};
  std::uint64_t parent_network = 0;  // inode of the parent's network namespace; 0: unknown
  std::optional<ProbeOrder> probe{};
};

Result<std::string> encode(const Order& order);
Result<Order> parse_order(std::string_view text);

struct PerimeterMessage {
  std::vector<os::BarrierState> barriers{};
};
struct ReadyMessage {
  std::uint32_t context = 0;
  std::uint32_t trained_context = 0;
  std::uint64_t parameters = 0;
  bool accelerator = false;
  double load_ms = 0;
};
struct FailedMessage {
  Error error{};
};
struct AttemptsMessage {
  std::vector<Attempt> attempts{};
};
using Message = std::variant<PerimeterMessage, ReadyMessage, FailedMessage, AttemptsMessage>;

// One line, without the line feed.
Result<std::string> encode(const Message& message);
Result<Message> parse_message(std::string_view line);

}  // namespace tegula::infer
