#include "cli/api_client.hpp"
#include "cli/options.hpp"
#include "cli/status_table.hpp"
#include "config/internal_listener.hpp"
#include "net/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <ostream>

namespace lastseen::cli {

namespace {

namespace json = boost::json;

struct query {
  std::string action;
  std::vector<std::string> users;
  std::optional<std::string> state;
  std::string address;
  std::string key;
  std::string ca;
  std::string cert;
  std::string cert_key;
  bool as_json = false;
};

std::string body_of(const query& x) {
  std::string out = "{\"users\":[";
  for (const auto& user : x.users) {
    if (!out.ends_with('['))
      out += ',';
    append_json_string(out, user);
  }
  out += ']';
  if (x.state) {
    out += ",\"state\":";
    append_json_string(out, *x.state);
  }
  return out + '}';
}

// Where the API of these settings is.
api_address address_of(const config::settings& x) {
  const auto& http = x.http_server;
  auto internal = config::has_internal_listener(http) && !x.http_api.external;
  auto host = internal && !http.internal_address.empty() ? http.internal_address
                                                         : http.address;
  auto port =
    internal && http.internal_port != 0 ? http.internal_port : http.port;
  auto tls = http.tls.enabled;
  if (internal)
    tls = http.internal_tls.enabled || (tls && !http.tls_external);
  if (host.empty() || host == "0.0.0.0")
    host = "127.0.0.1";
  else if (host == "::")
    host = "::1";
  api_address out;
  out.host = host;
  out.port = std::to_string(port);
  out.tls = tls;
  out.prefix = x.http_api.handler_prefix;
  return out;
}

// One that the API takes; empty: there is none.
std::string key_of(const config::http_api& x) {
  if (!x.key.empty())
    return x.key;
  auto i =
    std::ranges::find_if(x.keys, [](const auto& y) { return !y.empty(); });
  return i == x.keys.end() ? "" : *i;
}

outcome print(const query& x, const std::string& answer, console& to) {
  boost::system::error_code wrong;
  auto reply = json::parse(answer, wrong);
  auto object = wrong ? nullptr : reply.if_object();
  if (object == nullptr)
    return error{ec::unavailable, "the answer is no JSON object"};
  if (auto failure = object->if_contains("error")) {
    auto about = failure->if_object();
    auto message = about ? about->if_contains("message") : nullptr;
    if (!message || !message->is_string())
      return error{ec::unavailable, "the call failed, without a reason"};
    return error{ec::unavailable, std::string{message->get_string().c_str()}};
  }
  auto result = object->if_contains("result");
  if (x.as_json)
    to.out << answer << '\n';
  else if (x.action != "get")
    to.out << x.users.size() << (x.users.size() == 1 ? " user " : " users ")
           << x.action << "d\n";
  else if (result && result->is_object())
    to.out << status_table(result->get_object(),
                           std::chrono::floor<std::chrono::seconds>(
                             std::chrono::system_clock::now()));
  return true;
}

} // namespace

outcome status(const arguments& from, console& to) {
  CLI::App app{"Reads, updates or deletes the statuses of users by the server "
               "API of a service that runs.",
               "lastseen status"};
  query x;
  config_option file{app};
  app.add_option("action", x.action, "get, update or delete")
    ->required()
    ->check(CLI::IsMember({"get", "update", "delete"}));
  app.add_option("users", x.users, "IDs of users")
    ->required()
    ->type_name("USER...");
  app.add_option("--state", x.state, "The state that an update sets")
    ->type_name("STATE");
  app
    .add_option("--address", x.address,
                "Where the API is [that of the configuration]")
    ->type_name("URL");
  app
    .add_option("--key", x.key,
                "The API key, which others see in the command line; better in "
                "LASTSEEN_HTTP_API_KEY or the file")
    ->type_name("KEY");
  app
    .add_option("--ca", x.ca,
                "Whom to trust, for https:// [the system's authorities]")
    ->type_name("FILE");
  app
    .add_option("--cert", x.cert,
                "Our certificate, for a service that asks for one (PEM)")
    ->type_name("FILE");
  app
    .add_option("--key-file", x.cert_key,
                "The key of that certificate [in the file of --cert]")
    ->type_name("FILE");
  app.add_flag("--json", x.as_json, "Print the answer as it is");
  if (auto over = parse(app, from, to))
    return *over;
  if (x.state && x.action != "update")
    return error{ec::bad_request, "--state: only for update"};
  if (x.cert.empty() && !x.cert_key.empty())
    return error{ec::bad_request, "--key-file: only with --cert"};
  auto loaded = file.load(to);
  if (!loaded)
    return loaded.error();
  const auto& settings = loaded->settings;
  auto where = x.address.empty() ? result<api_address>{address_of(settings)}
                                 : parse_api_address(x.address);
  if (!where)
    return where.error();
  where->ca = x.ca;
  where->cert = x.cert;
  where->cert_key = x.cert_key.empty() ? x.cert : x.cert_key;
  auto answer =
    call_api(*where, x.key.empty() ? key_of(settings.http_api) : x.key,
             x.action + "_user_status", body_of(x));
  if (!answer)
    return answer.error();
  return print(x, *answer, to);
}

} // namespace lastseen::cli
