#include "redis/moving_calls.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace lastseen::redis {

namespace {

bool lists(const unserved& x, std::size_t position) {
  return std::binary_search(x.failed.begin(), x.failed.end(),
                            static_cast<std::uint32_t>(position));
}

// Why a store did not serve the user at a position; nothing if it did.
template <class Report>
std::optional<error> cause_of(const result<Report>& x, std::size_t position) {
  if (!x)
    return x.error();
  if (lists(*x, position))
    return x->cause;
  return std::nullopt;
}

// Why a store refuses some or all of a batch for good; nothing if it does not.
std::optional<error> refusal_of(const result<write_report>& x) {
  std::optional<error> why;
  if (!x)
    why = x.error();
  else if (!x->failed.empty())
    why = x->cause;
  if (why && why->code != ec::rejected)
    why.reset();
  return why;
}

void add_failed(unserved& x, std::uint32_t position, const error& cause) {
  auto at = std::lower_bound(x.failed.begin(), x.failed.end(), position);
  if (at == x.failed.end() || *at != position)
    x.failed.insert(at, position);
  x.cause = cause;
}

// -- reading ------------------------------------------------------------------

class read_call : public std::enable_shared_from_this<read_call> {
public:
  read_call(std::shared_ptr<store> current, std::vector<moved_users> moved,
            store::read_handler done, running busy)
    : current_{std::move(current)},
      moved_{std::move(moved)},
      done_{std::move(done)},
      busy_{std::move(busy)},
      previous_(moved_.size()),
      missing_{moved_.size() + 1} {}

  void start(user_list users) {
    current_->read(std::move(users),
                   [self = shared_from_this()](result<read_report> x) {
                     self->report_ = std::move(x);
                     self->answered();
                   });
    for (std::size_t i = 0; i < moved_.size(); ++i)
      moved_[i].previous->read(
        moved_[i].users, [self = shared_from_this(), i](result<read_report> x) {
          self->previous_[i] = std::move(x);
          self->answered();
        });
  }

private:
  void answered() {
    if (--missing_ != 0)
      return;
    if (report_)
      for (std::size_t i = 0; i < moved_.size(); ++i)
        join_in(moved_[i], previous_[i]);
    carry_deletes();
    done_(std::move(report_));
  }

  void join_in(const moved_users& part, const result<read_report>& previous) {
    if (previous)
      report_->unparsable += previous->unparsable;
    for (std::size_t i = 0; i < part.positions.size(); ++i) {
      auto position = part.positions[i];
      if (lists(*report_, position))
        continue;
      if (auto why = cause_of(previous, i)) {
        add_failed(*report_, position, *why);
        report_->records.set(position, "");
        continue;
      }
      auto x = report_->records[position];
      auto old = previous->records[i];
      if (old.deleted > x.deleted)
        deletes_.insert_or_assign(std::string{part.users[i]}, old.deleted);
      if (join(x, old))
        report_->records.set(position, x);
    }
  }

  // Nobody waits for it: what it does not reach, the next read or write does.
  void carry_deletes() {
    if (deletes_.empty())
      return;
    auto batch = std::make_shared<std::vector<status_write>>();
    for (auto& [user, deleted] : deletes_)
      batch->push_back({user, record{0, 0, deleted, 0, {}}});
    current_->write(std::move(batch),
                    [busy = busy_](const result<write_report>&) {});
  }

  std::shared_ptr<store> current_;
  std::vector<moved_users> moved_;
  store::read_handler done_;
  running busy_;
  result<read_report> report_;
  std::vector<result<read_report>> previous_; // as `moved_`
  std::map<std::string, stamp> deletes_;
  std::atomic<std::size_t> missing_;
};

// -- writing ------------------------------------------------------------------

class write_call : public std::enable_shared_from_this<write_call> {
public:
  write_call(std::shared_ptr<store> current, write_batch batch,
             std::vector<moved_users> moved, store::write_handler done,
             running busy)
    : current_{std::move(current)},
      batch_{std::move(batch)},
      moved_{std::move(moved)},
      done_{std::move(done)},
      busy_{std::move(busy)},
      written_(moved_.size() + 1),
      read_(moved_.size() + 1),
      missing_{2 * moved_.size() + 2} {}

