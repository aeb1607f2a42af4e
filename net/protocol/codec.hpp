#pragma once

#include "actors/client_codes.hpp"
#include "actors/command.hpp"
#include "status/error.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace lastseen::protocol {

class command_sink;

/// Anything that can be called with a command, but no sink itself.
template <class F>
concept takes_commands =
  std::is_invocable_v<F&, command&> && !std::is_same_v<std::decay_t<F>,
                                                       command_sink>;

/// What a decoder gives its commands to: a reference to anything that can be
/// called with a `command&`, which lives until it returns and may be moved
/// from. It must not decode with the same codec. The callable must outlive it.
class command_sink {
public:
  template <class F>
  requires takes_commands<F>
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the concept's job
  command_sink(F&& f)
  noexcept
    : call_{[](void* obj, command& x) {
        (*static_cast<std::remove_reference_t<F>*>(obj))(x);
      }},
      obj_{const_cast<void*>(static_cast<const void*>(std::addressof(f)))} {
    // nop
  }

  void operator()(command& x) const {
    call_(obj_, x);
  }

private:
  void (*call_)(void*, command&);
  void* obj_;
};

/// What a client is told when it is connected.
struct connect_result {
  /// The connection's UUID.
  std::string_view client;
  /// As in `lastseen 0.1.0`.
  std::string_view version;
  /// How long until the client must refresh its token; absent: it need not.
  std::optional<std::chrono::seconds> ttl;
  /// Time between two pings. 0: there are none.
  std::chrono::seconds ping{0};
  /// The client must answer them.
  bool pong = true;
  /// Of transports whose clients send by `/emulation`; empty: none.
  std::string_view session = {};
  std::string_view node = {};
  /// Since 1970; absent: the client is not told.
  std::optional<std::chrono::milliseconds> time = {};
};

/// Of a command: as large as its frame.
constexpr std::size_t any_size = std::string_view::npos;

/// The reason that goes with a code, as it is.
void append_plain_reason(std::string& out, disconnect_code code);

/// One encoding of the protocol: bytes in, commands out; replies in, bytes out.
/// The functions may be called on any thread; see `json_v2` for what they do.
/// Null is what its clients are never told.
struct codec {
  result<void> (*decode)(std::string_view frame, command_sink to,
                         std::size_t max_size);
  void (*append_connect)(std::string& out, std::uint32_t id,
                         const connect_result& x);
  void (*append_rpc)(std::string& out, std::uint32_t id);
  void (*append_refresh)(std::string& out, std::uint32_t id,
                         std::optional<std::chrono::seconds> ttl);
  /// The answer to a client's ping; only in v1.
  void (*append_pong)(std::string& out, std::uint32_t id);
  void (*append_error)(std::string& out, std::uint32_t id, error_code code,
                       std::string_view message);
  void (*append_ping)(std::string& out);
  /// The last message where there is no close frame.
  void (*append_disconnect)(std::string& out, disconnect_code code);
  /// The reason in a close frame.
  void (*append_close_reason)(std::string& out, disconnect_code code);
  /// Its frames are not text.
  bool binary;
};

extern const codec json_v1_codec;
extern const codec json_v2_codec;
extern const codec protobuf_v2_codec;
extern const codec uni_json_codec;

} // namespace lastseen::protocol
