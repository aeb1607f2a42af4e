#include "actors/status_shard.hpp"

#include <algorithm>
#include <utility>

// What a shard does next: batches, trips, answers.

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
  // Up to the oldest call that waits: it is the next one to wake for.
  for (; !deadlines_.empty(); deadlines_.pop_front()) {
    auto [due, id] = deadlines_.front();
    if (calls_.contains(id)) {
      if (due > now)
        return;
      answer_write(id, late(writes_));
    }
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

void status_shard::answer_reads(read_answers answers) {
  if (read_answers_.empty())
    read_answers_ = std::move(answers);
  else
    std::ranges::move(answers, std::back_inserter(read_answers_));
}

read_answers status_shard::take_read_answers() {
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
