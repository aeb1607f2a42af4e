#include "actors/pending_values.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

namespace {

// In a fresh record times are microseconds of local time.
local_time local_from(stamp x) {
  return local_time{boot_clock::duration{x}};
}

// By how much one estimate of a shard's clock may be behind an earlier one, in
// milliseconds: round trips differ.
constexpr stamp max_clock_drift = 1000;

} // namespace

record pending_table::stamp_fresh(const entry& x, const clock_estimate& clock) {
  const auto& fresh = x.values->fresh;
  record out;
  if (fresh.active != 0)
    out.active = clock.earliest(local_from(fresh.active));
  if (fresh.online != 0)
    out.online = clock.earliest(local_from(fresh.online));
  if (fresh.deleted != 0)
    out.deleted = clock.latest(local_from(fresh.deleted));
  if (fresh.changed != 0) {
    out.changed = clock.earliest(local_from(fresh.changed));
    // Two changes within a millisecond: the later one must win. If they are
    // far apart the shard's clock was stepped back; nobody waits for that.
    if (out.changed <= x.changed && x.changed - out.changed < max_clock_drift)
      out.changed = x.changed + 1;
    out.state = fresh.state;
  }
  return out;
}

write_batch pending_table::take(const clock_estimate& clock, local_time now) {
  auto n = std::min(ready_.size(), limit_);
  auto batch = std::make_shared<std::vector<status_write>>();
  batch->reserve(n);
  flight_ = std::make_unique<flight>();
  flight_->users.reserve(n);
  std::vector<node*> early;
  for (std::size_t i = 0; i < n; ++i) {
    auto& x = *ready_.front();
    ready_.pop_front();
    auto stamped = stamp_fresh(x.second, clock);
    // The store would cut a time that its clock has not reached, and the
    // change would tie with the one before.
    if (stamped.changed > clock.earliest(now)) {
      early.push_back(&x);
      continue;
    }
    put_in_flight(x, std::move(stamped), now);
    const auto& values = *x.second.values;
    batch->push_back({x.first, values.stamped, !values.sent_calls.empty()});
  }
  ready_.insert(ready_.begin(), early.begin(), early.end());
  if (batch->empty()) {
    flight_.reset();
    return nullptr;
  }
  return batch;
}

void pending_table::put_in_flight(node& x, record&& stamped, local_time now) {
  auto& e = x.second;
  auto& values = *e.values;
  if (stamped.changed != 0)
    e.changed = stamped.changed;
  join(values.stamped, stamped);
  values.fresh = {};
  values.where = unsaved::place::in_flight;
  values.urgent = false;
  for (auto call : values.fresh_calls)
    add_call(values.sent_calls, call);
  values.fresh_calls.clear();
  e.written = now;
  windows_.push_back({now, &x});
  memory_.push_back({now, &x});
  ++e.remembered;
  flight_->users.push_back(&x);
}

// What was in flight is done with; values that came meanwhile remain.
void pending_table::settle(node& x, local_time now) {
  auto& values = x.second.values;
  values->stamped = {};
  values->sent_calls.clear();
  values->where = unsaved::place::none;
  values->retried = false;
  if (has_values(values->fresh)) {
    values->since = now;
    ages_.splice(ages_.end(), ages_, ages_.iterator_to(*values));
    schedule(x, now);
    return;
  }
  values.reset();
  --pending_;
  forget(x);
}

std::vector<call_id> pending_table::acknowledge(local_time now) {
  std::vector<call_id> calls;
  for (auto* x : flight_->users) {
    auto& sent = x->second.values->sent_calls;
    calls.insert(calls.end(), sent.begin(), sent.end());
    settle(*x, now);
  }
  flight_.reset();
  limit_ = std::min(limit_ * 2, options_.max_batch);
  return calls;
}

bool pending_table::retries() const noexcept {
  return std::any_of(flight_->users.begin(), flight_->users.end(),
                     [](const node* x) { return x->second.values->retried; });
}

// Takes the users at these positions out of the batch in flight.
std::vector<pending_table::node*>
pending_table::take_out(const std::vector<std::uint32_t>& positions) {
  auto& users = flight_->users;
  std::vector<node*> out;
  out.reserve(positions.size());
  for (auto i : positions)
    out.push_back(std::exchange(users[i], nullptr));
  std::erase(users, nullptr);
  return out;
}

void pending_table::set_aside(const std::vector<std::uint32_t>& positions) {
  for (auto* x : take_out(positions)) {
    auto& values = *x->second.values;
    values.where = unsaved::place::aside;
    values.retried = true;
    aside_.push_back(x);
  }
}

std::vector<call_id>
pending_table::drop(const std::vector<std::uint32_t>& positions,
                    local_time now) {
  std::vector<call_id> calls;
  for (auto* x : take_out(positions)) {
    auto& sent = x->second.values->sent_calls;
    calls.insert(calls.end(), sent.begin(), sent.end());
    settle(*x, now);
  }
  return calls;
}

void pending_table::take_back(std::size_t users) {
  for (; users != 0 && !aside_.empty(); --users) {
    aside_.front()->second.values->where = unsaved::place::ready;
    ready_.push_back(aside_.front());
    aside_.pop_front();
  }
}

void pending_table::restore() {
  auto& users = flight_->users;
  for (auto i = users.rbegin(); i != users.rend(); ++i) {
    (*i)->second.values->where = unsaved::place::ready;
    ready_.push_front(*i);
  }
  flight_.reset();
}

std::optional<pending_table::refused> pending_table::refuse(local_time now) {
  auto n = flight_->users.size();
  if (n > 1) {
    restore();
    limit_ = n / 2;
    return std::nullopt;
  }
  auto& x = *flight_->users.front();
  refused out{x.first, std::move(x.second.values->sent_calls)};
  flight_.reset();
  settle(x, now);
  return out;
}

} // namespace lastseen
