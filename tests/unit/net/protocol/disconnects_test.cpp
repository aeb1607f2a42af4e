#include "net/protocol/codec.hpp"

#include <gtest/gtest.h>

namespace lastseen::protocol {
namespace {

TEST(DisconnectsTest, AreWrittenByEveryEncoding) {
  for (const auto& row : disconnects) {
    auto inner = R"({"disconnect":{"code":)"
                 + std::to_string(static_cast<int>(row.code)) + R"(,"reason":")"
                 + std::string{row.reason} + R"("}})";
    std::string out;
    json_v2_codec.append_disconnect(out, row.code);
    EXPECT_EQ(out, R"({"push":)" + inner + "}");
    out.clear();
    uni_json_codec.append_disconnect(out, row.code);
    EXPECT_EQ(out, inner);
    out.clear();
    json_v2_codec.append_close_reason(out, row.code);
    EXPECT_EQ(out, row.reason);
    EXPECT_FALSE(out.empty());
  }
  std::string out;
  protobuf_v2_codec.append_disconnect(out, disconnect_code::shutdown);
  EXPECT_EQ(out, std::string("\x11\x22\x0f\x5a\x0d\x08\xb9\x17\x12\x08", 10)
                   + "shutdown");
}

TEST(UniJsonTest, ReadsAConnectAndWritesPushes) {
  command got;
  auto take = [&got](command& x) { got = x; };
  ASSERT_TRUE(uni_json_codec.decode(
    R"({"token":"T","name":"n","data":{"x":1},"subs":{}})", take, any_size));
  EXPECT_EQ(got.kind, command_kind::connect);
  EXPECT_EQ(got.id, 1u);
  EXPECT_EQ(got.token, "T");
  EXPECT_EQ(got.name, "n");
  ASSERT_TRUE(uni_json_codec.decode("{}", take, 2));
  EXPECT_EQ(got.kind, command_kind::connect);
  EXPECT_EQ(got.token, "");
  for (auto bad : {"", "[]", "1", "{", R"({"token":1})", "{}{}"})
    EXPECT_FALSE(uni_json_codec.decode(bad, take, any_size)) << bad;
  EXPECT_FALSE(uni_json_codec.decode("{}", take, 1));
  std::string out;
  uni_json_codec.append_connect(out, 1,
                                {.client = "c",
                                 .version = "v",
                                 .ttl = {},
                                 .ping = std::chrono::seconds{25},
                                 .pong = false,
                                 .session = "s"});
  EXPECT_EQ(
    out, R"({"connect":{"client":"c","version":"v","ping":25,"session":"s"}})");
}

} // namespace
} // namespace lastseen::protocol
