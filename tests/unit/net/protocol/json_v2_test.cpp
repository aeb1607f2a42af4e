#include "tests/unit/net/protocol/json_v2_run.hpp"

#include <gtest/gtest.h>

namespace lastseen::protocol::json_v2 {
namespace {

// What a frame of one command says; a failure otherwise.
command one(std::string_view frame) {
  auto out = run(frame);
  EXPECT_EQ(out.error, "") << frame;
  EXPECT_EQ(out.commands.size(), 1u) << frame;
  return out.commands.empty() ? command{} : out.commands.front();
}

TEST(JsonV2DecodeTest, ReadsTheUsualRpc) {
  auto x = one(usual);
  EXPECT_EQ(x.id, 12345u);
  EXPECT_EQ(x.kind, command_kind::rpc);
  EXPECT_EQ(x.method, "update_user_status");
  EXPECT_FALSE(x.state);
  EXPECT_FALSE(x.bad_data);
  EXPECT_FALSE(x.is_pong());
}

TEST(JsonV2DecodeTest, ReadsConnect) {
  auto x = one(
    R"({"connect":{"token":"a.b.c","name":"js","version":"5.8.0","data":{"k":[1]},)"
    R"("headers":{"a":"b"},"subs":{"c":{"recover":true}},"flag":7},"id":1})");
  EXPECT_EQ(x.id, 1u);
  EXPECT_EQ(x.kind, command_kind::connect);
  EXPECT_EQ(x.token, "a.b.c");
  EXPECT_EQ(x.name, "js");
  EXPECT_EQ(x.version, "5.8.0");
}

TEST(JsonV2DecodeTest, ReadsPythonsSpacingAndOrder) {
  auto x = one(R"( { "id" : 1 , "connect" : { "token" : "t" } } )");
  EXPECT_EQ(x.id, 1u);
  EXPECT_EQ(x.token, "t");
}

TEST(JsonV2DecodeTest, ReadsRefresh) {
  auto x = one(R"({"refresh":{"token":"t2","name":"ignored"},"id":9})");
  EXPECT_EQ(x.kind, command_kind::refresh);
  EXPECT_EQ(x.token, "t2");
  EXPECT_EQ(x.name, "");
}

TEST(JsonV2DecodeTest, EmptyCommandIsAPong) {
  auto x = one("{}");
  EXPECT_EQ(x.id, 0u);
  EXPECT_EQ(x.kind, command_kind::none);
  EXPECT_TRUE(x.is_pong());
}

TEST(JsonV2DecodeTest, CommandWithoutIdIsAPongUnlessItSends) {
  EXPECT_TRUE(one(R"({"rpc":{"method":"m"}})").is_pong());
  EXPECT_FALSE(one(R"({"send":{"data":{}}})").is_pong());
  EXPECT_FALSE(one(R"({"id":1})").is_pong());
}

TEST(JsonV2DecodeTest, TellsKindsApart) {
  const std::pair<std::string_view, command_kind> cases[] = {
    {R"({"connect":{},"id":1})", command_kind::connect},
    {R"({"rpc":{},"id":1})", command_kind::rpc},
    {R"({"refresh":{},"id":1})", command_kind::refresh},
    {R"({"send":{"data":[1,{"id":5}]}})", command_kind::send},
    {R"({"ping":{},"id":1})", command_kind::ping},
    {R"({"subscribe":{"channel":"c"},"id":1})", command_kind::other},
    {R"({"unsubscribe":{},"id":1})", command_kind::other},
    {R"({"publish":{"data":{"rpc":{}}},"id":1})", command_kind::other},
    {R"({"presence":{},"id":1})", command_kind::other},
    {R"({"presence_stats":{},"id":1})", command_kind::other},
    {R"({"history":{},"id":1})", command_kind::other},
    {R"({"sub_refresh":{},"id":1})", command_kind::other},
    {R"({"unheard_of":{},"id":1})", command_kind::none},
    {R"({"RPC":{},"id":1})", command_kind::none},
    {R"({"rpc":null,"id":1})", command_kind::none},
    {R"({"rpc":null,"connect":{},"id":1})", command_kind::connect},
  };
  for (const auto& [text, kind] : cases) {
    auto x = one(text);
    EXPECT_EQ(x.kind, kind) << text;
    EXPECT_EQ(x.id, x.kind == command_kind::send ? 0u : 1u) << text;
  }
}

TEST(JsonV2DecodeTest, ReadsTheDataOfAnRpc) {
  struct data_case {
    std::string_view data;
    std::optional<std::string> state;
    bool bad = false;
  };
  const data_case cases[] = {
    {R"({})", {}},
    {R"(null)", {}},
    {R"({"state":"away"})", "away"},
    {R"({"state":""})", ""},
    {R"({"state":null})", {}},
    {R"({"other":{"state":"no"},"list":["state"],"state":"x"})", "x"},
    {R"({"State":"x"})", {}},
    {R"({"state":"a","state":"b"})", "b"},
    {R"({"state":"a","state":null})", {}},
    {R"({"st\u0061te":"\u0430\ud83d\ude00\n"})", "а😀\n"},
    {R"({"state":"\u0000"})", std::string{"\0", 1}},
    {R"({"state":5})", {}, true},
    {R"({"state":true})", {}, true},
    {R"({"state":["a"]})", {}, true},
    {R"({"state":{"state":"a"}})", {}, true},
    {R"([])", {}, true},
    {R"([{"state":"a"}])", {}, true},
    {R"("{}")", {}, true},
    {R"("")", {}, true},
    {R"(0)", {}, true},
    {R"(1.5)", {}, true},
    {R"(false)", {}, true},
  };
  for (const auto& x : cases) {
    for (std::string format : {R"({"rpc":{"method":"m","data":@},"id":3})",
                               R"({"id":3,"rpc":{"data":@,"method":"m"}})"}) {
      auto text = format.replace(format.find('@'), 1, x.data);
      auto got = one(text);
      EXPECT_EQ(got.id, 3u) << text;
      EXPECT_EQ(got.method, "m") << text;
      EXPECT_EQ(got.state, x.state) << text;
      EXPECT_EQ(got.bad_data, x.bad) << text;
    }
  }
}

TEST(JsonV2DecodeTest, LastOfEqualKeysCounts) {
  auto x = one(R"({"id":1,"rpc":{"method":"a","data":[],"method":"b",)"
               R"("data":{"state":"s"}},"id":2})");
  EXPECT_EQ(x.id, 2u);
  EXPECT_EQ(x.method, "b");
  EXPECT_EQ(x.state, "s");
  EXPECT_FALSE(x.bad_data);
  x = one(R"({"rpc":{"data":{"state":"s"},"data":{}},"id":2})");
  EXPECT_FALSE(x.state);
}

TEST(JsonV2DecodeTest, NullIsAbsent) {
  auto x = one(R"({"id":null,"connect":{"token":null,"name":null}})");
  EXPECT_EQ(x.id, 0u);
  EXPECT_EQ(x.kind, command_kind::connect);
  EXPECT_EQ(x.token, "");
}

TEST(JsonV2DecodeTest, TakesEveryIdOf32Bits) {
  EXPECT_EQ(one(R"({"id":0})").id, 0u);
  EXPECT_EQ(one(R"({"id":4294967295})").id, 4294967295u);
}

TEST(JsonV2DecodeTest, UnescapesStrings) {
  auto x =
    one(R"({"connect":{"token":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"},"id":1})");
  EXPECT_EQ(x.token, "\"\\/\b\f\n\r\t\u00e9\U0001f600");
}

