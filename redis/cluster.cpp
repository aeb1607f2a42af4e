#include "redis/cluster.hpp"

#include "redis/command.hpp"
#include "redis/scripts/merge.hpp"
#include "redis/server_error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lastseen::redis {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// A node that has been away or refused for so long is not waited for.
constexpr milliseconds grace{1'000};
constexpr unsigned max_tries = 64;
// Redirects that are followed at once; then they wait like anything else.
constexpr unsigned max_hops = 4;
constexpr milliseconds first_wait{5};
constexpr milliseconds last_wait{50};

bool passes(std::string_view reply) {
  constexpr auto codes = std::to_array<std::string_view>(
    {"TRYAGAIN", "CLUSTERDOWN", "LOADING", "READONLY", "MASTERDOWN"});
  auto code = reply.substr(0, reply.find(' '));
  return std::ranges::find(codes, code) != codes.end();
}

} // namespace

cluster::cluster(boost::asio::io_context& context, cluster_options options)
  : name_{"redis cluster " + config::to_string(options.seeds[0])},
    keys_{key_prefix(options.prefix), options.keep},
    replicas_{options.wait_replicas},
    patience_{options.seeds[0].io_timeout / 2},
    nodes_{std::make_shared<cluster_nodes>(context, std::move(options.seeds),
                                           std::move(options.client_name),
                                           std::move(options.tls))},
    retry_timer_{context},
    deadline_timer_{context} {}

void cluster::open(store::link_handler on_link) {
  nodes_->open(std::move(on_link));
}

void cluster::write(write_batch batch, store::write_handler done) {
  if (auto refused = nodes_->refusal("EVALSHA"))
    return done(std::move(*refused));
  if (batch->empty())
    return nodes_->look_at_clocks(
      [self = shared_from_this(), done = std::move(done)] {
        if (auto refused = self->nodes_->refusal("TIME"))
          return done(std::move(*refused));
        write_report report;
        report.clock = self->nodes_->clock(boot_clock::now());
        done(std::move(report));
      });
  start(make_cluster_write(keys_, std::move(batch), std::move(done),
                           boot_clock::now() + patience_));
}

void cluster::read(user_list users, store::read_handler done) {
  if (auto refused = nodes_->refusal("GET"))
    return done(std::move(*refused));
  if (users.empty())
    return done(read_report{});
  start(make_cluster_read(keys_, std::move(users), std::move(done),
                          boot_clock::now() + patience_));
}

void cluster::exchange_nodes(std::string id, std::string about,
                             node_registry::handler done) {
  if (auto refused = nodes_->refusal("EVAL"))
    return done(std::move(*refused));
  start(make_cluster_exchange(keys_, std::move(id), std::move(about),
                              std::move(done), boot_clock::now() + patience_));
}

void cluster::close() {
  nodes_->close();
  retry_timer_.cancel();
  deadline_timer_.cancel();
  for (auto& x : std::exchange(postponed_, {}))
    if (x.call->open(x.part))
      fail(x.call, x.part, {});
  calls_.clear();
}

// -- parts -------------------------------------------------------------------

void cluster::start(const call_ptr& call) {
  calls_.push_back(call);
  if (!std::exchange(expiring_, true))
    expire();
  for (std::size_t i = 0; i < call->size(); ++i)
    send(call, i);
}

void cluster::send(const call_ptr& call, std::size_t part) {
  auto slot = call->slot(part);
  if (auto* node = nodes_->master_of(slot))
    return send(call, part, *node, false);
  error why{ec::not_ready, name_ + ": " + std::string{call->command()}
                             + ": no node serves slot " + std::to_string(slot)};
  auto since = nodes_->incomplete_since();
  if (since && boot_clock::now() - *since > grace)
    return fail(call, part, std::move(why));
  nodes_->refresh_soon();
  put_off(call, part, std::move(why));
}

void cluster::send(const call_ptr& call, std::size_t part, cluster_node& to,
                   bool ask) {
  auto now = boot_clock::now();
  if (!to.up) {
    if (to.ailing_since && now - *to.ailing_since > grace)
      return fail(call, part, to.cause);
    return put_off(call, part, to.cause);
  }
  if (to.silent(patience_ / 2, now))
    return fail(call, part, overdue(*call, part));
  if (ask)
    to.link->send(
      "ASKING", [](std::string& out) { append_command(out, {"ASKING"}); },
      [](const result<answer>&) {});
  to.link->send(
    call->command(),
    [&](std::string& out) { call->encode(out, to.link->script_sha(), part); },
    [self = shared_from_this(), call, part,
     from = &to](const result<answer>& x) {
      if (call->open(part)) // it may have run out of time
        self->take(call, part, *from, x);
    });
}

void cluster::take(const call_ptr& call, std::size_t part, cluster_node& from,
                   const result<answer>& x) {
  if (!x) {
    if (nodes_->closed())
      return fail(call, part, x.error());
    return put_off(call, part, x.error());
  }
  auto& text = *x->text;
  if (call->take(text, part)) {
    from.ailing_since.reset();
    if (auto server = call->server_time(); server != 0)
      nodes_->learn(from, {server, x->sent, x->received});
    if (replicas_ != 0 && call->awaited(part))
      call->want_copies(part, from.link);
    return finish(call);
  }
  if (text[0].type == kind::error)
    return take_error(call, part, from, text[0].text);
  auto why =
    from.link->failure(ec::unavailable, call->command(), "unexpected reply");
  fail(call, part, std::move(why));
  from.link->drop(call->command(), "unexpected reply");
}

