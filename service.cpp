#include "service.hpp"

#include "actors/supervisor.hpp"
#include "config/redis_address.hpp"
#include "config/reload.hpp"
#include "embedded/status_store.hpp"
#include "net/last_resort.hpp"
#include "net/log.hpp"
#include "redis/shard_stores.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <thread>
#include <utility>

namespace lastseen {

using namespace std::chrono_literals;

namespace {

// An API call is answered by its shard when its time is up; this much later by
// the API actor itself, which knows no cause. A busy machine must not get
// there.
constexpr auto backstop = 1s;

// How long what `shutdown.timeout` cuts off may take to end.
constexpr auto cut_off = 1s;

// Of each of so many lanes.
shard_options make_shard_options(const config::user_status& x,
                                 std::size_t lanes) {
  return {{x.debounce_interval, x.online_interval, x.max_batch,
           (x.max_pending_users + lanes - 1) / lanes},
          {x.expire_interval, x.delete_guard},
          x.flush_interval,
          x.timeout};
}

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

} // namespace

service::service(const config::settings& settings) : settings_(settings) {
  actor_config_.add_message_types<caf::id_block::lastseen>();
  actor_config_.set("logger.file-verbosity", caf::atom("quiet"));
  actor_config_.set("logger.console-verbosity", caf::atom("quiet"));
  asio_scheduler::configure(actor_config_, settings.server.threads);
}

result<void> service::start() {
  const auto& status = settings_.user_status;
  auto on_redis = settings_.store == config::store_kind::redis;
  auto shards = on_redis ? config::redis_shards(status.redis)->size() : 1;
  auto lanes = on_redis ? status.lanes : 1;
  auto env =
    make_environment(settings_, std::make_shared<directory>(shards, lanes));
  if (!env)
    return env.error();
  env_ = std::move(*env);
  actors_ = std::make_unique<caf::actor_system>(actor_config_);
  server_ = std::make_unique<server>(asio_scheduler::of(*actors_), *env_);
  if (auto made = make_stores(); !made)
    return made;
  make_shards();
  open_stores();
  if (auto listening = listen(); !listening) {
    stop();
    return listening;
  }
  if (env_->node.others) {
    auto& thread = asio_scheduler::of(*actors_).thread(0);
    announcer_ = std::make_shared<node_announcer>(thread.context(), *env_);
    announcer_->start();
  }
  return {};
}

// gRPC first, so that it is there when HTTP answers.
result<void> service::listen() {
  const auto& api = settings_.grpc_api;
  if (api.enabled) {
    grpc_ =
      std::make_unique<grpc_api::server>(asio_scheduler::of(*actors_), *env_);
    if (auto listening = grpc_->listen(); !listening)
      return listening;
    log_event(log_level::info, "listening for gRPC",
              {{"address", api.address.empty() ? "::" : api.address},
               {"port", std::to_string(grpc_->port())}});
  }
  if (auto listening = server_->listen(); !listening)
    return listening;
  for (const auto& endpoint : server_->endpoints())
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
  auto& scheduler = asio_scheduler::of(*actors_);
  auto next_context =
    [&scheduler, n = std::size_t{0}]() mutable -> boost::asio::io_context& {
    return scheduler.thread(n++ % scheduler.size()).context();
  };
  auto made = redis::make_shard_stores(x.redis, env_->directory->map().lanes,
                                       keep, next_context);
  if (!made)
    return made.error();
  stores_ = std::move(made->lanes);
  former_stores_ = std::move(made->former);
  env_->node.others = std::move(made->nodes);
  return {};
}

void service::make_shards() {
  auto dir = env_->directory;
  const auto& map = dir->map();
  auto options = make_shard_options(settings_.user_status, map.lanes);
  supervisor_args args;
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    if (i % map.lanes == 0)
      logs_.push_back(
        std::make_shared<store_log>(stores_[i]->name(), map.lanes));
    gauges_.push_back(std::make_shared<shard_gauge>());
    links_.push_back(std::make_shared<link_news>());
    args.shards.push_back(
      {.index = i,
       .shard = std::make_shared<status_shard>(i, stores_[i]->name(), options,
                                               boot_clock::now()),
       .store = stores_[i],
       .gauge = gauges_.back(),
       .links = links_.back(),
       .directory = dir,
       .on_refusal = [log = logs_.back(), lane = i % map.lanes](
                       const error* why) { log->on_refusal(lane, why); }});
    env_->shards.push_back({args.shards.back().shard, gauges_.back()});
  }
  std::vector<std::string> names;
  for (auto& x : stores_)
    names.push_back(x->name());
  args.api.calls = std::make_shared<api_calls>(
    std::move(names), options.timeout + backstop, map.lanes);
  args.api.directory = dir;
  args.api.mailbox_length = &env_->api_mailbox;
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

void service::open_stores() {
  auto lanes = env_->directory->map().lanes;
  for (std::size_t i = 0; i < stores_.size(); ++i)
    stores_[i]->open([dir = env_->directory, i, links = links_[i],
                      log = logs_[i / lanes],
                      lane = i % lanes](store_link link) {
      log->on_link(lane, link);
      links->add(std::move(link));
      caf::anon_send(dir->status(i), link_atom_v);
    });
  std::map<std::string, std::shared_ptr<store_log>> logs;
  for (std::size_t i = 0; i < former_stores_.size(); ++i) {
    auto& x = *former_stores_[i];
    auto& log = logs[x.name()];
    if (!log)
      log = std::make_shared<store_log>(x.name(), 1);
    x.open([log](const store_link& link) { log->on_link(0, link); });
  }
}

// -- changes and the end ------------------------------------------------------

result<void> service::reload(const config::settings& settings) {
  auto next = config::reload(settings_, settings);
  auto certificates = server_->read_certificates(next.settings.http_server);
  if (!certificates)
    return certificates.error();
  std::function<void()> renew_grpc;
  if (grpc_) {
    auto read = grpc_->read_certificates(settings.grpc_api.tls);
    if (!read)
      return read.error();
    renew_grpc = std::move(*read);
  }
  // The last that may fail: from here on everything is in force.
  if (auto done = lastseen::reload(*env_, next.settings); !done)
    return done;
  server_->use(std::move(*certificates));
  if (renew_grpc)
    renew_grpc();
  settings_ = std::move(next.settings);
  for (auto key : next.kept)
    log_event(log_level::warn, "changed, but takes a restart",
              {{"key", std::string{key}}});
  return {};
}

stop_report service::stop() {
  const auto& patience = settings_.shutdown.timeout;
  last_resort watch{patience + cut_off};
  stop_report out;
  auto wait = [&out, deadline = std::chrono::steady_clock::now()
                                + patience](auto condition) {
    out.in_time = wait_until(deadline, condition) && out.in_time;
  };
  if (announcer_)
    announcer_->stop();
  server_->stop_accepting();
  if (grpc_)
    grpc_->stop_accepting();
  auto calls = [this] {
    return std::max(env_->calls.load(), grpc_ ? grpc_->calls() : 0);
  };
  wait([&] { return calls() == 0; });
  out.calls_lost = calls();
  grpc_.reset();
  server_->shutdown();
  wait([this] { return env_->clients == 0; });
  wait([this, told = std::vector<status_actor>(stores_.size())]() mutable {
    return drained(told);
  });
  for (auto& x : gauges_)
    out.users_lost += x->pending;
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
  announcer_.reset();
  env_->node.others.reset();
  stores_.clear();
  former_stores_.clear();
  actors_.reset();
  return out;
}

// Asks for the last flush, also the successor of an actor that died; `told` are
// those that were asked. @returns whether all is stored.
bool service::drained(std::vector<status_actor>& told) {
  auto all = true;
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (const auto& x = env_->directory->status(i); x != told[i])
      caf::anon_send(told[i] = x, drain_atom_v);
    all &= gauges_[i]->draining && gauges_[i]->pending == 0;
  }
  return all;
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
