#pragma once

#include <cstdint>
#include <optional>
#include <string>

/// The client protocol, whatever its encoding (contract.md B.4).
namespace lastseen::protocol {

/// Which body a command carries.
enum class command_kind : std::uint8_t {
  /// None that is known. With id 0 it is a pong, else a bad request.
  none,
  connect,
  rpc,
  refresh,
  send,
  ping,
  /// One of the protocol that we do not serve: subscribe, publish, presence …
  other,
};

/// One command of a client. Codecs reuse one object, so that a usual command
/// allocates nothing; whoever gets it may move from its members.
struct command {
  /// 0 when absent.
  std::uint32_t id = 0;
  command_kind kind = command_kind::none;
  /// Of `connect` and `refresh`; empty when absent.
  std::string token;
  /// Of `connect`: what the client calls itself; empty when absent.
  std::string name;
  std::string version;
  /// Of `rpc`; empty when absent.
  std::string method;
  /// Of `rpc`: `state` of its data. Absent is not the same as empty.
  std::optional<std::string> state;
  /// Of `rpc`: the data is not an object, or its state not a string. Only
  /// matters to a method that reads the data (error 107).
  bool bad_data = false;

  /// Whether it answers a ping: any command without an id but `send` does.
  bool is_pong() const noexcept {
    return id == 0 && kind != command_kind::send;
  }

  /// Back to an empty command; keeps the memory.
  void clear() noexcept {
    id = 0;
    kind = command_kind::none;
    token.clear();
    name.clear();
    version.clear();
    method.clear();
    state.reset();
    bad_data = false;
  }
};

} // namespace lastseen::protocol
