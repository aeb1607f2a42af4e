#include "config/json_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <unistd.h>

namespace lastseen::config {

namespace {

using testing::HasSubstr;

std::string fault_of(std::string_view text) {
  auto tree = parse_json(text, "f.json");
  if (tree)
    return "parsed";
  EXPECT_EQ(tree.error().code, ec::bad_config);
  EXPECT_EQ(tree.error().what.find('\n'), std::string::npos);
  return tree.error().what;
}

TEST(JsonFile, IsAnObject) {
  auto tree = parse_json(R"({"a": {"b": [1, "x", true, null]}})", "f.json");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->size(), 1U);
}

TEST(JsonFile, MayBeEmpty) {
  for (auto text : {"", " ", "\n\t\r\n", "{}", " {} \n"}) {
    auto tree = parse_json(text, "f.json");
    ASSERT_TRUE(tree) << text;
    EXPECT_TRUE(tree->empty());
  }
}

struct fault_case {
  std::string text;
  const char* fault;
};

TEST(JsonFile, SaysWhereTheTextIsWrong) {
  for (const auto& [text, fault] : {
         fault_case{"{", "f.json: line 1, column 2: the text ends too early"},
         {"{\"a\": 1\n", "f.json: line 2, column 1: the text ends too early"},
         {"{\"a\": \"x", "f.json: line 1, column 9: the text ends too early"},
         {"{\"a\": tru", "f.json: line 1, column 10: the text ends too early"},
         {"{\n  \"a\": 1,\n  \"b\" 2\n}", "f.json: line 3, column 7: no valid"},
         {"{\"a\": 1,}", "f.json: line 1, column 9: no valid JSON"},
         {"{'a': 1}", "f.json: line 1, column 2: no valid JSON"},
         {"{\"a\": 01}", "f.json: line 1, column 8: no valid JSON"},
         {"{\"a\": NaN}", "f.json: line 1, column 7: no valid JSON"},
         {"{\"a\": 1} // x", "f.json: line 1, column 10: there is more after"},
         {"{} {}", "f.json: line 1, column 4: there is more after"},
         {"/* x */ {}", "f.json: line 1, column 1: no valid JSON"},
         {"\xef\xbb\xbf{}", "f.json: line 1, column 1: no valid JSON"},
         {"{\"канал\" 1}", "f.json: line 1, column 10: no valid JSON"},
         {"a: 1", "f.json: line 1, column 1: no valid JSON"},
         {std::string("\0", 1), "f.json: line 1, column 1: no valid JSON"},
         {"\x1f\x8b\x08\xff\xfe", "f.json: line 1, column 1: no valid JSON"},
         {"{\"a\": \"\xff\"}", "f.json: line 1, column 8: no valid JSON"},
         {"{\"a\": \"\n\"}", "f.json: line 1, column 8: no valid JSON"},
         {"[]", "f.json: must be one JSON object"},
         {"null", "f.json: must be one JSON object"},
         {"\"a\"", "f.json: must be one JSON object"},
       })
    EXPECT_THAT(fault_of(text), HasSubstr(fault)) << text;
}

TEST(JsonFile, HasEachKeyOnce) {
  EXPECT_THAT(fault_of("{\n\"a\": 1,\n\"a\": 2}"),
              HasSubstr("f.json: line 3, column 3: the key \"a\" is there "
                        "twice"));
  EXPECT_THAT(fault_of(R"({"x": {"a": 1, "b": 2, "a": 2}})"),
              HasSubstr("the key \"a\" is there twice"));
  EXPECT_THAT(fault_of(R"({"a": 1, "\u0061": 2})"),
              HasSubstr("the key \"a\" is there twice"));
  EXPECT_THAT(fault_of(R"({"": 1, "": 2})"),
              HasSubstr("the key \"\" is there twice"));
  EXPECT_EQ(fault_of(R"({"a": {"a": 1}, "b": {"a": 1}, "c": [{"a": 1},
                        {"a": 1}]})"),
            "parsed");
}

TEST(JsonFile, IsNotNestedWithoutEnd) {
  auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
      text += "{\"a\":";
    return text + '1' + std::string(depth, '}');
  };
  EXPECT_EQ(fault_of(nested(32)), "parsed");
  EXPECT_THAT(fault_of(nested(33)), HasSubstr("nested more than 32 levels"));
  EXPECT_THAT(fault_of(nested(100'000)), HasSubstr("nested more than 32"));
  EXPECT_THAT(fault_of("{\"a\":" + std::string(100'000, '[')),
              HasSubstr("nested more than 32 levels"));
}

TEST(JsonFile, FaultsHoldNoPieceOfAValue) {
  for (auto text : {R"({"http_api": {"key": "tell-nobody" "x"}})",
                    R"({"http_api": {"key": tell-nobody}})",
                    R"({"http_api": {"key": "tell-nobody)"})
    EXPECT_THAT(fault_of(text), testing::Not(HasSubstr("tell-nobody")));
}

TEST(JsonFile, SurvivesAnyBytes) {
  const std::string good =
    R"({"a": {"b": [1, -2.5e3, "x\u00e9\n", true, null], "c": {}}, "d": ""})";
  ASSERT_EQ(fault_of(good), "parsed");
  std::mt19937 random{42};
  auto any = [&](std::size_t below) { return random() % below; };
  for (int round = 0; round < 3000; ++round) {
    auto text = good;
    for (auto changes = 1 + any(4); changes > 0; --changes) {
      auto at = any(text.size());
      if (any(3) == 0)
        text.erase(at, 1 + any(5));
      else if (any(2) == 0)
        text.insert(at, 1, static_cast<char>(any(256)));
      else
        text[at] = static_cast<char>(any(256));
    }
    auto fault = fault_of(text);
    EXPECT_TRUE(fault == "parsed" || fault.starts_with("f.json: "));
  }
}

} // namespace

} // namespace lastseen::config
