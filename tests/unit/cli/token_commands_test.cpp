#include "tests/unit/cli/console_fixture.hpp"

namespace lastseen::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Tokens : public Console {
protected:
  std::string config_ =
    file("a.json", R"({"client": {"token": {"hmac_secret_key": "secret"}}})");
};

TEST_F(Tokens, AreGoodWhenMade) {
  auto made = run({"gentoken", "-c", config_, "-u", "4\"2", "-t", "60"});
  EXPECT_EQ(made.code, 0);
  EXPECT_THAT(made.out, HasSubstr("HMAC SHA-256 JWT for user "));
  EXPECT_THAT(made.out, HasSubstr(" with expiration TTL 1m0s:\n"));
  auto token = made.out.substr(made.out.find('\n') + 1);
  token.pop_back();
  auto checked = run({"checktoken", "-c", config_, token});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("valid token for user "));
  EXPECT_THAT(checked.out, HasSubstr(", expires in "));
  token[token.find('.') + 2] ^= 1;
  EXPECT_EQ(run({"checktoken", "-c", config_, token}).code, 1);
}

TEST_F(Tokens, SayHowLongTheyLiveAsCentrifugoDoes) {
  auto made = [&](const arguments& more) {
    arguments all{"gentoken", "-c", config_, "-u", "42"};
    all.insert(all.end(), more.begin(), more.end());
    auto out = run(all).out;
    return out.substr(0, out.find('\n'));
  };
  EXPECT_EQ(made({}), "HMAC SHA-256 JWT for user \"42\" with expiration TTL "
                      "168h0m0s:");
  EXPECT_THAT(made({"-t", "5"}), HasSubstr(" TTL 5s:"));
  EXPECT_THAT(made({"-t", "3725"}), HasSubstr(" TTL 1h2m5s:"));
}

TEST_F(Tokens, MayLiveForEverAndComeAlone) {
  auto made = run({"gentoken", "-q", "-c", config_, "-u", "42", "-t", "-1"});
  EXPECT_THAT(made.out, MatchesRegex("[^.\n]+\\.[^.\n]+\\.[^.\n]+\n"));
  auto token = made.out.substr(0, made.out.size() - 1);
  EXPECT_EQ(run({"checktoken", "-c", config_, token}).out,
            "valid token for user \"42\"\n");
}

TEST_F(Tokens, NeedAUserATimeAndASecret) {
  EXPECT_THAT(run({"gentoken", "-c", config_}).err,
              HasSubstr("--user is required"));
  for (auto ttl : {"0", "-2", "x", "99999999999999999999"})
    EXPECT_EQ(run({"gentoken", "-c", config_, "-u", "1", "-t", ttl}).code, 1)
      << ttl;
  EXPECT_EQ(run({"gentoken", "-c", config_, "-u", std::string(513, 'x')}).code,
            1);
  EXPECT_THAT(run({"gentoken", "-c", file("b.json", "{}"), "-u", "1"}).err,
              HasSubstr("client.token.hmac_secret_key is empty"));
}

TEST_F(Tokens, OfOthersAreRefused) {
  auto got = run({"checktoken", "-c", config_, "abc"});
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, HasSubstr("lastseen: the token is not valid: "));
  EXPECT_THAT(got.err, Not(HasSubstr("abc")));
}

} // namespace
} // namespace lastseen::cli
