#include "net/auth/base64url.hpp"
#include "tests/support/jwt.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

TEST(Base64urlTest, DecodesTheVectorsOfTheRfc) {
  EXPECT_EQ(decode_base64url(""), "");
  EXPECT_EQ(decode_base64url("Zg"), "f");
  EXPECT_EQ(decode_base64url("Zm8"), "fo");
  EXPECT_EQ(decode_base64url("Zm9v"), "foo");
  EXPECT_EQ(decode_base64url("Zm9vYg"), "foob");
  EXPECT_EQ(decode_base64url("Zm9vYmE"), "fooba");
  EXPECT_EQ(decode_base64url("Zm9vYmFy"), "foobar");
}

TEST(Base64urlTest, DecodesEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  for (std::size_t cut = 0; cut < 3; ++cut) {
    auto part = bytes.substr(cut);
    EXPECT_EQ(decode_base64url(test::base64url(part)), part);
  }
}

TEST(Base64urlTest, RefusesEveryOtherForm) {
  for (auto text : {"Z", "Zm9vY", "Zg==", "Zg=", "Zm9v\n", " Zm9v", "Zm 9",
                    "+/+/", "Zh", "Zm9", "-_+_", "\xff\xff\xff\xff"})
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
}

} // namespace
} // namespace lastseen
