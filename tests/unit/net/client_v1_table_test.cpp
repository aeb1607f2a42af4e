#include "tests/support/client_wire.hpp"
#include "tests/support/node_fixture.hpp"

#include <ostream>
#include <string>
#include <vector>

// Protocol v1, as centrifuge-js 2.x speaks it (contract B.9), byte by byte.
namespace lastseen {
namespace {

using test::loopback_client;
using test::token_of;
using test::wire_close;
using test::wire_frame;
using test::wire_text;

std::string connect(const std::string& claims = R"({"sub":"42"})") {
  return R"({"params":{"token":")" + token_of(claims)
         + R"(","name":"js"},"id":1})";
}

// With advice: these clients look at nothing else.
std::string closed(unsigned code, const std::string& reason, bool reconnect) {
  return wire_close(code, R"({"reason":")" + reason + R"(","reconnect":)"
                            + (reconnect ? "true}" : "false}"));
}

struct row {
  const char* name;
  /// After a connect that succeeds; one message each.
  std::vector<std::string> sent;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const row& x) {
  return out << x.name;
}

class ClientV1Table : public test::node_fixture,
                      public testing::WithParamInterface<row> {
protected:
  /// So many bytes of frames, as they come.
  static std::string frames(loopback_client& client, std::size_t size) {
    std::string out;
    while (out.size() < size) {
      auto next = client.frame();
      if (!next)
        break;
      out += wire_frame(next->opcode, next->payload);
    }
    return out;
  }
};

TEST_P(ClientV1Table, IsWhatGoesOverTheWire) {
  const auto& x = GetParam();
  start();
  loopback_client client{port()};
  ASSERT_EQ(client.ask(upgrade())->status, 101u);
  client.send(test::client_text(connect()));
  auto reply = client.frame();
  ASSERT_TRUE(reply);
  // The client's ID is a UUID.
  EXPECT_EQ(
    reply->payload.replace(28, 36, "…"),
    R"({"id":1,"result":{"client":"…","version":"lastseen )" LASTSEEN_VERSION
    R"("}})");
  for (const auto& message : x.sent)
    client.send(test::client_text(message));
  EXPECT_EQ(frames(client, x.expected.size()), x.expected);
}

std::string error(unsigned id, unsigned code, const std::string& message) {
  return wire_text(R"({"id":)" + std::to_string(id) + R"(,"error":{"code":)"
                   + std::to_string(code) + R"(,"message":")" + message
                   + "\"}}");
}

std::vector<row> rows() {
  return {
    {"Rpc",
     {R"({"method":9,"params":{"data":{},"method":"update_user_status"},"id":2})"},
     wire_text(R"({"id":2,"result":{"data":{}}})")},
    {"Ping", {R"({"method":7,"id":4})"}, wire_text(R"({"id":4,"result":{}})")},
    {"Refresh",
     {R"({"method":10,"params":{"token":")" + token_of(R"({"sub":"42"})")
      + R"("},"id":5})"},
     wire_text(R"({"id":5,"result":{}})")},
    {"Batch",
     {"{\"method\":7,\"id\":4}\n{\"method\":7,\"id\":5}\n"},
     wire_text(R"({"id":4,"result":{}})")
       + wire_text(R"({"id":5,"result":{}})")},
    {"UnknownRpc104",
     {R"({"method":9,"params":{"method":"nope"},"id":2})"},
     error(2, 104, "method not found")},
    {"UnknownMethod104",
     {R"({"method":42,"id":2})", R"({"method":"nope","id":3})"},
     error(2, 104, "method not found") + error(3, 104, "method not found")},
    {"BadData107",
     {R"({"method":9,"params":{"data":1,"method":"update_user_status"},"id":2})"},
     error(2, 107, "bad request: data: must be an object, its state a string")},
    {"Subscribe108",
     {R"({"method":1,"params":{"channel":"a"},"id":2})"},
     error(2, 108, "not available")},
    {"Send3508",
     {R"({"method":8,"params":{"data":{}}})"},
     closed(3508, "not available", false)},
    {"SecondConnect3501",
     {R"({"params":{},"id":2})"},
     closed(3501, "bad request", false)},
    {"NoId3501",
     {R"({"method":9,"params":{"method":"nope"}})"},
     closed(3501, "bad request", false)},
    {"NoJson3501", {"x"}, closed(3501, "bad request", false)},
    {"AnotherUser3500",
     {R"({"method":10,"params":{"token":")" + token_of(R"({"sub":"43"})")
      + R"("},"id":5})"},
     closed(3500, "invalid token", false)},
    {"ExpiredToken3005",
     {R"({"method":10,"params":{"token":")"
      + token_of(R"({"sub":"42","exp":1})") + R"("},"id":5})"},
     closed(3005, "connection expired", true)},
  };
}

INSTANTIATE_TEST_SUITE_P(Table, ClientV1Table, testing::ValuesIn(rows()),
                         [](const auto& x) { return x.param.name; });

} // namespace
} // namespace lastseen
