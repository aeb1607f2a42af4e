#include "net/api/errors.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace lastseen::server_api {
namespace {

struct row {
  int code;
  std::string_view message;
  unsigned http;
  unsigned grpc;
};

TEST(ErrorCodes, AreThoseOfTheContract) {
  for (const auto& x :
       {row{100, "internal server error", 500, 13},
        row{102, "unknown channel", 404, 5}, row{104, "not found", 404, 5},
        row{107, "bad request", 400, 3}, row{108, "not available", 400, 3},
        row{112, "unrecoverable position", 416, 11},
        row{113, "conflict", 409, 6},
        row{114, "internal server error", 500, 13}}) {
    auto code = static_cast<error_code>(x.code);
    EXPECT_EQ(message_of(code), x.message) << x.code;
    EXPECT_EQ(http_status_of(code), x.http) << x.code;
    EXPECT_EQ(grpc_status_of(code), x.grpc) << x.code;
  }
}

} // namespace
} // namespace lastseen::server_api
