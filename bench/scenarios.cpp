#include "bench/scenarios.hpp"

#include "bench/http_load.hpp"
#include "bench/redis_client.hpp"
#include "bench/ws_connect.hpp"
#include "bench/ws_load.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

namespace lastseen::bench {

namespace {

using namespace std::chrono_literals;

using sayer = std::function<void(std::string)>;

/// Microseconds of CPU of the watched process `index` per operation.
double cpu_each(const report& x, std::size_t index, std::size_t per_operation) {
  return static_cast<double>(x.cpu[index].count())
         / static_cast<double>(x.operations * per_operation);
}

std::string describe(const std::string& name, double cpu, const report& x) {
  auto micros = [](std::chrono::nanoseconds t) {
    return static_cast<double>(t.count()) / 1000;
  };
  auto rate = static_cast<double>(x.operations)
              / std::chrono::duration<double>(x.elapsed).count();
  std::array<char, 160> text;
  std::snprintf(text.data(), text.size(),
                "  %-8s %7.2f us CPU each, %8.0f/s, p50 %.0f us, p99 %.0f us",
                name.c_str(), cpu, rate, micros(x.p50), micros(x.p99));
  return text.data();
}

error annotate(const std::string& where, error e) {
  e.what = where + ": " + e.what;
  return e;
}

class benchmark {
public:
  benchmark(const plan& what, const sayer& say) : plan_(what), say_(say) {
    users_.size = what.users;
    auto now = std::chrono::system_clock::now() - 1h;
    users_.base = std::chrono::duration_cast<std::chrono::milliseconds>(
                    now.time_since_epoch())
                    .count();
  }

  result<void> prepare() {
    auto redis = start_redis(dir_);
    if (!redis)
      return redis.error();
    redis_ = std::move(*redis);
    auto facts = machine_facts(redis_.port);
    if (!facts)
      return facts.error();
    say_(*facts);
    auto client = redis_client::connect(redis_.port);
    if (!client)
      return client.error();
    if (auto done = client->fill(users_); !done)
      return done.error();
    say_("filled Redis with " + std::to_string(users_.size) + " users");
    return restart_service();
  }

  result<void> rpc(std::size_t outstanding, double limit) {
    ws_options load;
    load.outstanding = outstanding;
    load.hmac_secret = hmac_secret;
    auto name = "RPC, " + std::to_string(load.connections) + " connections x "
                + std::to_string(outstanding);
    say_(name);
    auto bare = start_bare_server(dir_, plan_.bare_server, plan_.threads);
    if (!bare)
      return bare.error();
    std::vector<double> ours;
    std::vector<double> limits;
    for (std::size_t i = 0; i < plan_.rounds; ++i) {
      auto begun = std::chrono::system_clock::now();
      if (auto done = rpc_round(load, service_, "lastseen", ours); !done)
        return done.error();
      if (auto done = check_written(load.connections, begun); !done)
        return done.error();
      if (auto done = rpc_round(load, *bare, "bare", limits); !done)
        return done.error();
    }
    rows.push_back({name, "us CPU per RPC", median(ours), median(limits),
                    "bare epoll", limit});
    return {};
  }

  result<void> http(double limit) {
    http_options load;
    load.port = service_.port;
    load.api_key = api_key;
    load.users = users_;
    std::string name = "get_user_status, " + std::to_string(load.connections)
                       + " connections x " + std::to_string(load.users_per_call)
                       + " users";
    say_(name);
    std::vector<double> ours;
    std::vector<double> redis;
    for (std::size_t i = 0; i < plan_.rounds; ++i) {
      auto x = http_get(load, watch({&service_, &redis_}));
      if (!x)
        return annotate("lastseen", x.error());
      ours.push_back(cpu_each(*x, 0, load.users_per_call));
      redis.push_back(cpu_each(*x, 1, load.users_per_call));
      say_(describe("lastseen", ours.back(), *x));
      say_(describe("Redis", redis.back(), *x));
    }
    rows.push_back(
      {name, "us CPU per user", median(ours), median(redis), "Redis", limit});
    return {};
  }

  /// What connections cost whose clients have not said who they are.
  result<void> strangers(stranger kind, double memory_limit) {
    if (auto done = restart_service(); !done)
      return done.error();
    auto before = resident(service_.process.pid());
    if (!before)
      return before.error();
    auto name =
      std::to_string(plan_.idle_connections)
      + (kind == stranger::upgrades ? " WebSockets without a connect"
                                    : " connections that say nothing");
    say_(name);
    auto held = ws_strangers(service_.port, plan_.idle_connections, kind);
    if (!held)
      return annotate("lastseen", held.error());
    // The last ones were taken by the kernel, maybe not yet by the service.
    std::this_thread::sleep_for(1s);
    auto after = resident(service_.process.pid());
    if (!after)
      return after.error();
    auto grown = static_cast<double>(*after) - static_cast<double>(*before);
    rows.push_back({name,
                    "KB RSS per connection",
                    grown / 1024 / static_cast<double>(held->size()),
                    {},
                    "",
                    memory_limit});
    return {};
  }

