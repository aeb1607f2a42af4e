#include "net/protocol/client.pb.h"
#include "net/protocol/protobuf_v2.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lastseen::protocol::protobuf_v2 {
namespace {

std::string hex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(
      std::stoi(std::string{digits.substr(i, 2)}, nullptr, 16));
  return out;
}

std::string sized(const std::string& message) {
  std::string out;
  auto n = message.size();
  for (; n >= 0x80; n >>= 7)
    out += static_cast<char>(n | 0x80);
  return out + static_cast<char>(n) + message;
}

std::string sized(const pb::Command& x) {
  return sized(x.SerializeAsString());
}

struct run {
  explicit run(std::string_view frame) {
    auto done = decode(frame, [this](command& x) { commands.push_back(x); });
    if (done.has_error()) {
      EXPECT_EQ(done.error().code, ec::bad_request);
      error = done.error().what;
    }
  }

  std::vector<command> commands;
  std::string error;
};

command only(std::string_view frame) {
  run out{frame};
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.commands.size(), 1u);
  return out.commands.empty() ? command{} : out.commands[0];
}

pb::Command rpc(std::uint32_t id, std::string data) {
  pb::Command out;
  out.set_id(id);
  out.mutable_rpc()->set_method("update_user_status");
  out.mutable_rpc()->set_data(std::move(data));
  return out;
}

TEST(ProtobufV2DecodeTest, ReadsWhatCentrifugeJsSends) {
  auto x = only(hex("0d080122090a034a575422026a73"));
  EXPECT_EQ(x.id, 1u);
  EXPECT_EQ(x.kind, command_kind::connect);
  EXPECT_EQ(x.token, "JWT");
  EXPECT_EQ(x.name, "js");

  x = only(hex("1c08026a180a027b7d12127570646174655f757365725f737461747573"));
  EXPECT_EQ(x.id, 2u);
  EXPECT_EQ(x.kind, command_kind::rpc);
  EXPECT_EQ(x.method, "update_user_status");
  EXPECT_FALSE(x.state);
  EXPECT_FALSE(x.bad_data);
}

TEST(ProtobufV2DecodeTest, ReadsAPong) {
  auto x = only(std::string(1, '\0'));
  EXPECT_TRUE(x.is_pong());
  EXPECT_EQ(x.kind, command_kind::none);
}

TEST(ProtobufV2DecodeTest, ReadsAllBodies) {
  auto kind_of = [](auto fill) {
    pb::Command x;
    x.set_id(4294967295);
    fill(x);
    auto out = only(sized(x));
    EXPECT_EQ(out.id, 4294967295);
    return out.kind;
  };
  using kind = command_kind;
  EXPECT_EQ(kind_of([](auto&) {}), kind::none);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_connect(); }), kind::connect);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_rpc(); }), kind::rpc);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_refresh(); }), kind::refresh);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_send()->set_data("x"); }),
            kind::send);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_ping(); }), kind::ping);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_subscribe(); }), kind::other);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_unsubscribe(); }), kind::other);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_publish(); }), kind::other);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_presence(); }), kind::other);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_presence_stats(); }), kind::other);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_history(); }), kind::other);
  EXPECT_EQ(kind_of([](auto& x) { x.mutable_sub_refresh(); }), kind::other);
}

TEST(ProtobufV2DecodeTest, ReadsTheFieldsOfConnectAndRefresh) {
  pb::Command x;
  x.set_id(1);
  x.mutable_connect()->set_token(std::string(300, 't'));
  x.mutable_connect()->set_data("ignored");
  x.mutable_connect()->set_name("n");
  x.mutable_connect()->set_version("v");
  auto out = only(sized(x));
  EXPECT_EQ(out.token, std::string(300, 't'));
  EXPECT_EQ(out.name, "n");
  EXPECT_EQ(out.version, "v");

  x.Clear();
  x.set_id(2);
  x.mutable_refresh()->set_token("T");
  EXPECT_EQ(only(sized(x)).token, "T");
}