void cluster::take_error(const call_ptr& call, std::size_t part,
                         cluster_node& from, std::string_view text) {
  auto why = from.link->failure(meaning(text), call->command(), text);
  if (auto to = parse_redirect(text, from.host()))
    return follow(call, part, *to, std::move(why));
  if (text.starts_with("NOSCRIPT")) {
    if (call->next_try(part) > max_hops)
      return put_off(call, part, std::move(why));
    load_script(from);
    return send(call, part, from, false);
  }
  if (!passes(text))
    return fail(call, part, std::move(why));
  if (!text.starts_with("TRYAGAIN")) {
    auto now = boot_clock::now();
    if (!from.ailing_since)
      from.ailing_since = now;
    nodes_->refresh_soon();
    if (now - *from.ailing_since > grace)
      return fail(call, part, std::move(why));
  }
  put_off(call, part, std::move(why));
}

void cluster::follow(const call_ptr& call, std::size_t part, const redirect& x,
                     error why) {
  auto& to = nodes_->at(x.to);
  if (!x.ask)
    nodes_->moved(x.slot, to);
  why.code = ec::not_ready;
  if (!to.up || call->next_try(part) > max_hops)
    return put_off(call, part, std::move(why));
  send(call, part, to, x.ask);
}

// Should it fail, the EVALSHA behind it fails again and tells.
void cluster::load_script(cluster_node& node) {
  node.link->send(
    "SCRIPT LOAD",
    [](std::string& out) {
      append_command(out, {"SCRIPT", "LOAD", merge_script});
    },
    [](const result<answer>&) {});
}

void cluster::put_off(const call_ptr& call, std::size_t part, error why) {
  auto tries = call->next_try(part);
  auto now = boot_clock::now();
  if (tries > max_tries || now >= call->deadline())
    return fail(call, part, std::move(why));
  call->put_off(std::move(why));
  auto wait = std::min(last_wait, first_wait * (1U << std::min(tries - 1, 4U)));
  postponed_.push_back({now + wait, call, part});
  if (!std::exchange(retrying_, true))
    retry();
}

void cluster::fail(const call_ptr& call, std::size_t part, error why) {
  call->fail(part, std::move(why));
  finish(call);
}

void cluster::finish(const call_ptr& call) {
  if (!call->done())
    return;
  while (!calls_.empty() && calls_.front()->done())
    calls_.pop_front();
  if (auto written = call->take_written(); !written.empty())
    return copy(call, std::move(written));
  respond(call);
}

// A part whose node cannot be asked is not served: it is written again, to
// whichever node is the master then.
void cluster::copy(const call_ptr& call,
                   std::vector<cluster_call::written> written) {
  auto missing = std::make_shared<std::size_t>(written.size());
  for (auto& x : written)
    wait_replicas(x.link, replicas_,
                  [self = shared_from_this(), call, missing,
                   parts = std::move(x.parts)](copies made, error why) {
                    call->copied(parts, made, std::move(why));
                    if (--*missing == 0)
                      self->respond(call);
                  });
}

void cluster::respond(const call_ptr& call) {
  if (auto refused = nodes_->refusal(call->command());
      refused && nodes_->closed())
    return call->answer(std::move(*refused));
  call->answer(nodes_->clock(boot_clock::now()));
}

// -- time --------------------------------------------------------------------

// Tries again what is due, and comes back for the rest.
void cluster::retry() {
  auto now = boot_clock::now();
  auto due =
    std::stable_partition(postponed_.begin(), postponed_.end(),
                          [&](const postponed& x) { return x.due > now; });
  std::vector<postponed> ready{std::make_move_iterator(due),
                               std::make_move_iterator(postponed_.end())};
  postponed_.erase(due, postponed_.end());
  for (auto& x : ready)
    if (x.call->open(x.part)) {
      if (nodes_->closed())
        fail(x.call, x.part, {});
      else
        send(x.call, x.part);
    }
  retrying_ = !postponed_.empty() && !nodes_->closed();
  if (!retrying_)
    return;
  retry_timer_.expires_after(first_wait);
  retry_timer_.async_wait(
    [self = shared_from_this()](const boost::system::error_code& failed) {
      if (!failed)
        self->retry();
    });
}

// Fails what has run out of time, and comes back for the next.
void cluster::expire() {
  auto now = boot_clock::now();
  while (!calls_.empty()
         && (calls_.front()->done() || calls_.front()->deadline() <= now)) {
    auto call = std::move(calls_.front());
    calls_.pop_front();
    for (std::size_t i = 0; i < call->size() && !call->done(); ++i)
      if (call->open(i))
        fail(call, i, overdue(*call, i));
  }
  expiring_ = !calls_.empty() && !nodes_->closed();
  if (!expiring_)
    return;
  deadline_timer_.expires_at(std::chrono::steady_clock::now()
                             + (calls_.front()->deadline() - now));
  deadline_timer_.async_wait(
    [self = shared_from_this()](const boost::system::error_code& failed) {
      if (!failed)
        self->expire();
    });
}

error cluster::overdue(const cluster_call& call, std::size_t part) const {
  auto* node = nodes_->master_of(call.slot(part));
  if (node != nullptr && node->up && node->link->waiting_since())
    return node->link->failure(ec::unavailable, call.command(),
                               "no answer within "
                                 + std::to_string(patience_.count()) + "ms");
  if (!call.last_cause().what.empty())
    return call.last_cause();
  return {ec::unavailable,
          name_ + ": " + std::string{call.command()} + ": not served in time"};
}

} // namespace lastseen::redis
