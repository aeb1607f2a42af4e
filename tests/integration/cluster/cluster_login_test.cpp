#include "tests/integration/cluster/cluster_load.hpp"
#include "tests/support/certificates.hpp"

#include <gmock/gmock.h>

#include <future>
#include <utility>

// All nodes of a Cluster are entered as the seed is.

namespace lastseen::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ClusterLogin : public cluster_test {
protected:
  // Two nodes that speak TLS only and ask for a password.
  void SetUp() override {
    for (auto* server : {&first_, &second_})
      ASSERT_EQ(server->command({"AUTH", "secret"}), "OK");
    assign(first_, 0, 8192);
    assign(second_, 8192, 16384);
    ASSERT_EQ(first_.command({"CLUSTER", "MEET", "127.0.0.1",
                              std::to_string(second_.port()), bus_}),
              "OK");
    for (auto* server : {&first_, &second_})
      ASSERT_TRUE(eventually([&] {
        auto info = server->command({"CLUSTER", "INFO"});
        return info.find("cluster_state:ok") != info.npos
               && info.find("cluster_size:2") != info.npos;
      }));
  }

  redis::cluster_options options() {
    redis::cluster_options x;
    x.seeds = {first_.address()};
    x.seeds[0].password = "secret";
    x.seeds[0].tls = true;
    x.client_name = "lastseen";
    x.keep = {std::chrono::hours{24}, std::chrono::hours{1}};
    config::tls trusting;
    trusting.server_ca_pem = made_.path("ca.pem");
    x.tls = redis::tls::make(trusting, "tls").value();
    return x;
  }

  static std::size_t clients(redis_server& server) {
    auto list = server.command({"CLIENT", "LIST"});
    std::size_t n = 0;
    for (auto at = list.find("name=lastseen "); at != list.npos;
         at = list.find("name=lastseen ", at + 1))
      ++n;
    return n;
  }

private:
  static void assign(redis_server& server, int first, int end) {
    std::vector<std::string> command{"CLUSTER", "ADDSLOTS"};
    for (auto i = first; i < end; ++i)
      command.push_back(std::to_string(i));
    ASSERT_EQ(server.command(command), "OK");
  }

  std::vector<std::string> args(const std::string& bus) const {
    auto all = made_.server_args(false);
    all.insert(all.end(), {"--cluster-enabled", "yes", "--cluster-port", bus,
                           "--tls-cluster", "yes", "--requirepass", "secret"});
    return all;
  }

  certificates made_;
  std::string bus_ = std::to_string(free_port());

protected:
  redis_server first_{args(std::to_string(free_port()))};
  redis_server second_{args(bus_)};
};

TEST_F(ClusterLogin, AllNodesGetPasswordNameAndEncryption) {
  store_under_test x{redis::make_cluster_store(io_.context(), options())};
  ASSERT_TRUE(x.link().up) << x.link().cause.what;
  auto t = x.now();
  std::vector<status_write> batch;
  user_list users;
  for (auto i = 0; i < 200; ++i) {
    batch.push_back({std::to_string(i), {t, 0, 0, 0, ""}});
    users.add(std::to_string(i));
  }
  ASSERT_TRUE(x.write(std::move(batch)));
  auto found = x.read(std::move(users));
  ASSERT_TRUE(found) << found.error().what;
  for (std::size_t i = 0; i < found->records.size(); ++i)
    EXPECT_EQ(found->records[i].active, t);
  for (auto* server : {&first_, &second_}) {
    EXPECT_GT(std::stoi(server->command({"DBSIZE"})), 50);
    EXPECT_EQ(clients(*server), 1u);
  }
}

TEST_F(ClusterLogin, AWrongPasswordIsSaid) {
  auto wrong = options();
  wrong.seeds[0].password = "hush";
  auto x = redis::make_cluster_store(io_.context(), std::move(wrong));
  std::promise<store_link> first;
  std::promise<void> closed;
  x->open([&, told = false](const store_link& link) mutable {
    if (!std::exchange(told, true))
      first.set_value(link);
  });
  auto link = first.get_future().get();
  EXPECT_FALSE(link.up);
  EXPECT_THAT(link.cause.what, HasSubstr("AUTH: WRONGPASS"));
  EXPECT_THAT(link.cause.what, Not(HasSubstr("hush")));
  x->close([&] { closed.set_value(); });
  closed.get_future().wait();
}

} // namespace
} // namespace lastseen::test
