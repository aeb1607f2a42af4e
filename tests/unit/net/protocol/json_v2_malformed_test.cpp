#include "tests/unit/net/protocol/json_v2_run.hpp"

#include <gtest/gtest.h>

#include <tuple>
#include <utility>

using namespace std::string_view_literals;

namespace lastseen::protocol::json_v2 {
namespace {

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

TEST(JsonV2DecodeTest, BoundsEachCommandOfAFrame) {
  decoder codec;
  std::size_t commands = 0;
  auto take = [&](command&) { ++commands; };
  // The frame may be larger, and so may be what is ignored around a command.
  EXPECT_TRUE(codec.decode("{\"id\":1}\n{\"id\":2}\n", take, 8));
  EXPECT_EQ(commands, 2u);
  auto done = codec.decode("{\"id\":1}\n{\"id\":22}\n{}", take, 8);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "command 2: too large");
  EXPECT_EQ(commands, 3u);
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

} // namespace
} // namespace lastseen::protocol::json_v2