  result<void> idle(bool protobuf, double memory_limit, double cpu_limit) {
    // What earlier scenarios left in the heap would hide the cost.
    if (auto done = restart_service(); !done)
      return done.error();
    auto before = resident(service_.process.pid());
    if (!before)
      return before.error();
    ws_options load;
    load.port = service_.port;
    load.connections = plan_.idle_connections;
    load.hmac_secret = hmac_secret;
    load.protobuf = protobuf;
    auto when = watch({&service_});
    when.warm_up = 2s;
    // Two intervals: then each connection gets exactly two pings.
    when.length = 2 * plan_.ping_interval;
    auto name = std::to_string(load.connections) + " idle connections, "
                + std::to_string(plan_.ping_interval.count()) + " s pings"
                + (protobuf ? ", Protobuf" : "");
    say_(name);
    auto x = ws_idle(load, when);
    if (!x)
      return annotate("lastseen", x.error());
    auto connections = static_cast<double>(load.connections);
    auto grown =
      static_cast<double>(x->resident[0]) - static_cast<double>(*before);
    auto seconds = std::chrono::duration<double>(x->elapsed).count();
    auto cpu = static_cast<double>(x->cpu[0].count()) / seconds / connections;
    say_("  " + std::to_string(x->operations) + " pings answered, RSS "
         + std::to_string(*before / 1024) + " KB before, "
         + std::to_string(x->resident[0] / 1024) + " KB after");
    auto usual = plan_.ping_interval == 25s;
    rows.push_back({name,
                    "KB RSS per connection",
                    grown / 1024 / connections,
                    {},
                    "",
                    memory_limit});
    rows.push_back({name,
                    "us CPU per connection and second",
                    cpu,
                    {},
                    "",
                    usual ? std::optional{cpu_limit} : std::nullopt});
    return {};
  }

  /// Adds what the service has logged.
  error explain(error e) const {
    e.what += '\n' + tail(service_.log);
    return e;
  }

  /// Stops the service, which must end well.
  result<void> finish() {
    return service_.process.stop();
  }

  std::vector<row> rows;

private:
  window watch(std::initializer_list<const server*> servers) const {
    window x;
    x.length = plan_.length;
    for (const auto* s : servers)
      x.watched.push_back(s->process.pid());
    return x;
  }

  result<void> restart_service() {
    if (auto done = service_.process.stop(); !done)
      return done.error();
    auto service = start_service(
      dir_, {plan_.service, plan_.threads, plan_.ping_interval, redis_.port},
      users_);
    if (!service)
      return service.error();
    service_ = std::move(*service);
    return {};
  }

  result<void> rpc_round(ws_options load, const server& target,
                         const std::string& name, std::vector<double>& out) {
    load.port = target.port;
    auto x = ws_rpc(load, watch({&target}));
    if (!x)
      return annotate(name, x.error());
    out.push_back(cpu_each(*x, 0, 1));
    say_(describe(name, out.back(), *x));
    return {};
  }

  /// An RPC is only worth its time when its user reaches Redis.
  result<void> check_written(std::size_t connections,
                             std::chrono::system_clock::time_point since) {
    auto earliest = std::chrono::duration_cast<std::chrono::milliseconds>(
                      since.time_since_epoch())
                      .count();
    auto redis = redis_client::connect(redis_.port);
    if (!redis)
      return redis.error();
    auto end = clock::now() + 3s;
    for (std::size_t i = 0; i < connections;) {
      auto user = connected_user(i);
      auto value = redis->bulk({"GET", status_key(user)});
      if (!value)
        return value.error();
      auto status = decode(*value);
      if (status && status->active >= earliest)
        ++i;
      else if (clock::now() > end)
        return error{ec::unavailable,
                     "the activity of user " + user + " is not in Redis"};
      else
        std::this_thread::sleep_for(10ms);
    }
    return {};
  }

  const plan& plan_;
  const sayer& say_;
  temp_dir dir_;
  population users_;
  server redis_;
  server service_;
};

struct scenario {
  std::string name;
  std::function<result<void>(benchmark&)> run;
};

// The limits are those of the issue that asked for the benchmarks.
std::vector<scenario> scenarios() {
  return {
    {"rpc-1", [](benchmark& x) { return x.rpc(1, 1.6); }},
    {"rpc-16", [](benchmark& x) { return x.rpc(16, 4); }},
    {"http-get", [](benchmark& x) { return x.http(0.3); }},
    {"idle", [](benchmark& x) { return x.idle(false, 3.5, 1); }},
    {"idle-protobuf", [](benchmark& x) { return x.idle(true, 3.5, 1); }},
    {"strangers",
     [](benchmark& x) -> result<void> {
       if (auto done = x.strangers(stranger::says_nothing, 2); !done)
         return done;
       return x.strangers(stranger::upgrades, 2);
     }},
  };
}

} // namespace

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& x : scenarios())
    names.push_back(x.name);
  return names;
}

result<std::vector<row>> run(const plan& what, const sayer& say) {
  benchmark bench{what, say};
  if (auto done = bench.prepare(); !done)
    return done.error();
  for (const auto& x : scenarios()) {
    auto wanted = what.only.empty()
                  || std::find(what.only.begin(), what.only.end(), x.name)
                       != what.only.end();
    if (!wanted)
      continue;
    if (auto done = x.run(bench); !done)
      return bench.explain(annotate(x.name, done.error()));
  }
  if (auto done = bench.finish(); !done)
    return done.error();
  return std::move(bench.rows);
}

} // namespace lastseen::bench
