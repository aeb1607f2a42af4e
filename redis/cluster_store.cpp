#include "redis/cluster_store.hpp"

#include "redis/session_store.hpp"

#include <utility>

namespace lastseen::redis {

std::unique_ptr<store> make_cluster_store(boost::asio::io_context& context,
                                          cluster_options options) {
  return std::make_unique<session_store<cluster>>(
    context, std::make_shared<cluster>(context, std::move(options)));
}

} // namespace lastseen::redis
