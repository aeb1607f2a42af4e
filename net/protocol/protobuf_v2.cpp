#include "net/protocol/protobuf_v2.hpp"

#include "net/protobuf_reader.hpp"
#include "net/protocol/client.pb.h"
#include "net/protocol/rpc_data.hpp"

namespace lastseen::protocol::protobuf_v2 {

namespace {

using namespace lastseen::protobuf;

bool read_connect(input& in, std::uint32_t tag, command& to) {
  switch (tag) {
    case bytes(pb::ConnectRequest::kTokenFieldNumber):
      return wire::ReadBytes(&in, &to.token);
    case bytes(pb::ConnectRequest::kNameFieldNumber):
      return wire::ReadBytes(&in, &to.name);
    case bytes(pb::ConnectRequest::kVersionFieldNumber):
      return wire::ReadBytes(&in, &to.version);
    default:
      return skip(in, tag);
  }
}

bool read_rpc(input& in, std::uint32_t tag, command& to, std::string& data) {
  switch (tag) {
    case bytes(pb::RPCRequest::kMethodFieldNumber):
      return wire::ReadBytes(&in, &to.method);
    case bytes(pb::RPCRequest::kDataFieldNumber):
      return wire::ReadBytes(&in, &data);
    default:
      return skip(in, tag);
  }
}

bool read_refresh(input& in, std::uint32_t tag, command& to) {
  if (tag == bytes(pb::RefreshRequest::kTokenFieldNumber))
    return wire::ReadBytes(&in, &to.token);
  return skip(in, tag);
}

command_kind kind_of(std::uint32_t tag) {
  switch (tag) {
    case bytes(pb::Command::kConnectFieldNumber):
      return command_kind::connect;
    case bytes(pb::Command::kRpcFieldNumber):
      return command_kind::rpc;
    case bytes(pb::Command::kRefreshFieldNumber):
      return command_kind::refresh;
    case bytes(pb::Command::kSendFieldNumber):
      return command_kind::send;
    case bytes(pb::Command::kPingFieldNumber):
      return command_kind::ping;
    case bytes(pb::Command::kSubscribeFieldNumber):
    case bytes(pb::Command::kUnsubscribeFieldNumber):
    case bytes(pb::Command::kPublishFieldNumber):
    case bytes(pb::Command::kPresenceFieldNumber):
    case bytes(pb::Command::kPresenceStatsFieldNumber):
    case bytes(pb::Command::kHistoryFieldNumber):
    case bytes(pb::Command::kSubRefreshFieldNumber):
      return command_kind::other;
    default:
      return command_kind::none;
  }
}

bool read_body(input& in, command& to) {
  thread_local std::string data;
  data.clear();
  auto read = read_fields(in, [&](std::uint32_t tag) {
    switch (to.kind) {
      case command_kind::connect:
        return read_connect(in, tag, to);
      case command_kind::rpc:
        return read_rpc(in, tag, to, data);
      case command_kind::refresh:
        return read_refresh(in, tag, to);
      default:
        return skip(in, tag);
    }
  });
  if (read && to.kind == command_kind::rpc)
    read_rpc_data(data, to);
  return read;
}

bool read_command(input& in, command& to) {
  return read_fields(in, [&](std::uint32_t tag) {
    if (tag == varint(pb::Command::kIdFieldNumber))
      return in.ReadVarint32(&to.id);
    auto kind = kind_of(tag);
    if (kind == command_kind::none)
      return skip(in, tag);
    std::uint32_t size = 0;
    if (to.kind != command_kind::none || !in.ReadVarint32(&size))
      return false;
    to.kind = kind;
    return read_limited(in, size, [&] { return read_body(in, to); });
  });
}

error malformed(std::size_t number, std::string_view what, int at) {
  return {ec::bad_request, "command " + std::to_string(number) + ": "
                             + std::string{what} + " at byte "
                             + std::to_string(at)};
}

} // namespace

result<void> decode(std::string_view frame, command_sink to,
                    std::size_t max_size) {
  thread_local command value;
  if (frame.empty())
    return error{ec::bad_request, "command 1: empty"};
  input in{reinterpret_cast<const std::uint8_t*>(frame.data()),
           static_cast<int>(frame.size())};
  in.PushLimit(static_cast<int>(frame.size()));
  for (std::size_t n = 1; in.BytesUntilLimit() > 0; ++n) {
    value.clear();
    std::uint32_t size = 0;
    auto read =
      in.ReadVarint32(&size) && size <= max_size
      && read_limited(in, size, [&] { return read_command(in, value); });
    if (!read)
      return malformed(n, "malformed", in.CurrentPosition());
    to(value);
  }
  return {};
}

} // namespace lastseen::protocol::protobuf_v2
