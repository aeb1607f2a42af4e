#include "net/protocol/json_v1.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lastseen::protocol::json_v1 {
namespace {

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
  EXPECT_EQ(out.error, "") << frame;
  EXPECT_EQ(out.commands.size(), 1u) << frame;
  return out.commands.empty() ? command{} : out.commands[0];
}

TEST(JsonV1Test, IsToldApartByTheFirstCommand) {
  for (auto v1 : {R"({"params":{"token":"JWT","name":"js"},"id":1})",
                  R"({"id":1,"params":null})", R"({"method":9,"id":2})",
                  "{\"id\":1,\"method\":0}\n{\"id\":2}"})
    EXPECT_TRUE(begins_with(v1)) << v1;
  for (auto other :
       {R"({"connect":{"token":"JWT"},"id":1})", R"({"id":1})", "{}", "", "[]",
        R"({"rpc":{"method":"x","params":1}})", R"({"params":{},"id":1)",
        R"(["params"])", "{}\n{\"params\":{}}"})
    EXPECT_FALSE(begins_with(other)) << other;
}

TEST(JsonV1Test, ReadsWhatCentrifugeJsSends) {
  auto x = only(R"({"params":{"token":"JWT","name":"js"},"id":1})");
  EXPECT_EQ(x.kind, command_kind::connect);
  EXPECT_EQ(x.id, 1u);
  EXPECT_EQ(x.token, "JWT");
  EXPECT_EQ(x.name, "js");
  x = only(
    R"({"method":9,"params":{"data":{},"method":"update_user_status"},"id":2})");
  EXPECT_EQ(x.kind, command_kind::rpc);
  EXPECT_EQ(x.method, "update_user_status");
  EXPECT_FALSE(x.state);
  EXPECT_FALSE(x.bad_data);
  x = only(R"({"method":7,"id":4})");
  EXPECT_EQ(x.kind, command_kind::ping);
  x = only(R"({"method":10,"params":{"token":"T"},"id":5})");
  EXPECT_EQ(x.kind, command_kind::refresh);
  EXPECT_EQ(x.token, "T");
}

TEST(JsonV1Test, ReadsKeysInAnyOrderAndMethodsByName) {
  auto x = only(
    R"({"id":2,"params":{"method":"m","data":{"state":"a"}},"method":"RPC"})");
  EXPECT_EQ(x.kind, command_kind::rpc);
  EXPECT_EQ(x.method, "m");
  EXPECT_EQ(x.state, "a");
  EXPECT_EQ(only(R"({"id":1,"method":8})").kind, command_kind::send);
  for (auto other : {1, 2, 3, 4, 5, 6, 11})
    EXPECT_EQ(only(R"({"id":1,"method":)" + std::to_string(other)
                   + R"(,"params":{"channel":"c","data":[1]}})")
                .kind,
              command_kind::other);
}

TEST(JsonV1Test, TakesAnUnknownMethodForACallOfAnUnknownRpc) {
  for (auto method : {"\"nope\"", "12", "-1", "4294967296"})
    for (auto params : {"", R"(,"params":{"method":"update_user_status"})"}) {
      auto x =
        only(R"({"id":1,"method":)" + std::string{method} + params + "}");
      EXPECT_EQ(x.kind, command_kind::rpc) << method;
      EXPECT_EQ(x.method, "") << method;
    }
}

TEST(JsonV1Test, ReadsTheDataOfAnRpc) {
  auto data = [](std::string_view x) {
    return only(R"({"id":1,"method":9,"params":{"data":)" + std::string{x}
                + "}}");
  };
  for (auto none :
       {"{}", "null", R"({"state":null})", R"({"x":{"state":"y"}})"})
    EXPECT_FALSE(data(none).state || data(none).bad_data) << none;
  for (auto bad : {"[]", "1", R"("x")", R"({"state":1})", R"({"state":[]})"})
    EXPECT_TRUE(data(bad).bad_data) << bad;
  EXPECT_EQ(data(R"({"state":""})").state, "");
}

TEST(JsonV1Test, RefusesWhatIsMalformed) {
  for (auto bad :
       {"", "\n", "{", "[]", "1", "{}{}", R"({"id":-1})", R"({"id":"1"})",
        R"({"method":{}})", R"({"method":true})", R"({"params":[]})",
        R"({"params":1})", R"({"params":{"token":1}})",
        R"({"params":{"token":{}}})", R"({"params":{"method":9}})"})
    EXPECT_NE(run(bad).error, "") << bad;
  run second{"{\"id\":1}\n{\"id\":"};
  EXPECT_EQ(second.commands.size(), 1u);
  EXPECT_TRUE(second.error.starts_with("command 2: ")) << second.error;
}

TEST(JsonV1Test, BoundsEachCommandOfAFrame) {
  std::size_t commands = 0;
  auto take = [&](command&) { ++commands; };
  EXPECT_TRUE(decode("{\"id\":1}\n{\"id\":2}", take, 8));
  EXPECT_FALSE(decode("{\"id\":3}\n{\"id\":22}", take, 8));
  EXPECT_EQ(commands, 3u);
}

TEST(JsonV1Test, WritesReplies) {
  auto text = [](auto append) {
    std::string out;
    append(out);
    return out;
  };
  using std::string;
  EXPECT_EQ(text([](string& out) {
              append_connect(out, 1,
                             {.client = "c1",
                              .version = "v",
                              .ttl = {},
                              .ping = std::chrono::seconds{25}});
            }),
            R"({"id":1,"result":{"client":"c1","version":"v"}})");
  EXPECT_EQ(text([](string& out) {
              append_connect(out, 1,
                             {.client = "c1",
                              .version = "v",
                              .ttl = std::chrono::seconds{60}});
            }),
            R"({"id":1,"result":{"client":"c1","version":"v",)"
            R"("expires":true,"ttl":60}})");
  EXPECT_EQ(text([](string& out) { append_rpc(out, 2); }),
            R"({"id":2,"result":{"data":{}}})");
  EXPECT_EQ(text([](string& out) { append_pong(out, 4); }),
            R"({"id":4,"result":{}})");
  EXPECT_EQ(
    text([](string& out) { append_refresh(out, 3, std::chrono::seconds{9}); }),
    R"({"id":3,"result":{"expires":true,"ttl":9}})");
  EXPECT_EQ(text([](string& out) { append_refresh(out, 3, {}); }),
            R"({"id":3,"result":{}})");
  EXPECT_EQ(text([](string& out) {
              append_error(out, 5, error_code::method_not_found);
            }),
            R"({"id":5,"error":{"code":104,"message":"method not found"}})");
}

TEST(JsonV1Test, AdvisesInTheReasonOfEveryClose) {
  for (const auto& row : disconnects) {
    std::string out;
    append_close_reason(out, row.code);
    auto back = static_cast<int>(row.code) < 3500 ? "true" : "false";
    EXPECT_EQ(out, R"({"reason":")" + std::string{row.reason}
                     + R"(","reconnect":)" + back + "}");
    EXPECT_LE(out.size(), 123u);
  }
}

} // namespace
} // namespace lastseen::protocol::json_v1