TEST(ProtobufV2DecodeTest, ReadsTheDataOfAnRpc) {
  for (auto none : {"", "{}", "null", " {} ", R"({"state":null})",
                    R"({"other":[{"state":"x"}]})"}) {
    auto x = only(sized(rpc(1, none)));
    EXPECT_FALSE(x.state) << none;
    EXPECT_FALSE(x.bad_data) << none;
  }
  for (auto bad : {"[]", "1", "\"{}\"", "{", "{}{}", R"({"state":1})",
                   R"({"state":["x"]})", R"({"state":{}})", "\xff"})
    EXPECT_TRUE(only(sized(rpc(1, bad))).bad_data) << bad;
  EXPECT_EQ(only(sized(rpc(1, R"({"state":"a\u00e4\n"})"))).state, "a\u00e4\n");
  EXPECT_EQ(only(sized(rpc(1, R"({"state":""})"))).state, "");
  EXPECT_EQ(only(sized(rpc(1, R"({"a":{"state":"x"},"state":"y"})"))).state,
            "y");
}

TEST(ProtobufV2DecodeTest, ReadsSeveralCommandsOfAFrame) {
  run out{sized(rpc(6, R"({"state":"x"})")) + sized(rpc(7, "{}"))
          + std::string(1, '\0')};
  EXPECT_EQ(out.error, "");
  ASSERT_EQ(out.commands.size(), 3u);
  EXPECT_EQ(out.commands[0].state, "x");
  EXPECT_EQ(out.commands[1].id, 7u);
  EXPECT_FALSE(out.commands[1].state) << "of the command before";
  EXPECT_TRUE(out.commands[2].is_pong());
}

TEST(ProtobufV2DecodeTest, SkipsUnknownFieldsAndOtherWireTypes) {
  // 2: varint, 16: bytes, 17: 64 bits, 18: 32 bits, 19: a group with a field;
  // id as bytes; then id 5 and an rpc with an unknown field in it.
  auto x = only(sized(hex("1001"
                          "820103616263"
                          "89010102030405060708"
                          "950101020304"
                          "9b0108059c01"
                          "0a0131"
                          "0805"
                          "6a0612016d1a0178")));
  EXPECT_EQ(x.id, 5u);
  EXPECT_EQ(x.kind, command_kind::rpc);
  EXPECT_EQ(x.method, "m");
}

TEST(ProtobufV2DecodeTest, RefusesWhatIsMalformed) {
  EXPECT_EQ(run("").error, "command 1: empty");
  for (auto bad : {
         "01",                     // nothing follows the length
         "80",                     // the length is cut
         "ffffffffffffffffffff01", // the length is no varint
         "ffffffff0f",             // a length over 2 GB
         "0208",                   // a field is cut
         "0108",                   // an id without a value
         "020007",                 // field 0
         "036a05"
         "00", // a body beyond its command
         "046a02"
         "1205", // a text beyond its body
         "0f"
         "6a0022000a0b", // cut
         "0108"
         "0108",   // the first of two
         "029b01", // a group without an end
         "029c01", // an end without a group
         "020f01", // wire type 7
       })
    EXPECT_NE(run(hex(bad)).error, "") << bad;
  EXPECT_NE(run(hex("046a002200")).error, "") << "two bodies";
  EXPECT_NE(run(hex("046a006a00")).error, "") << "a body twice";
  run second{hex("020805"
                 "0108")};
  EXPECT_EQ(second.commands.size(), 1u);
  EXPECT_TRUE(second.error.starts_with("command 2: malformed at byte "))
    << second.error;
}

TEST(ProtobufV2DecodeTest, BoundsEachCommandOfAFrame) {
  std::size_t commands = 0;
  auto take = [&](command&) { ++commands; };
  auto frame = hex("020801" // of two bytes, as is the next
                   "020802"
                   "03089001");
  EXPECT_TRUE(decode(frame, take, 3));
  EXPECT_EQ(commands, 3u);
  EXPECT_FALSE(decode(frame, take, 2));
  EXPECT_EQ(commands, 5u);
}