TEST(JsonV2DecodeTest, JoinsLongEscapedStringsFromTheirParts) {
  std::string escaped;
  std::string plain;
  for (int i = 0; i < 5000; ++i) {
    escaped += R"(ab\"c)";
    plain += R"(ab"c)";
  }
  auto x = one(R"({"connect":{"token":")" + escaped + R"("},"id":1})");
  EXPECT_EQ(x.token, plain);
}

TEST(JsonV2DecodeTest, ReadsSeveralCommandsInOrder) {
  auto out = run("{\"id\":1,\"connect\":{\"token\":\"t\"}}\n"
                 "{\"rpc\":{\"method\":\"m\",\"data\":{\"state\":\"s\"}},"
                 "\"id\":2}\n{}\n{\"rpc\":{},\"id\":3}");
  EXPECT_EQ(out.error, "");
  ASSERT_EQ(out.commands.size(), 4u);
  EXPECT_EQ(out.commands[0].token, "t");
  EXPECT_EQ(out.commands[1].method, "m");
  EXPECT_EQ(out.commands[1].state, "s");
  EXPECT_TRUE(out.commands[2].is_pong());
  // Nothing is left of the commands before.
  EXPECT_EQ(out.commands[3].id, 3u);
  EXPECT_EQ(out.commands[3].token, "");
  EXPECT_EQ(out.commands[3].method, "");
  EXPECT_FALSE(out.commands[3].state);
}

TEST(JsonV2DecodeTest, AllowsOneNewlineAtTheEnd) {
  EXPECT_EQ(run("{}\n").commands.size(), 1u);
  EXPECT_EQ(run("{}\n{}\n").commands.size(), 2u);
  EXPECT_EQ(run("{}\r\n{}").commands.size(), 2u);
}

TEST(JsonV2DecodeTest, GivesCommandsThatMayBeMovedFrom) {
  decoder codec;
  std::vector<std::string> tokens;
  auto done =
    codec.decode("{\"connect\":{\"token\":\"one\"},\"id\":1}\n"
                 "{\"refresh\":{\"token\":\"two\"},\"id\":2}",
                 [&](command& x) { tokens.push_back(std::move(x.token)); });
  EXPECT_TRUE(done.has_value());
  EXPECT_EQ(tokens, (std::vector<std::string>{"one", "two"}));
}

} // namespace
} // namespace lastseen::protocol::json_v2
