#pragma once

#include "redis/connection.hpp"
#include "redis/locator.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastseen::redis {

/// Where a master is, or is about to be.
struct new_master {
  std::string host;
  std::uint16_t port;
};

/// What a message on `+switch-master` says: `<name> <old host> <old port> <new
/// host> <new port>`; nothing when it is of another master or makes no sense.
std::optional<new_master> parse_switch(std::string_view message,
                                       std::string_view master_name);

/// What a message on `+failover-state-wait-promotion` says: `slave <name>
/// <host> <port> @ <master> <old host> <old port>`; nothing likewise.
std::optional<new_master> parse_promotion(std::string_view message,
                                          std::string_view master_name);

/// The sentinels of one master (https://redis.io/docs/reference/
/// sentinel-clients/). They are asked one after the other where it is, the one
/// that answered last first, each by a connection for that question. All of
/// them are also subscribed to, for ever: one that is alone on its side of a
/// split network hears of a failover too late. The one that leads a failover
/// says whom it promotes, up to a second before any of them has seen that it
/// is done; for the next 3 s that one is the answer.
///
/// All functions and handlers run on the one thread that runs `context`.
class sentinels : public locator,
                  public std::enable_shared_from_this<sentinels> {
public:
  using moved_handler = std::function<void(const config::redis_address& to)>;

  /// `master` names the sentinels, and how to enter the master; `tls` is
  /// for those sentinels that want it.
  sentinels(boost::asio::io_context& context, config::redis_address master,
            std::string client_name, std::shared_ptr<redis::tls> tls);

  const std::string& target() const noexcept override {
    return master_.master_name;
  }

  void locate(bool again, handler done) override;

  /// Subscribes; `on_moved` is told of each promotion that begins, and of each
  /// failover by each sentinel. The next `locate` answers what was told. Call
  /// once.
  void watch(moved_handler on_moved);

  /// Ends for good; an open `locate` is not answered.
  void close();

private:
  std::shared_ptr<connection> connect(const config::redis_address& address,
                                      connection::push_handler on_push = {});
  void ask(std::size_t i);
  void query(std::size_t i);
  void asked(std::size_t i, std::string why);
  void found(std::size_t i, const reply& answer);
  void finish(result<config::redis_address> answer);
  void subscribe(const std::shared_ptr<connection>& to);
  std::optional<config::redis_address> promoted();
  void told(const reply& message);
  void keep_alive();
  config::redis_address at(std::string host, std::uint16_t port) const;

  boost::asio::io_context& context_;
  config::redis_address master_;
  std::string client_name_;
  std::shared_ptr<redis::tls> tls_;

  // Asking: one at a time. Callbacks of an earlier question see another number.
  std::vector<config::redis_address> order_;
  std::shared_ptr<connection> asking_;
  std::uint64_t question_ = 0;
  std::string failures_;
  handler done_;
  std::optional<config::redis_address> told_; // not yet answered
  std::optional<config::redis_address> last_; // the last answer
  std::optional<config::redis_address> promoted_;
  local_time promoted_at_;

  // Watching.
  std::vector<std::shared_ptr<connection>> watched_;
  moved_handler on_moved_;
  boost::asio::steady_timer timer_;
};

} // namespace lastseen::redis
