#include "net/server.hpp"
#include "tests/support/node_fixture.hpp"

#include <vector>

namespace lastseen {
namespace {

using test::eventually;
using test::loopback_client;

class Server : public test::node_fixture {
protected:
  /// Listens with another address or port beside the node.
  result<void> listen(std::string address, std::uint16_t at) {
    settings.http_server.address = std::move(address);
    settings.http_server.port = at;
    auto other = make_environment(settings, shards->directory).value();
    lastseen::server x{sys->scheduler(), *other};
    auto out = x.listen();
    x.stop_accepting();
    return out;
  }
};

TEST_F(Server, FillsOneThreadAfterTheOtherAndThenThemAll) {
  start();
  std::vector<loopback_client> clients;
  auto connect = [&](std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      auto& x = clients.emplace_back(port());
      EXPECT_EQ(x.ask(get_status("42"))->status, 200u);
    }
  };
  auto spread = [this] {
    auto& scheduler = sys->scheduler();
    return std::pair{scheduler.thread(0).connections().load(),
                     scheduler.thread(1).connections().load()};
  };
  using both = std::pair<std::size_t, std::size_t>;
  connect(listener::first_connections);
  EXPECT_EQ(spread(), (both{listener::first_connections, 0}));
  connect(listener::first_connections);
  EXPECT_EQ(spread(),
            (both{listener::first_connections, listener::first_connections}));
  connect(10);
  EXPECT_EQ(spread(), (both{listener::first_connections + 5,
                            listener::first_connections + 5}));
  EXPECT_EQ(server->connections(), clients.size());
  clients.clear();
  EXPECT_TRUE(eventually([&] { return spread() == both{0, 0}; }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, SaysWhichAddressIsTaken) {
  start();
  auto taken = port();
  auto got = listen("127.0.0.1", taken);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ec::bad_config);
  EXPECT_EQ(got.error().what, "http_server.port: cannot listen on 127.0.0.1:"
                                + std::to_string(taken)
                                + ": Address already in use");
}

TEST_F(Server, SaysWhichAddressIsNone) {
  start();
  auto got = listen("localhost", 0);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().what,
            "http_server.address: localhost: must be an IP address");
}

TEST_F(Server, SaysWhichAddressIsNotOfThisMachine) {
  start();
  auto got = listen("192.0.2.1", 8000);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().what.find(
              "http_server.port: cannot listen on 192.0.2.1:8000: "),
            0u)
    << got.error().what;
}

TEST_F(Server, AcceptsNothingOnceItStops) {
  start();
  auto before = port();
  loopback_client client{before};
  ASSERT_EQ(client.ask(get_status("42"))->status, 200u);
  server->stop_accepting();
  EXPECT_THROW(loopback_client{before}, boost::system::system_error);
  auto got = client.ask(get_status("42")); // who is in is told
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 503u);
  EXPECT_TRUE(got->has("Connection: close"));
}

TEST_F(Server, ClosesWhatIsOpen) {
  start();
  loopback_client idle{port()};
  loopback_client half{port()};
  ASSERT_TRUE(half.send("POST /api HTTP/1.1\r\n"));
  loopback_client websocket{port()};
  ASSERT_EQ(websocket.ask(upgrade())->status, 101u);
  ASSERT_TRUE(eventually([this] { return server->connections() == 3; }));
  server->stop_accepting();
  server->close_all();
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(half.closed());
  EXPECT_TRUE(websocket.closed());
}

} // namespace
} // namespace lastseen
