#include "actors/read_queue.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

struct read_queue::call {
  // Those of some positions came.
  void take(record_list some, std::size_t position) {
    missing -= some.size();
    pieces.push_back({position, std::move(some)});
  }

  // Mostly there is one piece, which need not be copied.
  record_list all() {
    if (pieces.size() == 1)
      return std::move(pieces.front().records);
    std::ranges::sort(pieces, {}, &piece::position);
    stored_records out;
    out.reserve(users.size());
    for (const auto& x : pieces)
      for (std::size_t i = 0; i < x.records.size(); ++i)
        out.add(x.records.text(i));
    return out;
  }

  struct piece {
    std::size_t position;
    record_list records;
  };

  call_id id = 0;
  user_list users;
  std::vector<piece> pieces;
  local_time since;
  std::size_t next = 0;    // the first user that is in no trip yet
  std::size_t missing = 0; // users without an answer
  lastseen::unserved unserved;
  bool answered = false;
};

struct read_queue::journey {
  // Which users of the trip go to which positions of which call: so many in a
  // row.
  struct run {
    std::uint32_t call;
    std::uint32_t position;
    std::uint32_t user;
    std::uint32_t size;
  };

  void place(std::uint32_t call, std::uint32_t position, std::uint32_t user) {
    if (!runs.empty()) {
      auto& last = runs.back();
      if (last.call == call && last.position + last.size == position
          && last.user + last.size == user) {
        ++last.size;
        return;
      }
    }
    runs.push_back({call, position, user, 1});
  }

  // Whether any of its calls still waits.
  bool wanted() const {
    return std::any_of(calls.begin(), calls.end(),
                       [](const call_ptr& x) { return !x->answered; });
  }

  std::uint64_t number = 0;
  user_list users;
  std::vector<call_ptr> calls;
  std::vector<run> runs;
};

namespace {

// A call's trips may come back in any order.
unserved in_order(unserved x) {
  std::sort(x.failed.begin(), x.failed.end());
  return x;
}

} // namespace

read_queue::read_queue(std::size_t shard) : shard_(shard) {}

read_queue::~read_queue() = default;

bool read_queue::add(read_call&& from, local_time now) {
  auto n = from.users.size();
  if (waiting_users_ + n > max_waiting_users)
    return false;
  auto x = std::make_shared<call>();
  x->id = from.id;
  x->users = std::move(from.users);
  x->since = now;
  x->missing = n;
  waiting_users_ += n;
  calls_.push_back(x);
  waiting_.push_back(std::move(x));
  return true;
}

std::optional<read_queue::trip> read_queue::start() {
  if (under_way_.size() >= max_trips_in_flight)
    return std::nullopt;
  std::unique_ptr<journey> next;
  while (!next && !again_.empty()) {
    if (again_.front()->wanted())
      next = std::move(again_.front());
    again_.pop_front();
  }
  // A trip that is not full waits for the ones under way, so that trips grow
  // with the load: few commands cost both sides less than many.
  if (!next && (under_way_.empty() || waiting_users_ >= max_trip_users))
    next = fill_trip();
  if (!next)
    return std::nullopt;
  next->number = ++last_number_;
  under_way_.push_back(std::move(next));
  return trip{last_number_, &under_way_.back()->users};
}

std::unique_ptr<read_queue::journey> read_queue::fill_trip() {
  std::unique_ptr<journey> out;
  index_.clear();
  while (!waiting_.empty()) {
    auto& x = *waiting_.front();
    if (x.answered) { // failed while it waited
      waiting_.pop_front();
      continue;
    }
    if (!out) {
      out = std::make_unique<journey>();
      auto n = std::min(waiting_users_, max_trip_users);
      out->users.reserve(n, n * 16);
    }
    if (out->users.size() == max_trip_users)
      break;
    auto number = static_cast<std::uint32_t>(out->calls.size());
    out->calls.push_back(waiting_.front());
    for (; x.next < x.users.size(); ++x.next) {
      // The call's own bytes outlive the filling; those of the trip move.
      auto user = x.users[x.next];
      auto place = index_.place_of(user, out->users);
      if (place == max_trip_users)
        break;
      if (place == out->users.size())
        out->users.add(user);
      out->place(number, static_cast<std::uint32_t>(x.next), place);
      --waiting_users_;
    }
    if (x.next < x.users.size())
      break;
    waiting_.pop_front();
  }
  return out;
}

std::unique_ptr<read_queue::journey>
read_queue::take_trip(std::uint64_t number) {
  auto i = std::find_if(under_way_.begin(), under_way_.end(),
                        [=](const auto& x) { return x->number == number; });
  if (i == under_way_.end())
    return nullptr;
  auto out = std::move(*i);
  under_way_.erase(i);
  return out;
}

read_answers read_queue::finish(std::uint64_t number, read_report report,
                                const overlay& put_over) {
  read_answers out;
  auto done = take_trip(number);
  if (!done)
    return out;
  if (put_over)
    for (std::size_t i = 0; i < report.records.size(); ++i)
      put_over(done->users[i], report.records, i);
  const record_list records{std::move(report.records)};
  auto is_failed = [&](std::uint32_t user) {
    return std::binary_search(report.failed.begin(), report.failed.end(), user);
  };
  for (auto& x : done->runs) {
    auto& target = *done->calls[x.call];
    if (target.answered)
      continue;
    target.take(records.part(x.user, x.size), x.position);
    if (report.failed.empty())
      continue;
    for (std::uint32_t i = 0; i < x.size; ++i)
      if (is_failed(x.user + i)) {
        target.unserved.failed.push_back(x.position + i);
        target.unserved.cause = report.cause;
      }
  }
  out.reserve(done->calls.size());
  for (auto& x : done->calls)
    if (x->missing == 0 && !x->answered) {
      x->answered = true;
      out.push_back(
        {x->id, shard_, x->all(), in_order(std::move(x->unserved))});
    }
  drop_answered();
  return out;
}

void read_queue::retry(std::uint64_t number) {
  if (auto failed = take_trip(number))
    again_.push_back(std::move(failed));
}

void read_queue::retry_all() {
  for (auto& x : under_way_)
    again_.push_back(std::move(x));
  under_way_.clear();
}

read_answers read_queue::fail(std::uint64_t number, const error& why) {
  read_answers out;
  if (auto failed = take_trip(number))
    for (auto& x : failed->calls)
      fail_call(*x, why, out);
  drop_answered();
  return out;
}

read_answers read_queue::fail_all(const error& why) {
  read_answers out;
  for (auto& x : calls_)
    fail_call(*x, why, out);
  again_.clear();
  drop_answered();
  return out;
}

read_answers read_queue::fail_before(local_time t, const error& why) {
  read_answers out;
  for (auto& x : calls_) {
    if (x->since >= t)
      break;
    fail_call(*x, why, out);
  }
  drop_answered();
  return out;
}

void read_queue::fail_call(call& x, const error& why, read_answers& out) {
  if (x.answered)
    return;
  x.answered = true;
  waiting_users_ -= x.users.size() - x.next;
  out.push_back({x.id, shard_, why, {}});
}

std::optional<local_time> read_queue::oldest() const noexcept {
  if (calls_.empty())
    return std::nullopt;
  return calls_.front()->since;
}

void read_queue::drop_answered() {
  while (!calls_.empty() && calls_.front()->answered)
    calls_.pop_front();
}

} // namespace lastseen
