#include "service.hpp"

#include "actors/supervisor.hpp"
#include "embedded/status_store.hpp"
#include "net/log.hpp"
#include "redis/cluster_store.hpp"
#include "redis/moving_store.hpp"
#include "redis/status_store.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace lastseen {

using namespace std::chrono_literals;

namespace {

// An API call is answered by its shard when its time is up; this much later by
// the API actor itself, which knows no cause. A busy machine must not get
// there.
constexpr auto backstop = 1s;

shard_options make_shard_options(const config::user_status& x) {
  return {
    {x.debounce_interval, x.online_interval, x.max_batch, x.max_pending_users},
    {x.expire_interval, x.delete_guard},
    x.flush_interval,
    x.timeout};
}

// Says when a store comes up and goes down. Copies are one, since stores copy
// their handlers.
class link_log {
public:
  explicit link_log(std::string store) : store_(std::move(store)) {}

  void on_link(const store_link& x) const {
    auto changed = std::exchange(*last_, x.up) != x.up;
    if (x.up)
      log_event(log_level::info, "store is up", {{"store", store_}});
    else
      log_event(changed ? log_level::warn : log_level::debug, "store is down",
                {{"store", store_}, {"why", x.cause.what}});
  }

private:
  std::string store_;
  std::shared_ptr<std::optional<bool>> last_ =
    std::make_shared<std::optional<bool>>();
};

// Looks until the condition holds or the time is up.
template <class Condition>
bool wait_until(std::chrono::steady_clock::time_point deadline,
                Condition holds) {
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

auto log_refusals(const std::string& store) {
  return [store](const error* why) {
    if (why != nullptr)
      log_event(log_level::warn, "store is not ready",
                {{"store", store}, {"why", why->what}});
    else
      log_event(log_level::info, "store is ready again", {{"store", store}});
  };
}

} // namespace

service::service(const config::settings& settings) : settings_(settings) {
  actor_config_.add_message_types<caf::id_block::lastseen>();
  actor_config_.set("logger.file-verbosity", caf::atom("quiet"));
  actor_config_.set("logger.console-verbosity", caf::atom("quiet"));
  asio_scheduler::configure(actor_config_, settings.server.threads);
}

result<void> service::start() {
  auto shards = settings_.store == config::store_kind::redis
                  ? config::redis_shards(settings_.user_status.redis)->size()
                  : 1;
  auto env = make_environment(settings_, std::make_shared<directory>(shards));
  if (!env)
    return env.error();
  env_ = std::move(*env);
  actors_ = std::make_unique<caf::actor_system>(actor_config_);
  server_ = std::make_unique<server>(asio_scheduler::of(*actors_), *env_);
  if (auto made = make_stores(); !made)
    return made;
  make_shards();
  for (std::size_t i = 0; i < stores_.size(); ++i)
    open_store(i);
  for (auto& x : former_stores_)
    x->open([log = link_log{x->name()}](const store_link& link) {
      log.on_link(link);
    });
  if (auto listening = server_->listen(); !listening)
    return listening;
  auto endpoint = server_->endpoint();
  log_event(log_level::info, "listening",
            {{"address", endpoint.address().to_string()},
             {"port", std::to_string(endpoint.port())}});
  return {};
}

result<void> service::make_stores() {
  const auto& x = settings_.user_status;
  retention keep{x.expire_interval, x.delete_guard};
  if (settings_.store == config::store_kind::embedded) {
    auto made = embedded::make_store({.path = x.embedded.path, .keep = keep});
    if (!made)
      return made.error();
    stores_.push_back(std::move(*made));
    return {};
  }
  return make_redis_stores(keep);
}

result<void> service::make_redis_stores(const retention& keep) {
  const auto& x = settings_.user_status.redis;
  auto addresses = config::redis_shards(x);
  if (!addresses)
    return addresses.error();
  auto previous_addresses = config::previous_redis_shards(x);
  if (!previous_addresses)
    return previous_addresses.error();
  auto tls = redis::tls::make(x.tls, "user_status.redis.tls");
  if (!tls)
    return tls.error();
  auto sentinel_tls =
    redis::tls::make(x.sentinel_tls, "user_status.redis.sentinel_tls");
  if (!sentinel_tls)
    return sentinel_tls.error();
  auto& scheduler = asio_scheduler::of(*actors_);
  // A server that is in both lists gets one connection.
  std::map<std::string, std::shared_ptr<store>> made;
  auto make = [&](const config::redis_address& address) {
    auto& home = scheduler.thread(made.size() % scheduler.size());
    auto& out = made[config::to_string(address)];
    if (out)
      return out;
    if (!address.seeds.empty())
      out = redis::make_cluster_store(home.context(),
                                      {.seeds = address.seeds,
                                       .prefix = x.prefix,
                                       .client_name = x.client_name,
                                       .tls = *tls,
                                       .keep = keep,
                                       .wait_replicas = x.wait_replicas});
    else
      out = redis::make_store(home.context(),
                              {.address = address,
                               .prefix = x.prefix,
                               .client_name = x.client_name,
                               .tls = *tls,
                               .sentinel_tls = *sentinel_tls,
                               .sentinel_client_name = x.sentinel_client_name,
                               .keep = keep,
                               .wait_replicas = x.wait_replicas});
    return out;
  };
  for (const auto& address : *addresses)
    stores_.push_back(make(address));
  std::vector<std::shared_ptr<store>> previous;
  for (const auto& address : *previous_addresses) {
    auto known = made.size();
    previous.push_back(make(address));
    if (made.size() != known)
      former_stores_.push_back(previous.back());
  }
  if (!previous.empty())
    for (auto& shard : stores_)
      shard = redis::make_moving_store(std::move(shard), previous);
  return {};
}

void service::make_shards() {
  auto options = make_shard_options(settings_.user_status);
  auto dir = env_->directory;
  supervisor_args args;
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    gauges_.push_back(std::make_shared<shard_gauge>());
    args.shards.push_back({.index = i,
                           .shard = std::make_shared<status_shard>(
                             i, stores_[i]->name(), options, boot_clock::now()),
                           .store = stores_[i],
                           .gauge = gauges_.back(),
                           .directory = dir,
                           .on_refusal = log_refusals(stores_[i]->name())});
    env_->shards.push_back({args.shards.back().shard, gauges_.back()});
  }
  std::vector<std::string> names;
  for (auto& x : stores_)
    names.push_back(x->name());
  args.api.calls =
    std::make_shared<api_calls>(std::move(names), options.timeout + backstop);
  args.api.directory = dir;
  args.on_death = [](std::string_view name, const caf::error& why) {
    log_event(
      log_level::err, "an actor died and is started anew",
      {{"actor", std::string{name}}, {"code", std::to_string(why.code())}});
  };
  supervisor_ = actors_->spawn(supervisor, std::move(args));
  caf::scoped_actor self{*actors_};
  self->request(supervisor_, caf::infinite, caf::get_atom_v)
    .receive([](caf::ok_atom) {}, [](const caf::error&) {});
}

