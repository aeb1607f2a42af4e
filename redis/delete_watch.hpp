#pragma once

#include "redis/moving_calls.hpp"
#include "status/store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace lastseen::redis {

/// Carries over the deletes of nodes with the previous list, also of users that
/// nobody reads or writes after: it reads every user that this node wrote,
/// three times per `delete_guard`, some at a time. Nodes with the previous list
/// are gone within `delete_guard` (docs/redis.md), so that it ends and forgets
/// the users after twice that time.
///
/// All functions may be called from any thread.
class delete_watch : public std::enable_shared_from_this<delete_watch> {
public:
  /// Users beyond these are not watched.
  static constexpr std::size_t max_users = 1'000'000;
  /// Users that are read at a time.
  static constexpr std::size_t portion = 1000;

  /// Reads users, which carries their deletes over.
  using reader = std::function<void(user_list, store::read_handler)>;

  /// Holds `busy` until its end. REQUIRES: one thread runs `context`.
  delete_watch(boost::asio::io_context& context,
               std::chrono::milliseconds delete_guard, reader read,
               running busy);

  void start();

  /// This node writes these moved users.
  void add(const user_list& users);

  /// Ends it now, after the read under way.
  void stop();

private:
  void wait();
  void look();
  void read_next();
  void end();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds interval_;
  reader read_;
  running busy_;
  unsigned looks_left_ = 6;
  std::vector<user_list> portions_;
  std::mutex mutex_; // guards what follows
  std::unordered_set<std::string> users_;
  bool ended_ = false;
};

} // namespace lastseen::redis
