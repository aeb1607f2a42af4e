#include "actors/status_shard.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// A link that is gone for longer makes reads fail at once.
constexpr milliseconds down_after{1000};

constexpr milliseconds min_backoff{20};
constexpr milliseconds max_backoff{500};

// So many users of a part of the store that is away find out whether it is
// back.
constexpr std::size_t probe_users = 64;

} // namespace

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
      put_over = [this, now](std::string_view user, record& stored) {
        pending_.overlay(user, stored, clock_, now, options_.keep);
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

// -- what to do ---------------------------------------------------------------

bool status_shard::down_for_long(local_time now) const {
  return !up_ && now - down_since_ >= down_after;
}

std::optional<status_shard::batch> status_shard::next_batch(local_time now) {
  pending_.advance(now);
  if (draining_)
    pending_.release_all();
  if (up_ && pending_.aside() != 0 && now >= try_aside_at_) {
    pending_.take_back(aside_in_vain_ == 0 ? pending_.aside() : probe_users);
    try_aside_at_ = now + max_backoff;
  }
  if (!up_ || !clock_.known() || pending_.in_flight() || pending_.ready() == 0
      || now < writes_.again_at)
    return std::nullopt;
  if (!pending_.full() && !draining_
      && now - last_batch_ < options_.flush_interval)
    return std::nullopt;
  auto users = pending_.take(clock_, now);
  if (!users) {
    writes_.again_at = now + 1ms;
    return std::nullopt;
  }
  last_batch_ = now;
  batch out{++batch_number_, std::move(users)};
  users_in_flight_ = out.users->size();
  counters_.batch_users.observe(users_in_flight_);
  deleted_in_flight_ = 0;
  for (const auto& x : *out.users)
    deleted_in_flight_ = std::max(deleted_in_flight_, x.update.deleted);
  return out;
}

std::optional<read_queue::trip> status_shard::next_trip(local_time now) {
  expire(now);
  if (!up_ || now < trips_.again_at)
    return std::nullopt;
  return reads_.start();
}

void status_shard::expire(local_time now) {
  if (down_for_long(now))
    answer_reads(reads_.fail_all(cause_));
  else if (auto oldest = reads_.oldest();
           oldest && now - *oldest >= options_.timeout)
    answer_reads(
      reads_.fail_before(now - options_.timeout + 1us, late(trips_)));
  for (; !deadlines_.empty() && deadlines_.front().first <= now;
       deadlines_.pop_front()) {
    auto id = deadlines_.front().second;
    if (calls_.contains(id))
      answer_write(id, late(writes_));
    pending_.forget_calls_before(id + 1);
  }
}

// Why a call was not answered in time.
error status_shard::late(const attempts& tried) const {
  if (!up_)
    return cause_;
  if (tried.failure)
    return *tried.failure;
  if (pending_.aside() != 0)
    return aside_cause_;
  return {ec::unavailable, store_name_ + ": no answer within "
                             + std::to_string(options_.timeout.count())
                             + " ms"};
}

void status_shard::back_off(attempts& tried, error why, local_time now) {
  tried.again_at = now + wait_after(tried.failures_in_a_row++);
  tried.failure = std::move(why);
}

milliseconds status_shard::wait_after(unsigned failures) {
  auto longest =
    std::min(max_backoff, min_backoff * (1u << std::min(failures, 6u)));
  // Half of it at random, so that nodes do not come back in step.
  std::uniform_int_distribution<milliseconds::rep> half(0, longest.count() / 2);
  return longest / 2 + milliseconds{half(random_)};
}

const error* status_shard::refusal() const noexcept {
  for (const auto* tried : {&writes_, &trips_})
    if (tried->failure && tried->failure->code == ec::not_ready)
      return &*tried->failure;
  return nullptr;
}

void status_shard::answer_write(call_id id, std::optional<error> failure) {
  calls_.erase(id);
  write_answers_.push_back({id, index_, std::move(failure)});
}

void status_shard::answer_reads(std::vector<read_answer> answers) {
  std::move(answers.begin(), answers.end(), std::back_inserter(read_answers_));
}

std::vector<read_answer> status_shard::take_read_answers() {
  return std::exchange(read_answers_, {});
}

std::vector<write_answer> status_shard::take_write_answers(local_time now) {
  auto out = std::exchange(write_answers_, {});
  std::erase_if(delayed_, [&](delayed& x) {
    if (x.due > now)
      return false;
    out.push_back(std::move(x.answer));
    return true;
  });
  return out;
}

std::optional<local_time> status_shard::next_wake(local_time now) const {
  std::optional<local_time> next = pending_.next_advance();
  auto at = [&](local_time t) { next = next ? std::min(*next, t) : t; };
  if (up_ && pending_.ready() != 0 && !pending_.in_flight())
    at(std::max(writes_.again_at, last_batch_ + options_.flush_interval));
  if (up_ && now < trips_.again_at)
    at(trips_.again_at);
  if (up_ && pending_.aside() != 0)
    at(try_aside_at_);
  if (!up_ && !down_for_long(now))
    at(down_since_ + down_after);
  if (auto oldest = reads_.oldest())
    at(*oldest + options_.timeout);
  if (!deadlines_.empty())
    at(deadlines_.front().first);
  for (const auto& x : delayed_)
    at(x.due);
  return next;
}

} // namespace lastseen
