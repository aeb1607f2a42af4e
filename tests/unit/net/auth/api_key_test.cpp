#include "net/auth/api_key.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lastseen {
namespace {

std::vector<std::string> one(std::string key) {
  return {std::move(key)};
}

struct key_case {
  const char* name;
  std::vector<http_field> fields;
  const char* query;
  bool good;
};

TEST(ApiKeyTest, FollowsTheContract) {
  for (const auto& x : std::vector<key_case>{
         {"Nothing", {}, "", false},
         {"Header", {{"X-API-Key", "k y"}}, "", true},
         {"HeaderInLowerCase", {{"x-api-key", "k y"}}, "", true},
         {"WrongHeader", {{"X-API-Key", "k x"}}, "", false},
         {"HeaderInOtherCase", {{"X-API-Key", "K Y"}}, "", false},
         {"PrefixOnly", {{"X-API-Key", "k "}}, "", false},
         {"Longer", {{"X-API-Key", "k yy"}}, "", false},
         {"Query", {}, "api_key=k%20y", true},
         {"QueryWithPlus", {}, "a=b&api_key=k+y&c", true},
         {"QueryInOtherCase", {}, "API_KEY=k%20y", false},
         {"WrongQuery", {}, "api_key=k", false},
         {"EmptyQuery", {}, "api_key=", false},
         {"FirstOfTwoInQuery", {}, "api_key=x&api_key=k+y", false},
         {"WrongHeaderRightQuery", {{"X-API-Key", "x"}}, "api_key=k+y", true},
         {"WrongAuthorizationRightQuery",
          {{"Authorization", "apikey x"}},
          "api_key=k+y",
          true},
         {"EmptyHeaderAndQuery", {{"X-API-Key", ""}}, "api_key=k+y", true},
       })
    EXPECT_EQ(has_api_key({.query = x.query, .fields = x.fields}, one("k y")),
              x.good)
      << x.name;
}

TEST(ApiKeyTest, ReadsTheAuthorizationHeader) {
  auto good = [](std::string_view value) {
    return has_api_key({.fields = {{"Authorization", value}}}, one("key"));
  };
  for (auto value :
       {"apikey key", "ApiKey key", "APIKEY \t key", "apikey\tkey"})
    EXPECT_TRUE(good(value)) << value;
  for (auto value : {"", "key", "apikey", "apikey ", "apikey key x",
                     "Bearer key", "apikey Key", "apikeykey", "api key key"})
    EXPECT_FALSE(good(value)) << value;
}

TEST(ApiKeyTest, LooksAtOneHeaderOnly) {
  auto good = [](std::string_view x_api_key) {
    return has_api_key(
      {.fields = {{"X-API-Key", x_api_key}, {"Authorization", "apikey key"}}},
      one("key"));
  };
  EXPECT_FALSE(good("wrong"));
  EXPECT_TRUE(good(""));
}

TEST(ApiKeyTest, TakesAnyOfSeveralKeys) {
  std::vector<std::string> keys{"old", "", "new"};
  for (auto key : {"old", "new"})
    EXPECT_TRUE(has_api_key({.fields = {{"X-API-Key", key}}}, keys)) << key;
  for (auto key : {"", "ol", "newer", "oldnew"})
    EXPECT_FALSE(has_api_key({.fields = {{"X-API-Key", key}}}, keys)) << key;
  EXPECT_FALSE(has_api_key({.fields = {{"X-API-Key", "old"}}}, {}));
}

TEST(ApiKeyTest, NeverMatchesAnEmptyKey) {
  EXPECT_FALSE(has_api_key({}, one("")));
  EXPECT_FALSE(has_api_key({.query = "api_key="}, one("")));
  EXPECT_FALSE(has_api_key({.fields = {{"X-API-Key", ""}}}, one("")));
}

TEST(ApiKeyTest, IsExactInMetadataOfGrpc) {
  std::vector<std::string> keys{"old", "", "n w"};
  for (auto good : {"apikey old", "apikey n w"})
    EXPECT_TRUE(has_grpc_api_key(good, keys)) << good;
  for (auto bad : {"", "apikey", "apikey ", "apikey  old", "Apikey old", "old",
                   "apikey olda", "apikey ol", " apikey old", "apikey old "})
    EXPECT_FALSE(has_grpc_api_key(bad, keys)) << bad;
  EXPECT_FALSE(has_grpc_api_key("apikey old", {}));
}

} // namespace
} // namespace lastseen
