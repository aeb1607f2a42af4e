#include "config/handler_paths.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace lastseen::config {

namespace {

struct path_case {
  std::function<void(settings&)> change;
  /// Empty: all is well.
  const char* why;
};

// With everything that has a path switched on.
settings everything() {
  settings x;
  for (auto* on :
       {&x.http_stream.enabled, &x.sse.enabled, &x.uni_websocket.enabled,
        &x.uni_http_stream.enabled, &x.uni_sse.enabled, &x.health.enabled,
        &x.prometheus.enabled, &x.swagger.enabled})
    *on = true;
  return x;
}

void expect_all(const settings& base, const std::vector<path_case>& cases) {
  for (const auto& [change, why] : cases) {
    auto x = base;
    change(x);
    auto wrong = check_handler_paths(x, {{"http_api.handler_prefix", "file"}});
    EXPECT_EQ(wrong ? wrong->what : "", why);
  }
}

TEST(HandlerPaths, MayNotHideEachOther) {
  expect_all(
    everything(),
    {
      {[](auto&) {}, ""},
      {[](auto& x) { x.prometheus.handler_prefix = "/api"; },
       "prometheus.handler_prefix = \"/api\" (default): must be another path: "
       "`/api` is that of http_api.handler_prefix = \"/api\" (file)"},
      {[](auto& x) { x.health.handler_prefix = "/api/health"; },
       "health.handler_prefix = \"/api/health\" (default): must be another "
       "path: `/api/health` is below http_api.handler_prefix = \"/api\" "
       "(file)"},
      {[](auto& x) { x.swagger.handler_prefix = "/api"; },
       "swagger.handler_prefix = \"/api\" (default): must be another path: "
       "`/api/openapi.json` is below http_api.handler_prefix = \"/api\" "
       "(file)"},
      {[](auto& x) { x.prometheus.handler_prefix = "/ready"; },
       "prometheus.handler_prefix = \"/ready\" (default): must be another "
       "path: `/ready` is that of health.enabled = true (default)"},
      {[](auto& x) { x.health.handler_prefix = "/ready"; },
       "health.handler_prefix = \"/ready\" (default): must be another path: "
       "`/ready` is that of health.enabled = true (default)"},
      {[](auto& x) { x.http_api.handler_prefix = "/ready"; },
       "http_api.handler_prefix = \"/ready\" (file): must be another path: "
       "`/ready` is that of health.enabled = true (default)"},
      {[](auto& x) { x.http_api.handler_prefix = "/emulation"; },
       "http_api.handler_prefix = \"/emulation\" (file): must be another path: "
       "`/emulation` is that of emulation.handler_prefix = \"/emulation\" "
       "(default)"},
      {[](auto& x) { x.sse.handler_prefix = "/connection/http_stream"; },
       "sse.handler_prefix = \"/connection/http_stream\" (default): must be "
       "another path: `/connection/http_stream` is that of "
       "http_stream.handler_prefix = \"/connection/http_stream\" (default)"},
      {[](auto& x) {
         x.uni_websocket.handler_prefix = "/connection/websocket";
       },
       "uni_websocket.handler_prefix = \"/connection/websocket\" (default): "
       "must be another path: `/connection/websocket` is that of "
       "websocket.handler_prefix = \"/connection/websocket\" (default)"},
      {[](auto& x) { x.uni_sse.handler_prefix = "/metrics"; },
       "prometheus.handler_prefix = \"/metrics\" (default): must be another "
       "path: `/metrics` is that of uni_sse.handler_prefix = \"/metrics\" "
       "(default)"},
      {[](auto& x) { x.uni_http_stream.handler_prefix = "/emulation"; },
       "emulation.handler_prefix = \"/emulation\" (default): must be another "
       "path: `/emulation` is that of uni_http_stream.handler_prefix = "
       "\"/emulation\" (default)"},
    });
}

TEST(HandlerPaths, MayBeNearEachOther) {
  expect_all(
    everything(),
    {{[](auto& x) { x.prometheus.handler_prefix = "/apis"; }, ""},
     {[](auto& x) { x.health.handler_prefix = "/metrics/health"; }, ""},
     // Clients are looked for first.
     {[](auto& x) { x.websocket.handler_prefix = "/api/ws"; }, ""}});
}

TEST(HandlerPaths, MayBeTheSameWhereOneIsNotServed) {
  expect_all({},
             {{[](auto& x) { x.prometheus.handler_prefix = "/api"; }, ""},
              {[](auto& x) { x.sse.handler_prefix = "/api"; }, ""},
              {[](auto& x) { x.http_api.handler_prefix = "/ready"; }, ""},
              {[](auto& x) { x.http_api.handler_prefix = "/emulation"; }, ""}});
}

TEST(HandlerPaths, MayBeTheSameOnTwoListeners) {
  auto apart = everything();
  apart.http_server.internal_port = 9000;
  constexpr auto hidden =
    "prometheus.handler_prefix = \"/api\" (default): must be another path: "
    "`/api` is that of http_api.handler_prefix = \"/api\" (file)";
  expect_all(apart,
             {{[](auto& x) { x.prometheus.handler_prefix = "/api"; }, hidden},
              {[](auto& x) { x.uni_sse.handler_prefix = "/metrics"; }, ""},
              {[](auto& x) { x.uni_sse.handler_prefix = "/api"; }, ""}});
  apart.http_api.external = true;
  expect_all(
    apart, {{[](auto& x) { x.prometheus.handler_prefix = "/api"; }, ""},
            {[](auto& x) { x.uni_sse.handler_prefix = "/api"; },
             "http_api.handler_prefix = \"/api\" (file): must be another path: "
             "`/api` is that of uni_sse.handler_prefix = \"/api\" (default)"}});
}

} // namespace

} // namespace lastseen::config
