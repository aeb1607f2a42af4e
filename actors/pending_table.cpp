#include "actors/pending_table.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

namespace {

// Nobody waits for what is forgotten: one wake-up serves many.
constexpr std::chrono::seconds forget_together{1};

// In a fresh record times are microseconds of local time, which never is 0.
stamp local_stamp(local_time t) {
  return t.time_since_epoch().count();
}

local_time local_from(stamp x) {
  return local_time{boot_clock::duration{x}};
}

// By how much one estimate of a shard's clock may be behind an earlier one, in
// milliseconds: round trips differ.
constexpr stamp max_clock_drift = 1000;

bool has_values(const record& x) {
  return newest(x) != 0 || x.deleted != 0;
}

} // namespace

/// What is not acknowledged of a user.
struct pending_table::unsaved : by_age {
  enum class place : std::uint8_t { none, held, ready, in_flight, aside };

  /// Not yet in a batch, in local time (microseconds).
  record fresh;
  /// Was in a batch, stamped by the shard's clock: in flight or failed.
  record stamped;
  place where = place::none;
  /// The server API waits: no debounce.
  bool urgent = false;
  /// What is stamped was set aside before.
  bool retried = false;
  std::vector<call_id> fresh_calls;
  std::vector<call_id> sent_calls;
};

pending_table::entry::entry() = default;

pending_table::entry::~entry() = default;

struct pending_table::flight {
  std::vector<node*> users;
};

pending_table::pending_table(pending_options options)
  : options_(options), limit_(options.max_batch) {}

pending_table::~pending_table() = default;

// -- updates in ---------------------------------------------------------------

bool pending_table::merge_client(std::string_view user,
                                 const status_event& event, local_time when,
                                 local_time now) {
  auto known = entries_.find(user);
  auto is_new = known == entries_.end() || !known->second.values;
  if (is_new && pending_ >= options_.max_pending_users)
    return false;
  auto& x = known != entries_.end() ? *known : touch(user);
  merge(x, event, when, now);
  schedule(x, now);
  return true;
}

bool pending_table::merge_heartbeat(std::string_view user, local_time when,
                                    local_time now) {
  auto known = entries_.find(user);
  if (known != entries_.end() && known->second.online != local_time{}
      && when - known->second.online < options_.online_interval)
    return true;
  return merge_client(user, {.online = true}, when, now);
}

bool pending_table::has_room(const user_list& users) const {
  if (pending_ + users.size() <= options_.max_pending_users)
    return true;
  std::size_t fresh = 0;
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto known = entries_.find(users[i]);
    if (known == entries_.end() || !known->second.values)
      ++fresh;
  }
  return fresh == 0 || pending_ + fresh <= options_.max_pending_users;
}

void pending_table::merge_call(std::string_view user, const status_event& event,
                               call_id call, local_time when, local_time now) {
  auto& x = touch(user);
  merge(x, event, when, now);
  x.second.values->urgent = true;
  add_call(x.second.values->fresh_calls, call);
  schedule(x, now);
}

// Calls that have timed out must not pile up while the store is away. Their
// numbers ascend.
void pending_table::add_call(std::vector<call_id>& calls, call_id call) const {
  if (calls.size() == calls.capacity())
    calls.erase(calls.begin(),
                std::lower_bound(calls.begin(), calls.end(), oldest_call_));
  calls.push_back(call);
}

pending_table::node& pending_table::touch(std::string_view user) {
  auto known = entries_.find(user);
  if (known != entries_.end())
    return *known;
  return *entries_.try_emplace(std::string{user}).first;
}

void pending_table::merge(node& x, const status_event& event, local_time when,
                          local_time now) {
  auto& e = x.second;
  if (!e.values) {
    e.values = std::make_unique<unsaved>();
    e.values->since = now;
    ages_.push_back(*e.values);
    ++pending_;
  }
  auto t = local_stamp(when);
  record update;
  if (event.active)
    update.active = t;
  if (event.online) {
    update.online = t;
    e.online = std::max(e.online, when);
  }
  if (event.state) {
    update.changed = t;
    update.state = *event.state;
  }
  if (event.deleted) {
    update.deleted = t;
    e.online = {}; // so that the next heartbeat is written
  }
  join(e.values->fresh, update);
}

bool pending_table::window_closed(const entry& x, local_time now) const {
  return x.written == local_time{}
         || now - x.written >= options_.debounce_interval;
}

// Puts a user with unsaved values where it belongs.
void pending_table::schedule(node& x, local_time now) {
  auto& values = *x.second.values;
  using place = unsaved::place;
  if (values.where == place::ready || values.where == place::in_flight
      || values.where == place::aside)
    return;
  if (!values.urgent && !window_closed(x.second, now)) {
    if (values.where != place::held)
      ++held_;
    values.where = place::held; // `windows_` has its release
    return;
  }
  if (values.where == place::held)
    --held_;
  values.where = place::ready;
  ready_.push_back(&x);
}

// -- batches out --------------------------------------------------------------

void pending_table::advance(local_time now) {
  while (!windows_.empty()
         && now - windows_.front().at >= options_.debounce_interval) {
    auto& x = *windows_.front().what;
    windows_.pop_front();
    if (x.second.values && x.second.values->where == unsaved::place::held)
      schedule(x, now);
  }
  while (!memory_.empty() && now - memory_.front().at >= memory()) {
    auto& x = *memory_.front().what;
    memory_.pop_front();
    --x.second.remembered;
    forget(x);
  }
}

// Both queues must have let go of it: `windows_` does so first.
void pending_table::forget(node& x) {
  if (x.second.remembered == 0 && !x.second.values)
    entries_.erase(entries_.find(x.first));
}

void pending_table::release_all() {
  for (auto& x : entries_) {
    if (!x.second.values || x.second.values->where != unsaved::place::held)
      continue;
    x.second.values->where = unsaved::place::ready;
    ready_.push_back(&x);
  }
  held_ = 0;
}

// How long a write is remembered: both rules that ask for it are satisfied.
std::chrono::milliseconds pending_table::memory() const noexcept {
  return std::max(options_.debounce_interval, options_.online_interval);
}

std::optional<local_time> pending_table::next_advance() const noexcept {
  std::optional<local_time> next;
  if (!memory_.empty())
    next = memory_.front().at + memory() + forget_together;
  if (held_ != 0 && !windows_.empty()) {
    local_time release = windows_.front().at + options_.debounce_interval;
    next = next ? std::min(*next, release) : release;
  }
  return next;
}

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

// -- observers ----------------------------------------------------------------

local_time pending_table::oldest() const noexcept {
  return ages_.empty() ? local_time{} : ages_.front().since;
}

void pending_table::overlay(std::string_view user, record& stored,
                            const clock_estimate& clock, local_time now,
                            const retention& keep) const {
  auto known = entries_.find(user);
  if (known == entries_.end() || !known->second.values)
    return;
  const auto& values = *known->second.values;
  auto pending = values.stamped;
  if (has_values(values.fresh))
    join(pending, stamp_fresh(known->second, clock));
  std::optional<record> base;
  if (has_values(stored))
    base = std::move(stored);
  stored =
    lastseen::merge(base, std::move(pending), clock.latest(now), keep).value;
}

} // namespace lastseen
