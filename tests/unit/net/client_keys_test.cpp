#include "tests/support/jwt.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <string>

// Clients whose tokens wait for a key of `client.token.jwks_public_endpoint`.
namespace lastseen {
namespace {

using boost::asio::ip::tcp;
using test::client_text;
using test::eventually;
using test::loopback_client;

class ClientKeys : public test::node_fixture {
protected:
  /// The server of the keys, which answers when a test wants it to.
  ClientKeys() {
    settings.client.token.jwks_public_endpoint =
      "http://127.0.0.1:" + std::to_string(keys_.local_endpoint().port())
      + "/keys";
  }

  /// A client that has sent `connect`, with a token whose key is unknown, and
  /// 16 commands behind it, of about so many bytes together.
  loopback_client waiting_client(std::size_t bytes) {
    loopback_client out{port()};
    EXPECT_EQ(out.ask(upgrade())->status, 101u);
    std::string frame =
      R"({"id":1,"connect":{"token":")"
      + test::sign_hs256(R"({"sub":"42"})", "", R"({"alg":"RS256","kid":"a"})")
      + "\"}}";
    for (int id = 2; id < 18; ++id)
      frame += "\n{\"id\":" + std::to_string(id) + R"(,"rpc":{"method":")"
               + std::string(bytes / 16, 'm') + "\"}}";
    EXPECT_TRUE(out.send(client_text(frame)));
    return out;
  }

  /// Answers a fetch of the keys: there are none.
  void answer_fetch() {
    auto socket = keys_.accept();
    std::string request;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(request),
                            "\r\n\r\n");
    std::string body = R"({"keys":[]})";
    boost::asio::write(
      socket, boost::asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: "
                                  + std::to_string(body.size())
                                  + "\r\nConnection: close\r\n\r\n" + body));
  }

  void limit_budget(std::size_t bytes) {
    std::destroy_at(&env->received);
    std::construct_at(&env->received, bytes);
  }

  boost::asio::io_context io_;
  tcp::acceptor keys_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
};

TEST_F(ClientKeys, WhatWaitsForThemCountsAsReceived) {
  start();
  limit_budget(100'000);
  auto small = waiting_client(30'000);
  auto large = waiting_client(40'000);
  // The three together are too many, and one of them is closed.
  auto last = waiting_client(30'000);
  EXPECT_TRUE(eventually([&] { return env->received.overflows == 1; }));
  EXPECT_TRUE(large.closed());
  EXPECT_EQ(env->received.overflows, 1u);
  EXPECT_EQ(env->clients, 2u);
}

TEST_F(ClientKeys, WhatWaitedForThemCountsNoMore) {
  start();
  limit_budget(100'000);
  auto client = waiting_client(60'000);
  answer_fetch(); // the first one may have begun before the client came
  auto got = client.frame();
  ASSERT_TRUE(got);
  if (got->opcode != 8) // an error, and a close for what came behind it
    got = client.frame();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->opcode, 8u);
  // It is still there, since it has not closed its side.
  loopback_client other{port()};
  ASSERT_TRUE(other.send(
    post("/api/get_user_status", std::string(60'000, ' ')).substr(0, 55'000)));
  loopback_client third{port()};
  EXPECT_EQ(third.ask(get_status("42"))->status, 200u);
  EXPECT_TRUE(eventually([&] { return env->http_connections == 2; }));
  EXPECT_EQ(env->received.overflows, 0u);
}

} // namespace
} // namespace lastseen
