#include "actors/pending_values.hpp"

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

} // namespace

pending_table::entry::entry() = default;

pending_table::entry::~entry() = default;

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

// -- time ---------------------------------------------------------------------

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
  if (held_ == 0) // it is asked for with each batch
    return;
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

// -- observers ----------------------------------------------------------------

local_time pending_table::oldest() const noexcept {
  return ages_.empty() ? local_time{} : ages_.front().since;
}

bool pending_table::has(std::string_view user) const {
  auto known = entries_.find(user);
  return known != entries_.end() && known->second.values;
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
