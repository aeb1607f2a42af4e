#include "redis/cluster_nodes.hpp"

#include "redis/command.hpp"
#include "redis/scripts/merge.hpp"
#include "redis/status_commands.hpp"

#include <algorithm>
#include <utility>

namespace lastseen::redis {

namespace {

endpoint place_of(const config::redis_address& x) {
  return x.unix_path.empty() ? endpoint{x.host, x.port}
                             : endpoint{x.unix_path, 0};
}

} // namespace

std::string_view cluster_node::host() const noexcept {
  return where.port == 0 ? "127.0.0.1" : std::string_view{where.host};
}

cluster_nodes::cluster_nodes(boost::asio::io_context& context,
                             std::vector<config::redis_address> seeds,
                             std::string client_name,
                             std::shared_ptr<redis::tls> tls)
  : context_{context},
    seeds_{std::move(seeds)},
    client_name_{std::move(client_name)},
    tls_{std::move(tls)},
    timer_{context} {}

void cluster_nodes::open(store::link_handler on_link) {
  on_link_ = std::make_shared<store::link_handler>(std::move(on_link));
  looked_at_ = boot_clock::now();
  explore();
  arm(gap(boot_clock::now()));
}

void cluster_nodes::close() {
  closed_ = true;
  on_link_ = nullptr;
  timer_.cancel();
  slots_.fill(nullptr);
  for (auto& [where, node] : nodes_)
    node->link->close();
}

std::optional<error> cluster_nodes::refusal(std::string_view command) const {
  if (up_ && !closed_)
    return std::nullopt;
  auto what = "redis cluster " + config::to_string(seeds_[0]) + ": "
              + std::string{command} + ": ";
  if (closed_)
    return error{ec::stopped, what + "the service is stopping"};
  return error{ec::unavailable,
               what + "not connected: "
                 + (cause_.what.empty() ? "not open" : cause_.what)};
}

// -- nodes -------------------------------------------------------------------

cluster_node& cluster_nodes::add(const endpoint& where,
                                 config::redis_address address) {
  auto& owner = nodes_[where];
  if (owner)
    return *owner;
  owner = std::make_unique<cluster_node>();
  auto* node = owner.get();
  node->where = where;
  node->ailing_since = boot_clock::now();
  connection_options options;
  options.address = std::move(address);
  options.client_name = client_name_;
  options.script = merge_script;
  options.tls = options.address.tls ? tls_ : nullptr;
  node->link = std::make_shared<connection>(context_, std::move(options));
  node->cause = node->link->failure(ec::unavailable, "", "not connected yet");
  // Ends with the connection, which is closed before the node goes.
  node->link->open([self = shared_from_this(), node](const store_link& x) {
    self->on_link(*node, x);
  });
  return *node;
}

cluster_node& cluster_nodes::add(const endpoint& where) {
  auto address = seeds_[0];
  address.host = where.host;
  address.port = where.port;
  address.unix_path.clear();
  return add(where, std::move(address));
}

cluster_node& cluster_nodes::at(const endpoint& where) {
  auto& node = add(where);
  node.named = boot_clock::now();
  return node;
}

void cluster_nodes::explore() {
  for (auto& seed : seeds_)
    add(place_of(seed), seed);
  for (auto& where : known_)
    add(where);
}

void cluster_nodes::on_link(cluster_node& node, const store_link& x) {
  node.up = x.up;
  if (x.up) {
    node.ailing_since.reset();
    node.clock.reset();
    node.announced = false;
    node.clock.add(x.clock);
    if (!mapped_)
      refresh_soon();
  } else {
    if (!node.ailing_since)
      node.ailing_since = boot_clock::now();
    node.cause = cause_ = x.cause;
    refresh_soon();
  }
  announce();
}

void cluster_nodes::announce() {
  auto is_up = [](const cluster_node* x) { return x->up; };
  auto all = masters();
  auto up = mapped_ && std::ranges::any_of(all, is_up);
  auto fresh = up && !up_;
  for (auto* node : all)
    if (up && node->clock.known() && !std::exchange(node->announced, true))
      fresh = true;
  up_ = up;
  auto notify = on_link_;
  if (!notify)
    return;
  if (fresh)
    (*notify)({true, clock(boot_clock::now()), {}});
  else if (!up && !cause_.what.empty())
    (*notify)({false, {}, cause_});
}

std::vector<cluster_node*> cluster_nodes::masters() const {
  std::vector<cluster_node*> all;
  for (auto& [where, node] : nodes_)
    if (node->master)
      all.push_back(node.get());
  return all;
}

void cluster_nodes::moved(std::uint16_t slot, cluster_node& to) {
  slots_[slot] = &to;
  to.master = true;
  refresh_soon();
  if (to.clock.known() && !to.announced)
    announce();
}

// -- clocks ------------------------------------------------------------------

void cluster_nodes::learn(cluster_node& node, const clock_sample& sample) {
  // Of what came in one portion the first reply tells the most.
  if (sample.received == std::exchange(node.learnt, sample.received)
      || node.clock.add(sample))
    return;
  node.announced = false;
  announce();
}

clock_sample cluster_nodes::clock(local_time now) const {
  std::optional<clock_sample> all;
  for (auto& [where, node] : nodes_) {
    if (!node->master || !node->clock.known())
      continue;
    auto one = node->clock.summary(now);
    if (!all) {
      all = one;
      continue;
    }
    // Both as bounds of a clock minus the local one.
    auto latest = std::max(all->server - all->sent.time_since_epoch().count(),
                           one.server - one.sent.time_since_epoch().count());
    all->server = std::min(all->server, one.server);
    all->sent = local_time{boot_clock::duration{all->server - latest}};
  }
  return all.value_or(clock_sample{});
}

void cluster_nodes::look_at_clocks(std::function<void()> done) {
  looked_at_ = boot_clock::now();
  // Called when the last question is answered and lets go of it.
  std::shared_ptr<void> last{nullptr,
                             [done = std::move(done)](void*) { done(); }};
  for (auto* node : masters())
    if (node->up)
      node->link->send(
        "TIME", [](std::string& out) { append_command(out, {"TIME"}); },
        [self = shared_from_this(), node, last](const result<answer>& x) {
          if (!x || self->closed_)
            return;
          if (auto server = parse_time(*x->text))
            self->learn(*node, {*server, x->sent, x->received});
        });
}

} // namespace lastseen::redis
