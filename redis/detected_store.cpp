#include "redis/detected_store.hpp"

#include "redis/cluster_store.hpp"
#include "redis/connection.hpp"
#include "redis/server_error.hpp"
#include "redis/session_store.hpp"
#include "redis/status_commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lastseen::redis {

namespace {

constexpr std::string_view command = "MGET";

bool is_of_a_cluster(std::string_view error) {
  constexpr auto codes = std::to_array<std::string_view>(
    {"CROSSSLOT", "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"});
  return std::ranges::find(codes, code_of(error)) != codes.end();
}

// Asks, then passes everything on.
class detected_session : public std::enable_shared_from_this<detected_session> {
public:
  detected_session(boost::asio::io_context& context, store_options options)
    : context_{context}, options_{std::move(options)} {
    connection_options to;
    to.address = options_.address;
    to.client_name = options_.client_name;
    to.tls = options_.address.tls ? options_.tls : nullptr;
    probe_ = std::make_shared<connection>(context, std::move(to));
  }

  const std::string& name() const noexcept {
    return probe_->name();
  }

  void open(store::link_handler on_link) {
    on_link_ = std::move(on_link);
    // Ends with the probe.
    probe_->open([self = shared_from_this()](store_link x) {
      if (x.up)
        self->ask();
      else
        self->on_link_(std::move(x));
    });
  }

  void write(write_batch batch, store::write_handler done) {
    if (!store_)
      return done(refusal("EVALSHA"));
    store_->write(std::move(batch), std::move(done));
  }

  void read(user_list users, store::read_handler done) {
    if (!store_)
      return done(refusal("MGET"));
    store_->read(std::move(users), std::move(done));
  }

  void exchange_nodes(std::string id, std::string about,
                      node_registry::handler done) {
    if (auto* registry = dynamic_cast<node_registry*>(store_.get()))
      return registry->exchange_nodes(std::move(id), std::move(about),
                                      std::move(done));
    done(refusal("EVAL"));
  }

  void close() {
    probe_->close();
    if (store_)
      store_->close([] {});
  }

private:
  void ask() {
    user_list users;
    users.add("a");
    users.add("b");
    probe_->send(
      command,
      [&](std::string& out) {
        append_read(out, key_prefix(options_.prefix), users);
      },
      [self = shared_from_this()](const result<answer>& x) {
        if (x)
          self->take((*x->text)[0]);
      });
  }

  void take(const reply::node& head) {
    if (head.type != kind::error)
      return become(make_store(context_, options_));
    if (is_of_a_cluster(head.text))
      return become(make_cluster_store(
        context_, {.seeds = {options_.address},
                   .prefix = options_.prefix,
                   .client_name = options_.client_name,
                   .tls = options_.tls,
                   .keep = options_.keep,
                   .wait_replicas = options_.wait_replicas}));
    // What lasts is for the store to tell.
    if (meaning(head.text) == ec::not_ready && code_of(head.text) != "NOPERM")
      return probe_->drop(command, head.text);
    become(make_store(context_, options_));
  }

  void become(std::unique_ptr<store> x) {
    store_ = std::move(x);
    store_->open(std::exchange(on_link_, nullptr));
    probe_->close();
  }

  error refusal(std::string_view of) const {
    if (auto refused = probe_->refusal(of))
      return *refused;
    return probe_->failure(ec::unavailable, of, "not connected yet");
  }

  boost::asio::io_context& context_;
  store_options options_;
  std::shared_ptr<connection> probe_;
  store::link_handler on_link_;
  std::unique_ptr<store> store_;
};

} // namespace

std::unique_ptr<store> make_detected_store(boost::asio::io_context& context,
                                           store_options options) {
  return std::make_unique<session_store<detected_session>>(
    context, std::make_shared<detected_session>(context, std::move(options)));
}

} // namespace lastseen::redis
