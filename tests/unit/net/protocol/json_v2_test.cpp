#include "net/protocol/json_v2.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace std::string_view_literals;

namespace lastseen::protocol::json_v2 {
namespace {

constexpr std::string_view usual =
  R"({"rpc":{"method":"update_user_status","data":{}},"id":12345})";

struct outcome {
  std::vector<command> commands;
  std::string error;
};

outcome run(decoder& codec, std::string_view frame) {
  outcome out;
  auto done =
    codec.decode(frame, [&](command& x) { out.commands.push_back(x); });
  if (done.has_error()) {
    EXPECT_EQ(done.error().code, ec::bad_request);
    out.error = done.error().what;
  }
  return out;
}

outcome run(std::string_view frame) {
  decoder codec;
  return run(codec, frame);
}

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

TEST(JsonV2DecodeTest, RefusesEmptyFramesAndLines) {
  const std::tuple<std::string_view, std::size_t, std::string_view> cases[] = {
    {"", 0, "command 1: empty"},       {"\n", 0, "command 1: empty"},
    {"\n\n", 0, "command 1: empty"},   {"\n{}", 0, "command 1: empty"},
    {"{}\n\n", 1, "command 2: empty"}, {"{}\n\n{}", 1, "command 2: empty"},
  };
  for (const auto& [frame, delivered, what] : cases) {
    auto out = run(frame);
    EXPECT_EQ(out.error, what);
    EXPECT_EQ(out.commands.size(), delivered);
  }
  EXPECT_NE(run(" ").error, "");
}

TEST(JsonV2DecodeTest, DeliversWhatIsBeforeAMalformedCommand) {
  auto out = run("{\"id\":1,\"rpc\":{}}\n{\"id\":2,\"rpc\":{}}\n"
                 "{\"id\":-1}\n{\"id\":4,\"rpc\":{}}");
  EXPECT_EQ(out.commands.size(), 2u);
  EXPECT_EQ(out.error,
            "command 3: id: not an integer from 0 to 4294967295 at byte 8");
}

TEST(JsonV2DecodeTest, RefusesWrongTypesSayingWhatAndWhere) {
  const std::pair<std::string_view, std::string_view> cases[] = {
    {R"([])", "command: not an object"},
    {R"("rpc")", "command: not an object"},
    {R"(1)", "command: not an object"},
    {R"(null)", "command: not an object"},
    {R"({"id":"1"})", "id: not an integer"},
    {R"({"id":1.0})", "id: not an integer"},
    {R"({"id":1.5})", "id: not an integer"},
    {R"({"id":1e2})", "id: not an integer"},
    {R"({"id":-1})", "id: not an integer"},
    {R"({"id":4294967296})", "id: not an integer"},
    {R"({"id":9223372036854775807})", "id: not an integer"},
    {R"({"id":18446744073709551615})", "id: not an integer"},
    {R"({"id":18446744073709551617})", "id: not an integer"},
    {R"({"id":true})", "id: not an integer"},
    {R"({"id":[1]})", "id: not an integer"},
    {R"({"id":{}})", "id: not an integer"},
    {R"({"rpc":[]})", "body: not an object"},
    {R"({"rpc":"update_user_status"})", "body: not an object"},
    {R"({"connect":1})", "body: not an object"},
    {R"({"subscribe":true})", "body: not an object"},
    {R"({"ping":[]})", "body: not an object"},
    {R"({"connect":{"token":1}})", "token: not a string"},
    {R"({"connect":{"token":{}}})", "token: not a string"},
    {R"({"connect":{"name":[]}})", "name: not a string"},
    {R"({"connect":{"version":2}})", "version: not a string"},
    {R"({"refresh":{"token":false}})", "token: not a string"},
    {R"({"rpc":{"method":9}})", "method: not a string"},
    {R"({"rpc":{"method":["m"]}})", "method: not a string"},
    {R"({"rpc":{},"rpc":{}})", "command: more than one body"},
    {R"({"connect":{},"rpc":{}})", "command: more than one body"},
    {R"({"subscribe":{},"publish":{}})", "command: more than one body"},
  };
  for (const auto& [text, what] : cases) {
    auto out = run(text);
    EXPECT_TRUE(out.error.starts_with("command 1: " + std::string{what}))
      << text << " " << out.error;
    EXPECT_NE(out.error.find(" at byte "), std::string::npos) << out.error;
    EXPECT_TRUE(out.commands.empty()) << text;
  }
}

TEST(JsonV2DecodeTest, RefusesWhatIsNotJson) {
  const std::string_view cases[] = {
    "{",
    "}",
    "{}}",
    "{}{}",
    "{} x",
    "{,}",
    "{\"id\":1,}",
    "{\"id\" 1}",
    "{id:1}",
    "{'id':1}",
    "{\"id\":01}",
    "{\"id\":+1}",
    "{\"id\":NaN}",
    "{\"id\":1}//",
    "/**/{}",
    "\xef\xbb\xbf{}",
    "{}\0"sv,
    "\0{}"sv,
    "{\"id\":\0 1}"sv,
    "{\"a\":\"\0\"}"sv,
    "{\"a\":\"\t\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\ud800x\"}",
    "{\"a\":\"\\ud800\\ud800\"}",
    "{\"a\":\"\\udc00\"}",
    "{\"a\":\"\x80\"}",
    "{\"a\":\"\xc3\"}",
    "{\"a\":\"\xc0\xaf\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{\"a\":\"\xf4\x90\x80\x80\"}",
    "{\"\xff\":1}",
    "{\"connect\":{\"token\":\"\xff\"}}",
    "{\"a\":[1,]}",
    "{\"a\":tru}",
    "{\"a\":nulll}",
    "undefined",
  };
  for (auto text : cases) {
    auto out = run(text);
    EXPECT_NE(out.error, "") << text;
    EXPECT_TRUE(out.commands.empty()) << text;
  }
}

TEST(JsonV2DecodeTest, RefusesEveryTruncation) {
  const std::string_view cases[] = {
    usual,
    R"({"connect":{"token":"a\u00e9\ud83d\ude00é","name":"js"},"id":1})",
    R"({"id":1,"subscribe":{"data":[1.5e3,true,false,null,{"a":[]}]}})",
  };
  decoder codec;
  for (auto text : cases) {
    for (std::size_t n = 0; n < text.size(); ++n) {
      // In memory of its own size, so that reading past the end is seen.
      std::vector<char> copy(text.begin(),
                             text.begin() + static_cast<std::ptrdiff_t>(n));
      auto out = run(codec, {copy.data(), copy.size()});
      EXPECT_NE(out.error, "") << text.substr(0, n);
      EXPECT_TRUE(out.commands.empty());
    }
    EXPECT_EQ(run(codec, text).error, "");
  }
}

TEST(JsonV2DecodeTest, SurvivesEveryByteReplaced) {
  decoder codec;
  for (std::size_t i = 0; i < usual.size(); ++i) {
    for (int c = 0; c < 256; ++c) {
      std::string text{usual};
      text[i] = static_cast<char>(c);
      run(codec, text);
    }
  }
  EXPECT_EQ(run(codec, usual).error, "");
}

TEST(JsonV2DecodeTest, BoundsNesting) {
  auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(run(nested(31)).error, "");
  EXPECT_NE(run(nested(32)).error.find("deep"), std::string::npos)
    << run(nested(32)).error;
  EXPECT_NE(run(std::string(1'000'000, '[')).error, "");
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += "{\"a\":";
  EXPECT_NE(run(objects).error, "");
}

TEST(JsonV2DecodeTest, WorksAgainAfterAnError) {
  decoder codec;
  for (auto bad : {R"({"a":"xxxx\n)", R"({"a":[{"b)", "[[[[", R"({"id":-1})",
                   R"({"rpc":{"data":[[)"}) {
    EXPECT_NE(run(codec, bad).error, "");
    auto out = run(codec, usual);
    ASSERT_EQ(out.commands.size(), 1u);
    EXPECT_EQ(out.commands[0].method, "update_user_status");
    EXPECT_FALSE(out.commands[0].bad_data);
  }
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

// -- replies ------------------------------------------------------------------

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
  out += ping;
  EXPECT_EQ(out, R"({"id":2,"rpc":{"data":{}}}
{"id":3,"refresh":{"expires":true,"ttl":60}}
{"id":4,"refresh":{}}
{"id":5,"error":{"code":104,"message":"method not found"}}
{"id":6,"error":{"code":100,"message":"internal server error","temporary":true}}
{})");
}

} // namespace
} // namespace lastseen::protocol::json_v2