  // The reads are behind the writes on each server, so that they show what to
  // carry over in the same round trip.
  void start() {
    user_list all;
    for (const auto& part : moved_)
      for (std::size_t i = 0; i < part.users.size(); ++i)
        all.add(part.users[i]);
    write(*current_, batch_, moved_.size());
    read(*current_, std::move(all), moved_.size());
    for (std::size_t i = 0; i < moved_.size(); ++i) {
      write(*moved_[i].previous, batch_of(moved_[i]), i);
      read(*moved_[i].previous, moved_[i].users, i);
    }
  }

private:
  write_batch batch_of(const moved_users& part) const {
    auto out = std::make_shared<std::vector<status_write>>();
    out->reserve(part.positions.size());
    for (auto position : part.positions)
      out->push_back((*batch_)[position]);
    return out;
  }

  void write(store& to, write_batch batch, std::size_t slot) {
    to.write(std::move(batch),
             [self = shared_from_this(), slot](result<write_report> x) {
               self->written_[slot] = std::move(x);
               self->answered();
             });
  }

  void read(store& from, user_list users, std::size_t slot) {
    from.read(std::move(users),
              [self = shared_from_this(), slot](result<read_report> x) {
                self->read_[slot] = std::move(x);
                self->answered();
              });
  }

  void answered() {
    if (--missing_ != 0)
      return;
    // The whole batch, so that it is halved until the culprit is alone.
    for (const auto& x : written_)
      if (auto why = refusal_of(x))
        return done_(*why);
    if (!written_.back())
      return done_(written_.back().error());
    report_ = std::move(*written_.back());
    for (const auto& x : written_)
      if (x && x->unconfirmed)
        report_.unconfirmed = x->unconfirmed;
    std::size_t first = 0;
    for (std::size_t i = 0; i < moved_.size(); ++i) {
      compare(i, first);
      first += moved_[i].positions.size();
    }
    carry();
  }

  // The users of a previous shard; in the read of all moved users they begin
  // at `first`.
  void compare(std::size_t part, std::size_t first) {
    const auto& users = moved_[part];
    for (std::size_t i = 0; i < users.positions.size(); ++i) {
      auto position = users.positions[i];
      if (lists(report_, position))
        continue;
      auto why = cause_of(written_[part], i);
      if (!why)
        why = cause_of(read_[part], i);
      if (!why)
        why = cause_of(read_.back(), first + i);
      if (why) {
        add_failed(report_, position, *why);
        continue;
      }
      auto here = read_.back()->records[first + i];
      auto there = read_[part]->records[i];
      if (join(here, there)) {
        carried_.push_back(position);
        const auto& x = (*batch_)[position];
        carry_.push_back({x.user, std::move(there), x.awaited});
      }
    }
  }

  void carry() {
    if (carry_.empty())
      return done_(std::move(report_));
    current_->write(
      std::make_shared<const std::vector<status_write>>(std::move(carry_)),
      [self = shared_from_this()](const result<write_report>& x) {
        self->carried(x);
      });
  }

  void carried(const result<write_report>& x) {
    if (auto why = refusal_of(x))
      return done_(*why);
    if (x && x->unconfirmed)
      report_.unconfirmed = x->unconfirmed;
    for (std::size_t i = 0; i < carried_.size(); ++i)
      if (auto why = cause_of(x, i))
        add_failed(report_, carried_[i], *why);
    done_(std::move(report_));
  }

  std::shared_ptr<store> current_;
  write_batch batch_;
  std::vector<moved_users> moved_;
  store::write_handler done_;
  running busy_;
  write_report report_;
  // As `moved_`; behind those the current shard's.
  std::vector<result<write_report>> written_;
  std::vector<result<read_report>> read_;
  std::vector<status_write> carry_;
  std::vector<std::uint32_t> carried_; // their positions in the batch
  std::atomic<std::size_t> missing_;
};

} // namespace

void read_both(const std::shared_ptr<store>& current, user_list users,
               std::vector<moved_users> moved, store::read_handler done,
               running busy) {
  std::make_shared<read_call>(current, std::move(moved), std::move(done),
                              std::move(busy))
    ->start(std::move(users));
}

void write_both(const std::shared_ptr<store>& current, write_batch batch,
                std::vector<moved_users> moved, store::write_handler done,
                running busy) {
  std::make_shared<write_call>(current, std::move(batch), std::move(moved),
                               std::move(done), std::move(busy))
    ->start();
}

} // namespace lastseen::redis
