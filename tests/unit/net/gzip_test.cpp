#include "net/gzip.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

constexpr std::size_t mib = 1024UL * 1024;

std::string failure(std::string_view bytes) {
  auto out = gunzip(bytes, mib);
  if (out)
    return {};
  EXPECT_EQ(out.error().code, ec::bad_request);
  return out.error().what;
}

TEST(GzipTest, GivesBackWhatWasCompressed) {
  std::string all;
  for (unsigned i = 0; i < 100'000; ++i)
    all += static_cast<char>((i * i >> 7) & 0x7f);
  for (const auto& text :
       {std::string{}, std::string{"x"}, std::string(mib, 'a'), all})
    EXPECT_TRUE(gunzip(gzip(text), mib).value() == text) << text.size();
  EXPECT_LT(gzip(std::string(mib, 'a')).size(), mib / 100);
}

TEST(GzipTest, ReadsTheBytesOfAnotherCompressor) {
  // printf hello | gzip -n
  constexpr std::string_view bytes{
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00"
    "\x86\xa6\x10\x36\x05\x00\x00\x00",
    25};
  EXPECT_EQ(gunzip(bytes, 5).value(), "hello");
}

TEST(GzipTest, ReadsSeveralMembers) {
  EXPECT_EQ(gunzip(gzip("ab") + gzip("c"), mib).value(), "abc");
}

TEST(GzipTest, RefusesWhatIsNotValid) {
  auto good = gzip("some text that is long enough to be cut");
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(failure(std::string_view{good}.substr(0, n)), "not valid gzip")
      << n;
  EXPECT_EQ(failure("{}"), "not valid gzip");
  EXPECT_EQ(failure(good + "x"), "not valid gzip");
  auto changed = good;
  changed[good.size() - 6] = static_cast<char>(~changed[good.size() - 6]);
  EXPECT_EQ(failure(changed), "not valid gzip");
}

TEST(GzipTest, EndsAtTheLimit) {
  auto bomb = gzip(std::string(64 * mib, '\0'));
  EXPECT_LT(bomb.size(), mib);
  auto out = gunzip(bomb, 1000);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ec::overloaded);
  EXPECT_EQ(gunzip(gzip(std::string(1000, 'a')), 1000).value().size(), 1000u);
  EXPECT_FALSE(gunzip(gzip(std::string(1001, 'a')), 1000));
}

TEST(GzipTest, KnowsWhoAcceptsIt) {
  for (auto field : {"gzip", "GZIP", "x-gzip", "*", "deflate, gzip",
                     "gzip, deflate", "br;q=1.0,gzip;q=0.8", " gzip ;q=0.001"})
    EXPECT_TRUE(accepts_gzip(field)) << field;
  for (auto field : {"", "deflate", "identity", "gzip;q=0", "gzip; q=0.000",
                     "deflate, gzip;q=0.0", "gzipp", ",", ";"})
    EXPECT_FALSE(accepts_gzip(field)) << field;
}

} // namespace
} // namespace lastseen
