#include "config/handler_paths.hpp"

#include "config/assign.hpp"
#include "config/fields.hpp"
#include "config/internal_listener.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lastseen::config {

namespace {

struct served {
  /// The key that says where it is, or that it is there.
  std::string_view key;
  std::string path;
};

constexpr std::string_view api_key = "http_api.handler_prefix";

void add_clients(std::vector<served>& to, const settings& x) {
  to.push_back({"websocket.handler_prefix", x.websocket.handler_prefix});
  if (x.uni_websocket.enabled)
    to.push_back(
      {"uni_websocket.handler_prefix", x.uni_websocket.handler_prefix});
  const std::pair<std::string_view, const stream&> streams[] = {
    {"http_stream.handler_prefix", x.http_stream},
    {"sse.handler_prefix", x.sse},
    {"uni_http_stream.handler_prefix", x.uni_http_stream},
    {"uni_sse.handler_prefix", x.uni_sse},
  };
  for (const auto& [key, its] : streams)
    if (its.enabled)
      to.push_back({key, its.handler_prefix});
  if (x.http_stream.enabled || x.sse.enabled)
    to.push_back({"emulation.handler_prefix", x.emulation.handler_prefix});
}

void add_monitoring(std::vector<served>& to, const settings& x) {
  if (x.health.enabled) {
    to.push_back({"health.enabled", "/ready"});
    to.push_back({"health.handler_prefix", x.health.handler_prefix});
  }
  if (x.prometheus.enabled)
    to.push_back({"prometheus.handler_prefix", x.prometheus.handler_prefix});
  if (x.swagger.enabled)
    to.push_back(
      {"swagger.handler_prefix", x.swagger.handler_prefix + "/openapi.json"});
}

// What has a path of its own, whatever the settings are.
bool is_fixed(const served& x) {
  return x.key == "health.enabled";
}

bool is_below(std::string_view path, std::string_view prefix) {
  return path.size() > prefix.size() && path.starts_with(prefix)
         && path[prefix.size()] == '/';
}

// Paths in the order in which requests are compared with them.
class listener_check {
public:
  listener_check(const settings& x, const origins& from) : x_{x}, from_{from} {}

  std::optional<error> run(const std::vector<served>& all) {
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) {
        if (all[i].path == all[k].path)
          return is_fixed(all[i]) ? clash(all[k], all[i], "that of")
                                  : clash(all[i], all[k], "that of");
        if (all[k].key == api_key && is_below(all[i].path, all[k].path))
          return clash(all[i], all[k], "below");
      }
    return std::nullopt;
  }

private:
  std::string shown_at(std::string_view key) {
    return shown(*find_field(key), x_);
  }

  error clash(const served& wrong, const served& other, std::string_view how) {
    return bad_value(
      wrong.key, shown_at(wrong.key), origin_of(wrong.key, from_),
      "another path: `" + wrong.path + "` is " + std::string{how} + ' '
        + std::string{other.key} + " = " + shown_at(other.key) + " ("
        + origin_of(other.key, from_) + ')');
  }

  settings x_;
  const origins& from_;
};

} // namespace

std::optional<error> check_handler_paths(const settings& x,
                                         const origins& from) {
  auto internal = has_internal_listener(x.http_server);
  std::vector<served> outside;
  std::vector<served> inside;
  add_clients(outside, x);
  auto& api = internal && !x.http_api.external ? inside : outside;
  api.push_back({api_key, x.http_api.handler_prefix});
  add_monitoring(internal ? inside : outside, x);
  listener_check check{x, from};
  if (auto wrong = check.run(outside))
    return wrong;
  return check.run(inside);
}

} // namespace lastseen::config
