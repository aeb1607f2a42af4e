#include "redis/wait_replicas.hpp"

#include "redis/command.hpp"
#include "redis/server_error.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace lastseen::redis {

using std::chrono::milliseconds;

namespace {

constexpr std::string_view command = "WAIT";
constexpr milliseconds patience{500};
constexpr milliseconds first_turn{5};
constexpr milliseconds longest_turn{50};

// What those say who have become one, before the question and during it.
bool says_replica(std::string_view reply) {
  return reply.starts_with("ERR WAIT cannot be used with replica")
         || reply.starts_with("UNBLOCKED");
}

struct wait : std::enable_shared_from_this<wait> {
  void ask(milliseconds turn) {
    link->send(
      command,
      [&](std::string& out) {
        append_command(out, {command, std::to_string(replicas),
                             std::to_string(turn.count())});
      },
      [self = shared_from_this(), turn](const result<answer>& x) {
        self->answered(x, turn);
      });
  }

  void answered(const result<answer>& x, milliseconds turn) {
    if (!x)
      return done(copies::unknown, x.error());
    auto head = (*x->text)[0];
    if (head.type == kind::error && !says_replica(head.text))
      return missing(head.text);
    if (head.type != kind::integer) {
      auto why = head.type == kind::error ? head.text : "unexpected reply";
      auto failed = link->failure(ec::unavailable, command, why);
      link->drop(command, why);
      return done(copies::unknown, std::move(failed));
    }
    if (head.number >= replicas)
      return done(copies::made, {});
    if (boot_clock::now() - since >= patience)
      return missing(std::to_string(head.number) + " of "
                     + std::to_string(replicas) + " replicas have it after "
                     + std::to_string(patience.count()) + "ms");
    ask(std::min(2 * turn, longest_turn));
  }

  void missing(std::string_view why) {
    auto failed = link->failure(ec::not_ready, command, why);
    failed.cause = command;
    done(copies::missing, std::move(failed));
  }

  std::shared_ptr<connection> link;
  std::uint32_t replicas;
  std::function<void(copies, error)> done;

  local_time since = boot_clock::now();
};

} // namespace

void wait_replicas(std::shared_ptr<connection> link, std::uint32_t replicas,
                   std::function<void(copies, error)> done) {
  auto x = std::make_shared<wait>();
  x->link = std::move(link);
  x->replicas = replicas;
  x->done = std::move(done);
  x->ask(first_turn);
}

} // namespace lastseen::redis
