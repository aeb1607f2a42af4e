#include "actors/status.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace lastseen {

namespace {

// The timer's clock and ours may round differently.
constexpr std::chrono::milliseconds early{1};

} // namespace

void status_state::work() {
  auto now = args.now();
  write(now);
  read(now);
  answer(now);
  arm(now);
  tell_refusal();
  show();
}

void status_state::show() {
  auto& gauge = *args.gauge;
  const auto& shard = *args.shard;
  auto set = [](auto& to, auto x) { to.store(x, std::memory_order_relaxed); };
  set(gauge.pending, shard.pending_users());
  set(gauge.oldest_pending, shard.oldest_pending());
  set(gauge.waiting_reads, shard.waiting_reads());
  set(gauge.clock_offset, shard.clock_offset());
  set(gauge.mailbox_length, self->mailbox().queue().total_task_size());
  set(gauge.mailbox_delay, mailbox_delay.count());
}

// A store answers on a thread of its own, maybe after this actor's end: the
// answer goes to whoever is the shard's actor then.
void status_state::write(local_time now) {
  while (auto batch = args.shard->next_batch(now)) {
    auto number = batch->number;
    args.store->write(
      std::move(batch->users), [dir = args.directory, index = args.index,
                                number, now](result<write_report> report) {
        caf::anon_send(dir->status(index),
                       store_written{number, std::move(report), now});
      });
  }
}

void status_state::read(local_time now) {
  while (auto trip = args.shard->next_trip(now)) {
    auto number = trip->number;
    args.store->read(*trip->users, [dir = args.directory, index = args.index,
                                    number, now](result<read_report> report) {
      caf::anon_send(dir->status(index),
                     store_read{number, std::move(report), now});
    });
  }
}

void status_state::answer(local_time now) {
  if (auto reads = args.shard->take_read_answers(); !reads.empty())
    self->send(args.directory->api(), std::move(reads));
  for (auto& x : args.shard->take_write_answers(now))
    self->send(args.directory->api(), std::move(x));
}

void status_state::tell_refusal() {
  const auto* why = args.shard->refusal();
  auto before = std::exchange(refused, why != nullptr);
  if (before != refused && args.on_refusal)
    args.on_refusal(why);
}

// A wake-up that an earlier one overtook must not arm another: they would
// multiply.
void status_state::on_wake() {
  if (wake_at && args.now() + early >= *wake_at)
    wake_at.reset();
}

void status_state::hear_of_links() {
  for (auto& x : args.links->take()) {
    args.shard->on_link(x, args.now());
    args.gauge->set_problem(x.up ? std::string_view{} : x.cause.what);
  }
}

void status_state::arm(local_time now) {
  auto next = args.shard->next_wake(now);
  if (!next || (wake_at && *wake_at <= *next))
    return;
  wake_at = *next;
  auto delay = std::max(*next - now, boot_clock::duration{0});
  self->delayed_send(static_cast<status_actor>(self), delay, work_atom_v);
}

status_actor::behavior_type
status(status_actor::stateful_pointer<status_state> self, status_args args) {
  auto& state = self->state;
  state.args = std::move(args);
  self->set_error_handler([](auto*, caf::error&) {}); // it only sends
  state.args.shard->on_restart(state.args.now());
  state.hear_of_links();
  self->send(self, work_atom_v);
  return {
    [&state](activity& x) {
      auto now = state.args.now();
      state.mailbox_delay = now - x.when;
      auto accepted = state.args.shard->on_activity(x, now);
      auto sender = state.self->current_sender();
      state.self->send(caf::actor_cast<connection_actor>(sender),
                       activity_answer{x.number, accepted});
      state.work();
    },
    [&state](const heartbeat& x) {
      state.args.shard->on_heartbeat(x, state.args.now());
      state.work();
    },
    [&state](read_call& x) {
      state.args.shard->on_read(std::move(x), state.args.now());
      state.work();
    },
    [&state](write_call& x) {
      auto now = state.args.now();
      state.mailbox_delay = now - x.when;
      state.args.shard->on_write(std::move(x), now);
      state.work();
    },
    [&state](link_atom) {
      state.hear_of_links();
      state.work();
    },
    [&state](store_written& x) {
      state.args.shard->on_written(std::move(x), state.args.now());
      state.work();
    },
    [&state](store_read& x) {
      state.args.shard->on_store_read(std::move(x), state.args.now());
      state.work();
    },
    [&state](drain_atom) {
      state.args.shard->drain();
      state.work();
      state.args.gauge->draining = true;
    },
    [&state](work_atom) {
      state.on_wake();
      state.work();
    },
  };
}

} // namespace lastseen
