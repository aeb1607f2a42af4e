#include "net/permessage_deflate.hpp"
#include "net/protocol/client.pb.h"
#include "tests/support/client_wire.hpp"
#include "tests/support/node_fixture.hpp"
#include "tests/support/websocket_frames.hpp"

#include <string>
#include <string_view>

// The limits of compressed messages: that of what a message stands for, and
// that of each command in it (contract B.4.8).
namespace lastseen {
namespace {

using test::connect_as;
using test::loopback_client;
using test::wire_close;
using test::wire_frame;

class ClientCompressed : public test::node_fixture {
protected:
  ClientCompressed() {
    settings.websocket.compression = true;
    settings.websocket.message_size_limit = 1000;
  }

  /// Sends one compressed message.
  static bool send(loopback_client& to, unsigned opcode,
                   std::string_view message) {
    constexpr unsigned compressed = 0x40;
    std::string payload;
    deflate_message(payload, message, 1);
    return to.send(test::encode(
      {.opcode = opcode, .payload = payload, .reserved = compressed}));
  }

  loopback_client open(std::string_view fields = {}) {
    loopback_client out{port()};
    auto upgraded =
      out.ask(upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n"
                      + std::string{fields}));
    EXPECT_TRUE(upgraded && upgraded->status == 101);
    return out;
  }

  static void expect_close(loopback_client& client, unsigned code,
                           const std::string& reason) {
    auto got = client.frame();
    ASSERT_TRUE(got);
    EXPECT_EQ(wire_frame(got->opcode, got->payload), wire_close(code, reason));
    EXPECT_TRUE(client.closed());
  }

  /// A command of that many bytes.
  static std::string rpc(std::size_t size) {
    std::string out = R"({"id":2,"rpc":{"method":"nope","data":"")";
    out.insert(out.size() - 1, size - out.size() - 2, 'x');
    return out + "}}";
  }

  /// The same in Protobuf, behind its length.
  static std::string protobuf_rpc(std::size_t size) {
    protocol::pb::Command x;
    x.set_id(2);
    x.mutable_rpc()->set_method("nope");
    auto& data = *x.mutable_rpc()->mutable_data();
    data.resize(900, 'x');
    data.resize(900 + size - x.ByteSizeLong(), 'x');
    return std::string{static_cast<char>(0x80 | (size & 0x7f)),
                       static_cast<char>(size >> 7)}
           + x.SerializeAsString();
  }

  static constexpr std::string_view answer =
    R"({"id":2,"error":{"code":104,"message":"method not found"}})";
};

TEST_F(ClientCompressed, AMessageMayBeLargerThanTheCommandsInIt) {
  start();
  auto client = open();
  ASSERT_TRUE(send(client, 1, connect_as()));
  ASSERT_TRUE(client.frame());
  ASSERT_TRUE(send(client, 1, rpc(1000) + "\n" + rpc(1000)));
  EXPECT_EQ(client.frame()->payload, answer);
  EXPECT_EQ(client.frame()->payload, answer);
}

TEST_F(ClientCompressed, ACommandOverTheSizeLimitIs3501) {
  start();
  auto client = open();
  ASSERT_TRUE(send(client, 1, connect_as()));
  ASSERT_TRUE(client.frame());
  ASSERT_TRUE(send(client, 1, rpc(1000) + "\n" + rpc(1001)));
  EXPECT_EQ(client.frame()->payload, answer);
  expect_close(client, 3501, "bad request");
}

TEST_F(ClientCompressed, ACommandOfProtobufOverTheSizeLimitIs3501) {
  using namespace std::string_literals;
  settings.client.allow_anonymous_connect_without_token = true;
  start();
  auto client = open("Sec-WebSocket-Protocol: centrifuge-protobuf\r\n");
  ASSERT_TRUE(send(client, 2, "\x04\x08\x01\x22\x00"s));
  ASSERT_TRUE(client.frame());
  ASSERT_TRUE(send(client, 2, protobuf_rpc(1000) + protobuf_rpc(1001)));
  EXPECT_EQ(client.frame()->payload,
            "\x18\x08\x02\x12\x14\x08\x68\x12\x10method not found"s);
  expect_close(client, 3501, "bad request");
}

TEST_F(ClientCompressed, AMessageThatStandsForTooMuchIs1009) {
  start();
  auto client = open();
  ASSERT_TRUE(send(client, 1, connect_as()));
  ASSERT_TRUE(client.frame());
  ASSERT_TRUE(send(client, 1, std::string(10'001, ' ')));
  expect_close(client, 1009, "");
}

} // namespace
} // namespace lastseen
