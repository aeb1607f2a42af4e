#include "net/protobuf_writer.hpp"
#include "net/protocol/client.pb.h"
#include "net/protocol/protobuf_v2.hpp"

namespace lastseen::protocol::protobuf_v2 {

namespace {

using namespace lastseen::protobuf;

template <class F>
void append_reply(std::string& out, std::uint32_t id, int body, F f) {
  append_sized(out, [&] {
    append_number(out, pb::Reply::kIdFieldNumber, id);
    append_message(out, body, f);
  });
}

template <class Duration>
std::uint64_t count(Duration x) {
  return x.count() > 0 ? static_cast<std::uint64_t>(x.count()) : 0;
}

} // namespace

void append_connect(std::string& out, std::uint32_t id,
                    const connect_result& x) {
  using message = pb::ConnectResult;
  append_reply(out, id, pb::Reply::kConnectFieldNumber, [&] {
    append_text(out, message::kClientFieldNumber, x.client);
    append_text(out, message::kVersionFieldNumber, x.version);
    if (x.ttl) {
      append_number(out, message::kExpiresFieldNumber, 1);
      append_number(out, message::kTtlFieldNumber, count(*x.ttl));
    }
    if (x.ping.count() > 0) {
      append_number(out, message::kPingFieldNumber, count(x.ping));
      append_number(out, message::kPongFieldNumber, x.pong ? 1 : 0);
    }
    append_text(out, message::kSessionFieldNumber, x.session);
    append_text(out, message::kNodeFieldNumber, x.node);
    if (x.time)
      append_number(out, message::kTimeFieldNumber, count(*x.time));
  });
}

void append_rpc(std::string& out, std::uint32_t id) {
  append_reply(out, id, pb::Reply::kRpcFieldNumber, [&] {
    append_text(out, pb::RPCResult::kDataFieldNumber, "{}");
  });
}

void append_refresh(std::string& out, std::uint32_t id,
                    std::optional<std::chrono::seconds> ttl) {
  using message = pb::RefreshResult;
  append_reply(out, id, pb::Reply::kRefreshFieldNumber, [&] {
    if (ttl) {
      append_number(out, message::kExpiresFieldNumber, 1);
      append_number(out, message::kTtlFieldNumber, count(*ttl));
    }
  });
}

void append_error(std::string& out, std::uint32_t id, error_code code,
                  std::string_view message) {
  const auto& info = describe(code);
  append_reply(out, id, pb::Reply::kErrorFieldNumber, [&] {
    append_number(out, pb::Error::kCodeFieldNumber,
                  static_cast<std::uint64_t>(code));
    append_text(out, pb::Error::kMessageFieldNumber,
                message.empty() ? info.message : message);
    append_number(out, pb::Error::kTemporaryFieldNumber,
                  info.temporary ? 1 : 0);
  });
}

void append_ping(std::string& out) {
  out += '\0';
}

void append_disconnect(std::string& out, disconnect_code code) {
  using message = pb::Disconnect;
  append_reply(out, 0, pb::Reply::kPushFieldNumber, [&] {
    append_message(out, pb::Push::kDisconnectFieldNumber, [&] {
      append_number(out, message::kCodeFieldNumber,
                    static_cast<std::uint64_t>(code));
      append_text(out, message::kReasonFieldNumber, reason_of(code));
    });
  });
}

} // namespace lastseen::protocol::protobuf_v2

namespace lastseen::protocol {

const codec protobuf_v2_codec{
  .decode = protobuf_v2::decode,
  .append_connect = protobuf_v2::append_connect,
  .append_rpc = protobuf_v2::append_rpc,
  .append_refresh = protobuf_v2::append_refresh,
  .append_pong = nullptr,
  .append_error = protobuf_v2::append_error,
  .append_ping = protobuf_v2::append_ping,
  .append_disconnect = protobuf_v2::append_disconnect,
  .append_close_reason = append_plain_reason,
  .binary = true,
};

} // namespace lastseen::protocol
