#include "actors/api.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace lastseen {

void api_state::scatter(api_call& call) {
  auto now = args.now();
  auto what = call.request.what;
  status_event event;
  event.active = what == api_request::method::update;
  event.deleted = what == api_request::method::remove;
  event.state = std::move(call.request.state);
  auto scattered = args.calls->scatter(std::move(call), now);
  for (auto& part : scattered.parts) {
    const auto& status = args.directory->status(part.shard);
    if (what == api_request::method::read)
      self->send(status, read_call{scattered.id, std::move(part.users)});
    else
      self->send(status,
                 write_call{scattered.id, std::move(part.users), event, now});
  }
  arm();
}

void api_state::show() {
  if (args.mailbox_length != nullptr)
    args.mailbox_length->store(self->mailbox().queue().total_task_size(),
                               std::memory_order_relaxed);
}

void api_state::expire() {
  armed = false;
  args.calls->expire(args.now());
  arm();
}

void api_state::arm() {
  auto next = args.calls->next_deadline();
  if (armed || !next)
    return;
  armed = true;
  auto delay = std::max(*next - args.now(), boot_clock::duration{0});
  self->delayed_send(static_cast<api_actor>(self), delay, work_atom_v);
}

api_actor::behavior_type api(api_actor::stateful_pointer<api_state> self,
                             api_args args) {
  auto& state = self->state;
  state.args = std::move(args);
  self->set_error_handler([](auto*, caf::error&) {}); // it only sends
  self->send(self, work_atom_v);
  return {
    [&state](api_call& x) {
      state.scatter(x);
      state.show();
    },
    [&state](read_answers& x) {
      for (auto& answer : x)
        state.args.calls->on_read(std::move(answer));
      state.show();
    },
    [&state](write_answer& x) {
      state.args.calls->on_write(std::move(x));
      state.show();
    },
    [&state](work_atom) { state.expire(); },
  };
}

} // namespace lastseen
