#include "status/record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lastseen {
namespace {

std::optional<record> decoded(std::string_view text) {
  auto out = decode(text);
  EXPECT_EQ(is_stored_form(text), out.has_value()) << text;
  return out;
}

constexpr stamp t = 1627107289123;

TEST(RecordForm, IsTheOneOfTheDocuments) {
  EXPECT_EQ(encode(record{t, t, 0, 0, ""}), "16271072891231627107289123");
  EXPECT_EQ(encode(record{t, 0, 0, t, "dnd"}),
            "16271072891230000000000000:1627107289123dnd");
  EXPECT_EQ(encode(record{0, 0, t + 1, 0, ""}),
            "00000000000000000000000000D1627107289124");
  EXPECT_EQ(encode(record{1, 2, 3, 4, "x"}),
            "00000000000010000000000002D0000000000003:0000000000004x");
}

TEST(RecordForm, AppendsToWhatIsThere) {
  std::string out = "before";
  encode(record{}, out);
  EXPECT_EQ(out, "before00000000000000000000000000");
}

TEST(RecordForm, KeepsTheTimeOfAClearedState) {
  EXPECT_EQ(encode(record{0, 0, 0, t, ""}),
            "00000000000000000000000000:1627107289123");
}

TEST(RecordForm, ComesBackAsItWas) {
  std::vector<record> all{
    {},
    {t, 0, 0, 0, ""},
    {0, t, 0, 0, ""},
    {t, t + 1, t - 1, 0, ""},
    {t, t, 0, t, "away"},
    {0, 0, 0, t, ""},
    {1, 2, 3, 4, std::string{"a\0b", 3}},
    {1, 2, 0, 4, ":D:123"},
    {1, 2, 0, 4, "0000000000000"},
    {1, 2, 0, 4, "\xd0\xbd\xd0\xb5\xd1\x82"},
    {9'999'999'999'999, 9'999'999'999'999, 9'999'999'999'999, 9'999'999'999'999,
     std::string(64, '9')},
  };
  for (auto& x : all) {
    auto back = decoded(encode(x));
    ASSERT_TRUE(back) << encode(x);
    EXPECT_EQ(*back, x) << encode(x);
  }
}

TEST(RecordForm, EveryDigitHasItsPlace) {
  for (stamp x = 1; x < 10'000'000'000'000; x *= 10)
    for (stamp digit = 1; digit <= 9; ++digit) {
      record both{x * digit, 1'234'567'890'123 - x, 0, 0, ""};
      auto back = decoded(encode(both));
      ASSERT_TRUE(back);
      EXPECT_EQ(*back, both) << encode(both);
    }
}

TEST(RecordForm, CutAnywhereIsNotAFormExceptBetweenItsParts) {
  auto whole = encode(record{t, t, t, t, ""});
  ASSERT_EQ(whole.size(), 26u + 14 + 14);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    auto complete = n == 26 || n == 40;
    EXPECT_EQ(decoded(whole.substr(0, n)).has_value(), complete) << n;
  }
}

TEST(RecordForm, EveryDigitMustBeOne) {
  auto whole = encode(record{t, t, t, t, ""});
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (auto c : {'a', ' ', '-', '+', '.', '/', '?', '\0', '\x80', '\xff'}) {
      auto broken = whole;
      broken[i] = c;
      EXPECT_FALSE(decoded(broken)) << i << ": " << broken;
    }
  // The one that follows '9'.
  for (std::size_t i = 0; i < 26; ++i) {
    auto broken = whole;
    broken[i] = ':';
    EXPECT_FALSE(decoded(broken)) << i;
  }
}

TEST(RecordForm, PartsHaveOneOrder) {
  std::string head = "16271072891231627107289123";
  EXPECT_FALSE(decoded(head + ":"));
  EXPECT_FALSE(decoded(head + "D"));
  EXPECT_FALSE(decoded(head + "x"));
  EXPECT_FALSE(decoded(head + "1627107289123"));
  EXPECT_FALSE(decoded(head + "d1627107289123"));
  EXPECT_FALSE(decoded(head + "D1627107289123D1627107289123"));
  EXPECT_FALSE(decoded(head + "D1627107289123dnd"));
  // All after the time of the state is the state.
  auto x = decoded(head + ":1627107289123D1627107289123");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->state, "D1627107289123");
  EXPECT_EQ(x->deleted, 0);
}

TEST(RecordForm, IsNotWhatOthersKeepUnderSuchKeys) {
  for (auto text : {"", "1", "1627107289", "1627107289123", "hello",
                    "{\"active\":1627107289}", "-1627107289123162710728912"})
    EXPECT_FALSE(decoded(text)) << text;
}

TEST(Newest, IsTheLatestUpdateAndNotTheDelete) {
  EXPECT_EQ(newest({}), 0);
  EXPECT_EQ(newest({1, 2, 9, 3, "x"}), 3);
  EXPECT_EQ(newest({1, 4, 9, 3, "x"}), 4);
  EXPECT_EQ(newest({5, 4, 9, 3, "x"}), 5);
  EXPECT_EQ(newest({0, 0, 9, 0, ""}), 0);
}

} // namespace
} // namespace lastseen
