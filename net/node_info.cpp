#include "net/node_info.hpp"

#include "actors/client_id.hpp"
#include "net/environment.hpp"
#include "net/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <climits>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace lastseen {

namespace {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0)
    return "localhost";
  return name.data();
}

// Others may write into the registry, too.
bool is_description(const std::string& text) {
  boost::system::error_code wrong;
  return boost::json::parse(text, wrong).is_object() && !wrong;
}

} // namespace

node_identity make_node_identity(std::uint16_t port) {
  std::array<std::uint64_t, 2> bits{};
  RAND_bytes(reinterpret_cast<unsigned char*>(bits.data()), sizeof bits);
  return {make_client_id(bits[0], bits[1]),
          host_name() + '_' + std::to_string(port), boot_clock::now()};
}

std::string describe_node(const environment& env) {
  auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
    boot_clock::now() - env.node.started);
  auto clients = static_cast<std::int64_t>(env.clients.load());
  std::string out = "{\"uid\":";
  append_json_string(out, env.node.uid);
  out += ",\"name\":";
  append_json_string(out, env.node.name);
  out += ",\"version\":\"lastseen " LASTSEEN_VERSION "\",\"num_clients\":";
  append_int(out, clients);
  out += ",\"num_users\":";
  append_int(out, static_cast<std::int64_t>(env.connected_users.size()));
  out += ",\"num_channels\":0";
  if (uptime.count() > 0) {
    out += ",\"uptime\":";
    append_int(out, uptime.count());
  }
  return out + ",\"num_subs\":0}";
}

void list_nodes(const environment& env, node_registry::handler done) {
  auto self = describe_node(env);
  if (!env.node.others)
    return done(std::vector{std::move(self)});
  env.node.others->exchange_nodes(
    env.node.uid, std::move(self),
    [done = std::move(done)](result<std::vector<std::string>> all) {
      if (all) {
        std::erase_if(*all, [](const auto& x) { return !is_description(x); });
        std::ranges::sort(*all);
      }
      done(std::move(all));
    });
}

} // namespace lastseen
