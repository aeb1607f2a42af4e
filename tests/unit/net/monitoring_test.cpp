#include "net/monitoring.hpp"
#include "tests/support/node_fixture.hpp"

#include <gmock/gmock.h>

namespace lastseen {
namespace {

using test::eventually;
using test::loopback_client;
using testing::HasSubstr;

class Monitoring : public test::node_fixture {
protected:
  Monitoring() {
    settings.health.enabled = true;
    settings.prometheus.enabled = true;
  }

  test::http_response get(std::string_view path,
                          std::string_view method = "GET") {
    loopback_client client{port()};
    auto got = client.ask(std::string{method} + " " + std::string{path}
                          + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return got.value_or(test::http_response{});
  }
};

TEST_F(Monitoring, HealthAnswersWhateverTheStoreDoes) {
  start();
  store().set_link(false);
  for (auto method : {"GET", "POST"}) {
    auto got = get("/health", method);
    EXPECT_EQ(got.status, 200u);
    EXPECT_TRUE(got.has("Content-Type: application/json"));
    EXPECT_EQ(got.body, "{}");
  }
}

TEST_F(Monitoring, ReadyFollowsTheLinkToTheStore) {
  start();
  ASSERT_TRUE(eventually([this] { return get("/ready").status == 200; }));
  EXPECT_EQ(get("/ready").body, R"({"ready":true})");
  store().set_link(false);
  ASSERT_TRUE(eventually([this] { return get("/ready").status == 503; }));
  auto got = get("/ready");
  EXPECT_TRUE(got.has("Content-Type: application/json"));
  EXPECT_THAT(got.body,
              HasSubstr(R"({"ready":false,"reasons":["shard 0: memory 0)"));
  store().set_link(true);
  EXPECT_TRUE(eventually([this] { return get("/ready").status == 200; }));
}

TEST_F(Monitoring, ReadySaysNoWhenTheServiceStops) {
  start();
  ASSERT_TRUE(eventually([this] { return get("/ready").status == 200; }));
  env->stopping = true;
  auto got = serve_monitoring(*env, "GET", "/ready");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 503u);
  EXPECT_EQ(got->body,
            R"({"ready":false,"reasons":["the service is stopping"]})");
}

TEST_F(Monitoring, MetricsAreServedInTheTextFormat) {
  start();
  auto got = get("/metrics");
  EXPECT_EQ(got.status, 200u);
  EXPECT_TRUE(got.has("Content-Type: text/plain; version=0.0.4; "
                      "charset=utf-8"));
  EXPECT_THAT(got.body, HasSubstr("# TYPE lastseen_clients gauge"));
  EXPECT_THAT(got.body, HasSubstr("lastseen_http_connections 1"));
}

TEST_F(Monitoring, OnlyReadingIsAllowed) {
  start();
  EXPECT_EQ(get("/metrics", "POST").status, 405u);
  EXPECT_EQ(get("/ready", "DELETE").status, 405u);
}

TEST_F(Monitoring, NothingIsServedUnlessEnabled) {
  settings.health.enabled = false;
  settings.prometheus.enabled = false;
  start();
  for (auto path : {"/health", "/ready", "/metrics"})
    EXPECT_EQ(get(path).status, 404u) << path;
}

TEST_F(Monitoring, IsWhereThePrefixesSay) {
  settings.health.handler_prefix = "/healthz";
  settings.prometheus.handler_prefix = "/ops/metrics";
  settings.swagger = {.enabled = true, .handler_prefix = "/docs/api"};
  start();
  for (auto path :
       {"/healthz", "/ready", "/ops/metrics", "/docs/api/openapi.json"})
    EXPECT_NE(get(path).status, 404u) << path;
  for (auto path : {"/health", "/metrics", "/swagger/openapi.json", "/docs/api",
                    "/docs/apix/openapi.json", "/healthz/"})
    EXPECT_EQ(get(path).status, 404u) << path;
}

TEST(Ready, NamesAShardOnceForAllOfItsLanes) {
  config::settings settings;
  settings.health.enabled = true;
  auto env =
    make_environment(settings, std::make_shared<directory>(2, 2)).value();
  for (auto why : {"", "a: down", "b: down", "b: down"}) {
    auto gauge = std::make_shared<shard_gauge>();
    gauge->set_problem(why);
    env->shards.push_back({nullptr, std::move(gauge)});
  }
  auto got = serve_monitoring(*env, "GET", "/ready");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, R"({"ready":false,"reasons":["shard 0: a: down",)"
                       R"("shard 1: b: down"]})");
}

} // namespace
} // namespace lastseen