void service::open_store(std::size_t shard) {
  stores_[shard]->open(
    [dir = env_->directory, shard,
     log = link_log{stores_[shard]->name()}](store_link link) {
      log.on_link(link);
      caf::anon_send(dir->status(shard), std::move(link));
    });
}

// -- stopping -----------------------------------------------------------------

std::size_t service::stop() {
  auto deadline = std::chrono::steady_clock::now() + settings_.shutdown.timeout;
  server_->stop_accepting();
  wait_until(deadline, [this] { return env_->calls == 0; });
  server_->shutdown();
  wait_until(deadline, [this] { return env_->clients == 0; });
  for (std::size_t i = 0; i < stores_.size(); ++i)
    caf::anon_send(env_->directory->status(i), drain_atom_v);
  auto pending = [this] {
    std::size_t n = 0;
    for (auto& x : gauges_)
      n += x->pending;
    return n;
  };
  wait_until(deadline, [&] {
    return pending() == 0
           && std::all_of(gauges_.begin(), gauges_.end(),
                          [](const auto& x) { return x->draining.load(); });
  });
  auto lost = pending();
  caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  {
    caf::scoped_actor self{*actors_};
    self->wait_for(supervisor_);
  }
  supervisor_ = nullptr;
  close_stores();
  server_->close_all();
  env_->directory->clear();
  server_.reset();
  stores_.clear();
  former_stores_.clear();
  actors_.reset();
  return lost;
}

// All at once: one may wait for what another has under way.
void service::close_stores() {
  auto all = former_stores_;
  all.insert(all.end(), stores_.begin(), stores_.end());
  std::vector<std::promise<void>> closed(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i]->close([&one = closed[i]] { one.set_value(); });
  for (auto& one : closed)
    one.get_future().wait();
}

} // namespace lastseen
