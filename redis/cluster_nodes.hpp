#pragma once

#include "redis/cluster_slots.hpp"
#include "redis/cluster_topology.hpp"
#include "redis/connection.hpp"
#include "status/clock_estimate.hpp"
#include "status/store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::redis {

/// A server of a Cluster and the connection to it.
struct cluster_node {
  endpoint where;
  std::shared_ptr<connection> link;
  bool up = false;
  /// Whether it serves slots, as far as is known.
  bool master = false;
  /// Whether the owner of the nodes was told of its clock.
  bool announced = false;
  clock_estimate clock;
  /// When its clock was looked at last.
  local_time learnt;
  /// Since when it has no connection or refuses to serve.
  std::optional<local_time> ailing_since;
  /// When another node last sent a command here.
  local_time named;
  /// Why the connection ended.
  error cause;

  /// The host it answered at, for when it does not say its own.
  std::string_view host() const noexcept;

  /// Whether a command has waited for its answer for that long.
  bool silent(std::chrono::milliseconds patience, local_time now) const {
    auto since = link->waiting_since();
    return since && now - *since > patience;
  }
};

/// The nodes of a Cluster: which master serves which slot, one connection to
/// each, and what their clocks show.
///
/// The slot map comes from any node that answers, at first from a seed. It is
/// asked for anew every 10 s, and at most every 100 ms after a `MOVED`, a lost
/// connection, or while a master is away or silent (every 500 ms where that
/// lasts). A
/// node that serves no slot any more is closed, unless commands were sent there
/// by others within 5 s. While no node answers, all known ones are tried,
/// seeds and replicas included.
///
/// On the thread of `context`; handlers may call any function.
class cluster_nodes : public std::enable_shared_from_this<cluster_nodes> {
public:
  /// All nodes share the user, password, TLS and timeouts of the first seed;
  /// `tls` is needed where a seed's `tls` is set.
  /// REQUIRES: at least one seed.
  cluster_nodes(boost::asio::io_context& context,
                std::vector<config::redis_address> seeds,
                std::string client_name, std::shared_ptr<redis::tls> tls);

  /// Starts connecting. `on_link` is told `up` when there is a slot map and
  /// a master, again whenever another master's clock counts, and not `up`
  /// when none can be reached. Call once.
  void open(store::link_handler on_link);

  /// Ends all connections; what is under way fails with `ec::stopped`.
  void close();

  bool closed() const noexcept {
    return closed_;
  }

  /// Why no command could be sent to any node; nothing when one could.
  std::optional<error> refusal(std::string_view command) const;

  /// The master of a slot; null when none is known. Valid until the call from
  /// the event loop returns.
  cluster_node* master_of(std::uint16_t slot) const noexcept {
    return slots_[slot];
  }

  /// Since when there have been slots without a master.
  std::optional<local_time> incomplete_since() const noexcept {
    return incomplete_since_;
  }

  /// The masters.
  std::vector<cluster_node*> masters() const;

  /// The node that a redirect names; connects to it if it is new.
  cluster_node& at(const endpoint& where);

  /// A node said that this one serves the slot.
  void moved(std::uint16_t slot, cluster_node& to);

  /// Asks for the slot map as soon as the bound above allows.
  void refresh_soon();

  /// Takes a look at a node's clock.
  void learn(cluster_node& node, const clock_sample& sample);

  /// Asks all masters for the time, then calls `done`.
  void look_at_clocks(std::function<void()> done);

  /// What is certain of the clocks of all masters at once: a sample whose lower
  /// bound is ahead of none of them, its upper bound behind none.
  clock_sample clock(local_time now) const;

private:
  cluster_node& add(const endpoint& where, config::redis_address address);
  cluster_node& add(const endpoint& where);
  void on_link(cluster_node& node, const store_link& x);
  void announce();
  void explore();
  void tick();
  void arm(std::chrono::milliseconds wait);
  std::chrono::milliseconds gap(local_time now) const;
  bool troubled(local_time now) const;
  void refresh();
  void take(cluster_node& asked, const result<answer>& x);
  void adopt(const std::vector<slot_range>& ranges);
  void close_strangers();

  boost::asio::io_context& context_;
  std::vector<config::redis_address> seeds_;
  std::string client_name_;
  std::shared_ptr<redis::tls> tls_;
  std::shared_ptr<store::link_handler> on_link_;
  std::map<endpoint, std::unique_ptr<cluster_node>> nodes_;
  std::array<cluster_node*, slot_count> slots_{};
  std::vector<endpoint> known_; // all of the last map, replicas included
  bool mapped_ = false;
  bool up_ = false;
  bool closed_ = false;
  error cause_;
  std::optional<local_time> incomplete_since_;
  boost::asio::steady_timer timer_;
  bool wanted_ = false;
  bool asking_ = false;
  std::uint64_t question_ = 0; // a late answer to an earlier one is ignored
  std::size_t turn_ = 0;
  local_time asked_at_;
  local_time looked_at_;
  std::optional<local_time> troubled_since_;
};

} // namespace lastseen::redis
