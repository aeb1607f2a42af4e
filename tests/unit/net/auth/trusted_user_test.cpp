#include "net/auth/trusted_user.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen {
namespace {

TEST(TrustedUser, IsTheValueOfTheHeaderThatIsSet) {
  config::client settings;
  http_request request;
  request.fields = {{"X-User", "42"}};
  EXPECT_EQ(trusted_user(request, settings), "");
  settings.user_id_http_header = "x-user";
  EXPECT_EQ(trusted_user(request, settings), "42");
  request.fields = {{"X-Other", "42"}};
  EXPECT_EQ(trusted_user(request, settings), "");
}

TEST(TrustedUser, IsNobodyWhenItCannotBeTold) {
  config::client settings;
  settings.user_id_http_header = "X-User";
  auto user = [&](std::vector<http_field> fields) {
    http_request request;
    request.fields = std::move(fields);
    return std::string{trusted_user(request, settings)};
  };
  const std::string longest(512, 'u');
  const std::string too_long(513, 'u');
  EXPECT_EQ(user({{"X-User", longest}}), longest);
  EXPECT_EQ(user({{"X-User", too_long}}), "");
  EXPECT_EQ(user({{"X-User", "\xff"}}), "");
  EXPECT_EQ(user({{"X-User", ""}}), "");
  EXPECT_EQ(user({{"X-User", "42"}, {"x-user", "43"}}), "");
}

} // namespace
} // namespace lastseen
