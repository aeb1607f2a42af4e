#include "redis/status_store.hpp"

#include "redis/command.hpp"
#include "redis/connection.hpp"
#include "redis/node_commands.hpp"
#include "redis/scripts/merge.hpp"
#include "redis/sentinels.hpp"
#include "redis/server_error.hpp"
#include "redis/session_store.hpp"
#include "redis/status_commands.hpp"
#include "redis/wait_replicas.hpp"
#include "status/node_registry.hpp"

#include <algorithm>
#include <utility>

namespace lastseen::redis {

namespace asio = boost::asio;

namespace {

// On the context's thread.
struct session : std::enable_shared_from_this<session> {
  session(asio::io_context& context, const store_options& options)
    : keys{key_prefix(options.prefix)},
      keep{options.keep},
      replicas{options.wait_replicas} {
    connection_options to;
    to.address = options.address;
    to.client_name = options.client_name;
    to.script = merge_script;
    to.tls = options.address.tls ? options.tls : nullptr;
    if (!options.address.sentinels.empty()) {
      where = std::make_shared<sentinels>(context, options.address,
                                          options.sentinel_client_name,
                                          options.sentinel_tls);
      to.peer = peer::master;
      to.where = where;
    }
    link = std::make_shared<connection>(context, std::move(to));
  }

  const std::string& name() const noexcept {
    return link->name();
  }

  void open(store::link_handler on_link) {
    link->open(std::move(on_link));
    if (where)
      where->watch([x = std::weak_ptr{link}](const config::redis_address& to) {
        if (auto master = x.lock())
          master->move(to);
      });
  }

  void close() {
    link->close();
    if (where)
      where->close();
  }

  void write(write_batch batch, store::write_handler done, bool again = true) {
    auto encode = [&](std::string& out) {
      append_write(out, link->script_sha(), keys, keep, *batch);
    };
    link->send("EVALSHA", encode,
               [self = shared_from_this(), batch, done = std::move(done),
                again](result<answer> x) mutable {
                 if (again && x && is_no_script(*x->text)) {
                   self->load();
                   return self->write(batch, std::move(done), false);
                 }
                 auto report = self->written(x);
                 if (!report || !self->wants_copies(*batch))
                   return done(std::move(report));
                 self->copy(std::move(*report), std::move(done));
               });
  }

  bool wants_copies(const std::vector<status_write>& batch) const {
    return replicas != 0 && std::ranges::any_of(batch, &status_write::awaited);
  }

  void copy(write_report report, store::write_handler done) {
    wait_replicas(link, replicas,
                  [report = std::move(report),
                   done = std::move(done)](copies x, error why) mutable {
                    if (x == copies::unknown)
                      return done(std::move(why));
                    if (x == copies::missing)
                      report.unconfirmed = std::move(why);
                    done(std::move(report));
                  });
  }

  void read(const user_list& users, store::read_handler done) {
    if (users.empty()) {
      if (auto refused = link->refusal("MGET"))
        return done(std::move(*refused));
      return done(read_report{});
    }
    auto encode = [&](std::string& out) { append_read(out, keys, users); };
    link->send("MGET", encode,
               [self = shared_from_this(), size = users.size(),
                done = std::move(done)](result<answer> x) {
                 done(self->checked(
                   "MGET", x, [&] { return parse_read(*x->text, size); }));
               });
  }

  void exchange_nodes(std::string_view id, std::string_view about,
                      node_registry::handler done) {
    auto encode = [&](std::string& out) {
      append_exchange(out, nodes_key(keys), id, about);
    };
    link->send("EVAL", encode,
               [self = shared_from_this(),
                done = std::move(done)](const result<answer>& x) {
                 done(self->checked("EVAL", x,
                                    [&] { return parse_exchange(*x->text); }));
               });
  }

  result<write_report> written(const result<answer>& x) {
    auto report = checked("EVALSHA", x, [&] { return parse_write(*x->text); });
    if (report) {
      report->clock.sent = x->sent;
      report->clock.received = x->received;
    }
    return report;
  }

  static bool is_no_script(const reply& text) {
    return text[0].type == kind::error && text[0].text.starts_with("NOSCRIPT");
  }

  // Should it fail, the EVALSHA behind it fails again and tells.
  void load() {
    link->send(
      "SCRIPT LOAD",
      [](std::string& out) {
        append_command(out, {"SCRIPT", "LOAD", merge_script});
      },
      [](const result<answer>&) {});
  }

  template <class Parse>
  auto checked(std::string_view command, const result<answer>& x, Parse parse)
    -> result<typename decltype(parse())::value_type> {
    if (!x)
      return x.error();
    if (auto head = (*x->text)[0]; head.type == kind::error) {
      auto failed = link->failure(meaning(head.text), command, head.text);
      // It was the master once.
      if (where && code_of(head.text) == "READONLY")
        link->drop(command, head.text);
      return failed;
    }
    if (auto report = parse())
      return std::move(*report);
    link->drop(command, "unexpected reply");
    return link->failure(ec::unavailable, command, "unexpected reply");
  }

  std::shared_ptr<sentinels> where; // null: the address is fixed
  std::shared_ptr<connection> link;
  std::string keys;
  retention keep;
  std::uint32_t replicas;
};

} // namespace

std::unique_ptr<store> make_store(asio::io_context& context,
                                  store_options options) {
  return std::make_unique<session_store<session>>(
    context, std::make_shared<session>(context, options));
}

} // namespace lastseen::redis
