#pragma once

#include "loopback_client.hpp"
#include "node_fixture.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lastseen::test {

/// Exchanges of whole requests and answers, byte by byte.
class http_bytes_fixture : public node_fixture {
protected:
  static std::string response(std::string_view status, std::string_view body,
                              std::string_view fields = {}) {
    return "HTTP/1.1 " + std::string{status} + "\r\n" + std::string{fields}
           + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
           + std::string{body};
  }

  static std::string json(std::string_view body,
                          std::string_view status = "200 OK") {
    return response(status, body, "Content-Type: application/json\r\n");
  }

  static std::string text(std::string_view status, std::string_view body) {
    return response(status, body,
                    "Content-Type: text/plain; charset=utf-8\r\n");
  }

  static inline const std::string not_allowed =
    "HTTP/1.1 405 Method Not Allowed\r\n"
    "Content-Length: 0\r\nAllow: POST\r\n\r\n";
  static inline const std::string unauthorized =
    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";

  struct exchange {
    std::string request;
    std::string response;
  };

  /// One after the other on a connection; starts the node unless it was.
  void expect(const std::vector<exchange>& all) {
    if (!server) {
      start();
      store().put("42", 1'627'107'289'999, 1'627'107'289'000);
    }
    loopback_client client{port()};
    for (const auto& [request, response] : all) {
      ASSERT_TRUE(client.send(request)) << request;
      client.fill(response.size());
      EXPECT_EQ(client.rest(), response) << request;
      auto got = client.response();
      ASSERT_TRUE(client.rest().empty()) << request << client.rest();
    }
  }

  static std::string request(std::string_view line,
                             std::string_view fields = {},
                             std::string_view body = {}) {
    return std::string{line} + " HTTP/1.1\r\nHost: x\r\n" + std::string{fields}
           + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
           + std::string{body};
  }
};

} // namespace lastseen::test
