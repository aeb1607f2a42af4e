#include "actors/status_shard.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

status_shard::status_shard(std::size_t index, std::string store_name,
                           shard_options options, local_time now)
  : index_(index),
    store_name_(std::move(store_name)),
    options_(options),
    pending_(options.pending),
    reads_(index),
    down_since_(now),
    cause_{ec::unavailable, store_name_ + ": not connected yet"},
    random_(static_cast<std::minstd_rand::result_type>(
      now.time_since_epoch().count() + static_cast<stamp>(index))) {}

// -- what happens -------------------------------------------------------------

bool status_shard::on_activity(const activity& x, local_time now) {
  ++counters_.updates;
  status_event event{.active = true, .online = true, .state = x.state};
  if (pending_.merge_client(x.user, event, x.when, now))
    return true;
  ++counters_.refused;
  return false;
}

void status_shard::on_heartbeat(const heartbeat& x, local_time now) {
  ++counters_.updates;
  auto was_empty = pending_.ready() == 0;
  auto taken = x.edge
                 ? pending_.merge_client(x.user, {.online = true}, x.when, now)
                 : pending_.merge_heartbeat(x.user, x.when, now);
  if (!taken)
    ++counters_.refused;
  // Nobody waits for a heartbeat, and they come in bunches: let them gather.
  if (!x.edge && was_empty && pending_.ready() != 0)
    last_batch_ = now;
}

void status_shard::on_read(read_call&& x, local_time now) {
  auto id = x.id;
  if (down_for_long(now))
    read_answers_.push_back({id, index_, cause_});
  else if (!reads_.add(std::move(x), now))
    read_answers_.push_back(
      {id, index_,
       error{ec::overloaded,
             store_name_ + ": too many users wait to be read"}});
}

void status_shard::on_write(write_call&& x, local_time now) {
  counters_.updates += x.users.size();
  if (!pending_.has_room(x.users)) {
    counters_.refused += x.users.size();
    answer_write(x.id,
                 error{ec::overloaded,
                       store_name_ + ": max_pending_users ("
                         + std::to_string(options_.pending.max_pending_users)
                         + ") reached"});
    return;
  }
  auto deadline = now + options_.timeout;
  calls_[x.id] = {x.users.size(), x.event.deleted, deadline};
  deadlines_.emplace_back(deadline, x.id);
  for (std::size_t i = 0; i < x.users.size(); ++i)
    pending_.merge_call(x.users[i], x.event, x.id, x.when, now);
}

void status_shard::on_link(const store_link& x, local_time now) {
  clock_.reset();
  if (x.up) {
    if (std::exchange(was_up_, true) && !up_)
      ++counters_.reconnects;
    up_ = true;
    clock_.add(x.clock);
    writes_ = trips_ = {.again_at = now};
    try_aside_at_ = now;
    return;
  }
  if (up_)
    down_since_ = now;
  up_ = false;
  counters_.link_errors.add(x.cause);
  cause_ = x.cause;
}

void status_shard::on_written(store_written&& x, local_time now) {
  if (!pending_.in_flight() || x.number != batch_number_)
    return; // of before a restart
  counters_.write_latency.observe(now - x.sent);
  if (x.report) {
    clock_.add(x.report->clock);
    writes_ = {};
    ++counters_.batches;
    counters_.written += users_in_flight_ - x.report->failed.size();
    counters_.unparsable += x.report->unparsable;
    counters_.expired += x.report->expired;
    counters_.guarded += x.report->guarded;
    counters_.deleted += x.report->deleted;
    if (x.report->unconfirmed)
      counters_.write_errors.add(*x.report->unconfirmed);
    leave_out(*x.report, now);
    complete(pending_.acknowledge(now), x.report->unconfirmed, now);
    return;
  }
  counters_.write_errors.add(x.report.error());
  if (x.report.error().code != ec::rejected) {
    back_off(writes_, x.report.error(), now);
    pending_.restore();
    return;
  }
  if (auto culprit = pending_.refuse(now)) {
    ++counters_.rejected;
    for (auto id : culprit->calls)
      answer_write(id, x.report.error());
  }
}

// A part of the store is away: its users must not fill the batches of the
// others. They are set aside, and a few of them try again now and then; once
// any of those is stored, all do.
void status_shard::leave_out(const unserved& x, local_time now) {
  auto retried = pending_.retries();
  auto first = pending_.aside() == 0;
  if (!x.failed.empty()) {
    counters_.write_errors.add(x.cause);
    if (x.cause.code == ec::rejected) {
      counters_.rejected += x.failed.size();
      for (auto id : pending_.drop(x.failed, now))
        answer_write(id, x.cause);
    } else {
      pending_.set_aside(x.failed);
      aside_cause_ = x.cause;
    }
  }
  if (pending_.aside() == 0 || (retried && pending_.retries())) {
    aside_in_vain_ = 0;
    try_aside_at_ = now;
  } else if (retried || first) {
    try_aside_at_ = now + wait_after(aside_in_vain_++);
  }
}

// An acknowledged delete is answered once the shard's clock is certainly past
// it, a few milliseconds: whatever the caller does next counts as later.
void status_shard::complete(const std::vector<call_id>& calls,
                            const std::optional<error>& unconfirmed,
                            local_time now) {
  for (auto id : calls) {
    auto found = calls_.find(id);
    if (found == calls_.end())
      continue;
    if (unconfirmed) {
      answer_write(id, unconfirmed);
      continue;
    }
    auto& call = found->second;
    call.deleted = std::max(call.deleted, deleted_in_flight_);
    if (--call.missing != 0)
      continue;
    if (call.removes && clock_.known()
        && clock_.earliest(now) <= call.deleted) {
      // A server's clock that was stepped back may take long.
      auto due = std::min(clock_.after(call.deleted), call.deadline);
      delayed_.push_back({due, {id, index_, {}}});
      calls_.erase(found);
    } else {
      answer_write(id, std::nullopt);
    }
  }
}

void status_shard::on_store_read(store_read&& x, local_time now) {
  counters_.read_latency.observe(now - x.sent);
  if (x.report) {
    trips_ = {};
    counters_.unparsable += x.report->unparsable;
    if (!x.report->failed.empty())
      counters_.read_errors.add(x.report->cause);
    read_queue::overlay put_over;
    if (pending_.size() != 0 && clock_.known())
      put_over = [this, now](std::string_view user, stored_records& stored,
                             std::size_t i) {
        if (!pending_.has(user))
          return;
        auto seen = stored[i];
        pending_.overlay(user, seen, clock_, now, options_.keep);
        stored.set(i, seen);
      };
    answer_reads(reads_.finish(x.number, std::move(*x.report), put_over));
    return;
  }
  counters_.read_errors.add(x.report.error());
  if (x.report.error().code == ec::rejected) {
    answer_reads(reads_.fail(x.number, x.report.error()));
    return;
  }
  back_off(trips_, x.report.error(), now);
  reads_.retry(x.number);
}

void status_shard::on_restart(local_time now) {
  if (pending_.in_flight())
    pending_.restore();
  reads_.retry_all();
  writes_.again_at = trips_.again_at = now;
}

void status_shard::drain() {
  draining_ = true;
  writes_.again_at = {};
  try_aside_at_ = {};
  pending_.release_all();
}

} // namespace lastseen
