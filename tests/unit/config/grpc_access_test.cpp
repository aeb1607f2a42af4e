#include "config/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lastseen::config {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

settings with(std::string address, std::vector<std::string> keys = {}) {
  settings x;
  x.http_api.key = "hush-api";
  x.client.token.hmac_secret_key = "hush-hmac";
  x.grpc_api.enabled = true;
  x.grpc_api.address = std::move(address);
  x.grpc_api.keys = std::move(keys);
  return x;
}

TEST(GrpcAccess, NeedsAKeyWhereOthersCanReachIt) {
  for (auto address : {"", "0.0.0.0", "10.0.0.1", "::", "1.127.0.1", "::2"})
    for (const auto& x : {with(address), with(address, {"", ""})}) {
      auto got = validate(x);
      ASSERT_FALSE(got) << address;
      EXPECT_THAT(got.error().what,
                  AllOf(HasSubstr("grpc_api.key = "), HasSubstr("must be set"),
                        HasSubstr("grpc_api.address = \""),
                        HasSubstr("grpc_api.insecure")));
    }
}

TEST(GrpcAccess, IsFineWithAnyKey) {
  auto x = with("");
  x.grpc_api.key = "hush";
  for (const auto& good : {x, with("", {"", "hush"})}) {
    auto got = validate(good);
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_THAT(*got, IsEmpty());
  }
}

TEST(GrpcAccess, WarnsWhereThereIsNoKey) {
  auto x = with("");
  x.grpc_api.insecure = true;
  for (const auto& open :
       {x, with("127.0.0.1"), with("127.1.2.3"), with("::1")}) {
    auto got = validate(open);
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_THAT(*got, ElementsAre(HasSubstr("grpc_api.key is empty")));
  }
}

TEST(GrpcAccess, IsNoMatterWhereItIsOff) {
  auto x = with("");
  x.grpc_api.enabled = false;
  EXPECT_THAT(validate(x).value(), IsEmpty());
}

} // namespace

} // namespace lastseen::config
