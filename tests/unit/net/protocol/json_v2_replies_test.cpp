#include "net/protocol/json_v2.hpp"

#include <gtest/gtest.h>

namespace lastseen::protocol::json_v2 {
namespace {

TEST(JsonV2EncodeTest, WritesConnect) {
  std::string out;
  append_connect(out, 1,
                 {.client = "c1",
                  .version = "lastseen 0.1.0",
                  .ttl = {},
                  .ping = std::chrono::seconds{25}});
  EXPECT_EQ(out, R"({"id":1,"connect":{"client":"c1",)"
                 R"("version":"lastseen 0.1.0","ping":25,"pong":true}})");
}

TEST(JsonV2EncodeTest, WritesConnectThatExpires) {
  std::string out;
  append_connect(out, 4294967295,
                 {.client = "c1",
                  .version = "v",
                  .ttl = std::chrono::seconds{3600},
                  .ping = std::chrono::seconds{25}});
  EXPECT_EQ(out, R"({"id":4294967295,"connect":{"client":"c1","version":"v",)"
                 R"("expires":true,"ttl":3600,"ping":25,"pong":true}})");
}

TEST(JsonV2EncodeTest, WritesConnectWithoutPings) {
  std::string out;
  append_connect(out, 1, {.client = "c1", .version = "v", .ttl = {}});
  EXPECT_EQ(out, R"({"id":1,"connect":{"client":"c1","version":"v"}})");
}

TEST(JsonV2EncodeTest, WritesConnectWithTheTime) {
  std::string out;
  append_connect(out, 1,
                 {.client = "c1",
                  .version = "v",
                  .ttl = {},
                  .time = std::chrono::milliseconds{1'700'000'000'123}});
  EXPECT_EQ(out, R"({"id":1,"connect":{"client":"c1","version":"v",)"
                 R"("time":1700000000123}})");
}

TEST(JsonV2EncodeTest, WritesTheOtherReplies) {
  std::string out;
  append_rpc(out, 2);
  out += '\n';
  append_refresh(out, 3, std::chrono::seconds{60});
  out += '\n';
  append_refresh(out, 4, std::nullopt);
  out += '\n';
  append_error(out, 5, error_code::method_not_found);
  out += '\n';
  append_error(out, 6, error_code::internal);
  out += '\n';
  append_ping(out);
  EXPECT_EQ(out, R"({"id":2,"rpc":{"data":{}}}
{"id":3,"refresh":{"expires":true,"ttl":60}}
{"id":4,"refresh":{}}
{"id":5,"error":{"code":104,"message":"method not found"}}
{"id":6,"error":{"code":100,"message":"internal server error","temporary":true}}
{})");
}

TEST(JsonV2EncodeTest, WritesAMessageThatSaysMoreThanTheCode) {
  std::string out;
  append_error(out, 7, error_code::bad_request, "bad request: state: \"x\"");
  EXPECT_EQ(out, R"({"id":7,"error":{"code":107,)"
                 R"("message":"bad request: state: \"x\""}})");
}

} // namespace
} // namespace lastseen::protocol::json_v2
