#pragma once

#include "net/environment.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace lastseen {

/// Tells the other nodes of this one every ten seconds, so that their `info`
/// knows it. Functions are called on any thread; `env` outlives the threads.
class node_announcer : public std::enable_shared_from_this<node_announcer> {
public:
  static constexpr std::chrono::seconds interval{10};

  node_announcer(boost::asio::io_context& context, const environment& env);

  /// REQUIRES: `env.node.others` is set. Call once.
  void start();

  /// Does nothing more.
  void stop();

private:
  void announce();

  boost::asio::io_context& context_;
  const environment& env_;
  boost::asio::steady_timer timer_;
  bool stopped_ = false; // on the context's thread
};

} // namespace lastseen
