#include "net/node_announcer.hpp"

#include "net/log.hpp"

#include <boost/asio/post.hpp>

namespace lastseen {

node_announcer::node_announcer(boost::asio::io_context& context,
                               const environment& env)
  : context_(context), env_(env), timer_(context) {}

void node_announcer::start() {
  boost::asio::post(context_,
                    [self = shared_from_this()] { self->announce(); });
}

void node_announcer::stop() {
  boost::asio::post(context_, [self = shared_from_this()] {
    self->stopped_ = true;
    self->timer_.cancel();
  });
}

// What fails now is told again in ten seconds; the links to stores say why.
void node_announcer::announce() {
  if (stopped_)
    return;
  list_nodes(env_, [](const result<std::vector<std::string>>& all) {
    if (!all)
      log_event(log_level::debug, "cannot tell of this node",
                {{"why", all.error().what}});
  });
  timer_.expires_after(interval);
  timer_.async_wait(
    [self = shared_from_this()](const boost::system::error_code& ended) {
      if (!ended)
        self->announce();
    });
}

} // namespace lastseen
