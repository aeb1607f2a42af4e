#pragma once

#include "redis/cluster_call.hpp"
#include "redis/cluster_nodes.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::redis {

struct cluster_options {
  /// Servers that tell of the others; at least one. These are entered with the
  /// user, the password, TLS and the timeouts of the first.
  std::vector<config::redis_address> seeds;
  /// Keys are `<prefix>.user_status.<user>`.
  std::string prefix = "lastseen";
  /// Shown by CLIENT LIST; empty: none.
  std::string client_name;
  /// How to encrypt; needed where a seed's `tls` is set.
  std::shared_ptr<redis::tls> tls;
  retention keep;
  /// An update that is waited for must be on so many replicas.
  std::uint32_t wait_replicas = 0;
};

/// Batches and reads on a Redis Cluster. The commands of a call are pipelined
/// per node, so that it takes one round trip to each. A command that
///
/// - is sent elsewhere (`MOVED`; `ASK`, then after `ASKING`) follows;
/// - meets a node without the script (`NOSCRIPT`) loads it;
/// - meets a slot on its way (`TRYAGAIN`), a node that does not serve now
///   (`CLUSTERDOWN`, `LOADING`, `READONLY`, `MASTERDOWN`) or none at all is
///   tried again after 5 to 50 ms, for as long as that has lasted for less than
///   a second.
///
/// What is not done within half of `io_timeout`, or 64 tries, fails: such
/// users are in the report's `failed`. A node that has owed an answer for half
/// of that is not asked; the users of the other nodes do not wait for it.
///
/// On the thread of `context`; handlers may call any function.
class cluster : public std::enable_shared_from_this<cluster> {
public:
  cluster(boost::asio::io_context& context, cluster_options options);

  /// `redis cluster 127.0.0.1:7000`: the first seed.
  const std::string& name() const noexcept {
    return name_;
  }

  /// As those of `store`.
  void open(store::link_handler on_link);
  void write(write_batch batch, store::write_handler done);
  void read(user_list users, store::read_handler done);
  /// As that of `node_registry`.
  void exchange_nodes(std::string id, std::string about,
                      node_registry::handler done);

  /// Fails what is under way (`ec::stopped`) and ends all connections.
  void close();

private:
  using call_ptr = std::shared_ptr<cluster_call>;

  struct postponed {
    local_time due;
    call_ptr call;
    std::size_t part;
  };

  void start(const call_ptr& call);
  void send(const call_ptr& call, std::size_t part);
  void send(const call_ptr& call, std::size_t part, cluster_node& to, bool ask);
  void take(const call_ptr& call, std::size_t part, cluster_node& from,
            const result<answer>& x);
  void take_error(const call_ptr& call, std::size_t part, cluster_node& from,
                  std::string_view text);
  void follow(const call_ptr& call, std::size_t part, const redirect& x,
              error why);
  void load_script(cluster_node& node);
  void put_off(const call_ptr& call, std::size_t part, error why);
  void fail(const call_ptr& call, std::size_t part, error why);
  void finish(const call_ptr& call);
  void copy(const call_ptr& call, std::vector<cluster_call::written> written);
  void respond(const call_ptr& call);
  void retry();
  void expire();
  error overdue(const cluster_call& call, std::size_t part) const;

  std::string name_;
  cluster_keys keys_;
  std::uint32_t replicas_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<cluster_nodes> nodes_;
  std::vector<postponed> postponed_;
  boost::asio::steady_timer retry_timer_;
  bool retrying_ = false;
  std::deque<call_ptr> calls_; // oldest first, some of them done
  boost::asio::steady_timer deadline_timer_;
  bool expiring_ = false;
};

} // namespace lastseen::redis
