#include "redis/detected_store.hpp"
#include "tests/integration/cluster/cluster_load.hpp"

#include <future>
#include <utility>

// What is at a plain address is found out at the first connection.

namespace lastseen::test {
namespace {

class ClusterDetection : public cluster_test {
protected:
  std::unique_ptr<store> make(const config::redis_address& address) {
    redis::store_options x;
    x.address = address;
    x.keep = {std::chrono::hours{24}, std::chrono::hours{1}};
    return redis::make_detected_store(io_.context(), std::move(x));
  }

  // Users in many slots; their number that is stored, 0 when a call fails.
  static std::size_t served(store_under_test& x) {
    auto t = x.now();
    std::vector<status_write> batch;
    user_list users;
    for (auto i = 0; i < 300; ++i) {
      batch.push_back({std::to_string(i), {t, 0, 0, 0, ""}});
      users.add(std::to_string(i));
    }
    auto written = x.write(std::move(batch));
    auto found = x.read(std::move(users));
    if (!written || !written->failed.empty() || !found)
      return 0;
    std::size_t n = 0;
    for (std::size_t i = 0; i < found->records.size(); ++i)
      n += found->records[i].active == t ? 1 : 0;
    return n;
  }
};

TEST_F(ClusterDetection, AServerIsServedAsOne) {
  redis_server server;
  store_under_test x{make(server.address())};
  EXPECT_EQ(served(x), 300u);
  EXPECT_EQ(server.command({"DBSIZE"}), "300");
  EXPECT_EQ(x.raw().name(), "redis 127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(ClusterDetection, ANodeLeadsToItsCluster) {
  redis_cluster servers{3, true};
  for (std::size_t i : {0U, 5U}) { // a master and a replica
    store_under_test x{make(servers[i].address())};
    EXPECT_EQ(served(x), 300u) << i;
  }
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NE(servers[i].command({"DBSIZE"}), "0") << i;
}

TEST_F(ClusterDetection, WhoMayNotAskFindsAServer) {
  redis_server server;
  ASSERT_EQ(server.command(
              {"ACL", "SETUSER", "blind", "on", ">p", "~*", "+@all", "-mget"}),
            "OK");
  auto address = server.address();
  address.user = "blind";
  address.password = "p";
  store_under_test x{make(address)};
  EXPECT_TRUE(x.link().up);
}

TEST_F(ClusterDetection, WaitsForTheFirstConnection) {
  redis_server server;
  server.stop();
  auto x = make(server.address());
  std::promise<store_link> down;
  std::promise<void> up;
  x->open([&, told = false](const store_link& link) mutable {
    if (link.up)
      up.set_value();
    else if (!std::exchange(told, true))
      down.set_value(link);
  });
  EXPECT_NE(down.get_future().get().cause.what.find("Connection refused"),
            std::string::npos);
  std::promise<std::string> refused;
  x->read({}, [&](const result<read_report>& report) {
    refused.set_value(report ? "served" : report.error().what);
  });
  EXPECT_NE(refused.get_future().get().find("not connected"),
            std::string::npos);
  server.start();
  EXPECT_EQ(up.get_future().wait_for(std::chrono::seconds{30}),
            std::future_status::ready);
  std::promise<void> closed;
  x->close([&] { closed.set_value(); });
  closed.get_future().wait();
}

TEST_F(ClusterDetection, MayBeClosedBeforeItIsKnown) {
  redis_server server;
  server.pause();
  auto x = make(server.address());
  x->open([](const store_link&) {});
  std::promise<void> closed;
  x->close([&] { closed.set_value(); });
  closed.get_future().wait();
  server.resume();
}

} // namespace
} // namespace lastseen::test
