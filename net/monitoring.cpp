#include "net/monitoring.hpp"

#include "net/api/openapi.hpp"
#include "net/json_text.hpp"
#include "net/metrics.hpp"

#include <string>

namespace lastseen {

namespace {

using server_api::http_answer;

constexpr std::string_view json = "application/json";

http_answer not_allowed() {
  return {405, {}, {}, "Allow: GET, HEAD\r\n"};
}

bool is_openapi(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix)
         && path.substr(prefix.size()) == "/openapi.json";
}

http_answer ready(const environment& env) {
  std::string reasons;
  auto add = [&](std::string_view reason) {
    reasons += reasons.empty() ? "" : ",";
    append_json_string(reasons, reason);
  };
  if (env.stopping)
    add("the service is stopping");
  std::optional<std::size_t> told; // once for all lanes of a shard
  for (std::size_t i = 0; i < env.shards.size(); ++i) {
    auto shard = env.directory->map().shard_of_lane(i);
    if (auto why = env.shards[i].gauge->problem();
        !why.empty() && told != shard) {
      told = shard;
      add("shard " + std::to_string(shard) + ": " + why);
    }
  }
  if (reasons.empty())
    return {200, json, R"({"ready":true})"};
  return {503, json, R"({"ready":false,"reasons":[)" + reasons + "]}"};
}

} // namespace

std::optional<http_answer> serve_monitoring(const environment& env,
                                            std::string_view method,
                                            std::string_view path) {
  const auto& x = env.settings;
  auto reads = method == "GET" || method == "HEAD";
  if (x.health.enabled && path == x.health.handler_prefix)
    return http_answer{200, json, "{}"};
  if (x.health.enabled && path == "/ready")
    return reads ? ready(env) : not_allowed();
  if (x.swagger.enabled && is_openapi(path, x.swagger.handler_prefix))
    return reads ? http_answer{200, json,
                               server_api::openapi_document(
                                 x.http_api.handler_prefix)}
                 : not_allowed();
  if (x.prometheus.enabled && path == x.prometheus.handler_prefix)
    return reads ? http_answer{200, metrics_content_type, render_metrics(env)}
                 : not_allowed();
  return std::nullopt;
}

} // namespace lastseen