TEST(ProtobufV2DecodeTest, TakesAnyPrefixAndAnyFlippedByte) {
  auto whole = sized(rpc(12345, R"({"state":"away"})")) + std::string(1, '\0');
  for (std::size_t n = 0; n < whole.size(); ++n)
    run{whole.substr(0, n)};
  for (std::size_t n = 0; n < whole.size(); ++n)
    for (auto bits : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      auto x = whole;
      x[n] = static_cast<char>(x[n] ^ bits);
      run{x};
    }
}

// -- replies ------------------------------------------------------------------

/// Takes the length off.
pb::Reply reply_of(const std::string& bytes) {
  pb::Reply out;
  auto two = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  EXPECT_EQ(bytes, sized(bytes.substr(two ? 2 : 1)));
  EXPECT_TRUE(out.ParseFromString(bytes.substr(two ? 2 : 1)));
  return out;
}

TEST(ProtobufV2ReplyTest, WritesWhatCentrifugeJsReads) {
  std::string out;
  append_connect(out, 1,
                 {.client = "c1",
                  .version = "v",
                  .ttl = {},
                  .ping = std::chrono::seconds{1}});
  EXPECT_EQ(out, hex("0f08012a0b0a02633112017638014001"));
}

TEST(ProtobufV2ReplyTest, WritesConnectWithTheTime) {
  std::string out;
  append_connect(out, 1,
                 {.client = "c1",
                  .version = "v",
                  .ttl = {},
                  .time = std::chrono::milliseconds{300}});
  EXPECT_EQ(out, hex("0e08012a0a0a026331120176"
                     "58ac02"));
}

TEST(ProtobufV2ReplyTest, WritesConnect) {
  std::string client(36, 'c');
  std::string version(100, 'v');
  std::string out;
  append_connect(out, 300,
                 {.client = client,
                  .version = version,
                  .ttl = std::chrono::seconds{3600},
                  .ping = std::chrono::seconds{25}});
  auto x = reply_of(out);
  EXPECT_EQ(x.id(), 300u);
  EXPECT_EQ(x.connect().client(), client);
  EXPECT_EQ(x.connect().version(), version);
  EXPECT_TRUE(x.connect().expires());
  EXPECT_EQ(x.connect().ttl(), 3600u);
  EXPECT_EQ(x.connect().ping(), 25u);
  EXPECT_TRUE(x.connect().pong());
}

TEST(ProtobufV2ReplyTest, WritesRpc) {
  std::string out;
  append_rpc(out, 2);
  EXPECT_EQ(out, hex("0808026a040a027b7d"));
}

TEST(ProtobufV2ReplyTest, WritesRefresh) {
  std::string out;
  append_refresh(out, 3, std::chrono::seconds{60});
  EXPECT_EQ(reply_of(out).refresh().ttl(), 60u);
  EXPECT_TRUE(reply_of(out).refresh().expires());
  out.clear();
  append_refresh(out, 3, {});
  EXPECT_EQ(out, hex("0408037200"));
}

TEST(ProtobufV2ReplyTest, WritesEveryError) {
  for (const auto& row : errors) {
    std::string out;
    append_error(out, 7, row.code);
    auto x = reply_of(out);
    EXPECT_EQ(x.id(), 7u);
    EXPECT_EQ(x.error().code(), static_cast<std::uint32_t>(row.code));
    EXPECT_EQ(x.error().message(), row.message);
    EXPECT_EQ(x.error().temporary(), row.temporary);
  }
  std::string out;
  append_error(out, 3, error_code::method_not_found);
  EXPECT_EQ(out, hex("180803121408681210"
                     "6d6574686f64206e6f7420666f756e64"));
}

TEST(ProtobufV2ReplyTest, WritesAPing) {
  std::string out;
  append_ping(out);
  EXPECT_EQ(out, std::string(1, '\0'));
}

} // namespace
} // namespace lastseen::protocol::protobuf_v2
