#include "actors/api_calls.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

struct api_calls::call {
  // One per shard. With one shard there is no list of positions: all of them.
  struct part {
    std::vector<std::uint32_t> positions;
    record_list records; // none when it failed
    bool open = false;
  };

  // How many users a shard was asked for.
  std::size_t size(std::size_t shard) const {
    return parts.size() == 1 ? response.users.size()
                             : parts[shard].positions.size();
  }

  // Of the i-th user that a shard was asked for.
  std::size_t position(std::size_t shard, std::size_t i) const {
    return parts.size() == 1 ? i : parts[shard].positions[i];
  }

  // Of all shards, in the order of the request.
  record_list gather() {
    auto users = response.users.size();
    if (parts.size() == 1 && parts[0].records.size() == users)
      return std::move(parts[0].records);
    std::vector<std::string_view> texts(users);
    for (std::size_t shard = 0; shard < parts.size(); ++shard)
      for (std::size_t i = 0; i < parts[shard].records.size(); ++i)
        texts[position(shard, i)] = parts[shard].records.text(i);
    stored_records out;
    out.reserve(users);
    for (auto text : texts)
      out.add(text);
    return out;
  }

  api_callback done;
  bool reads = false;
  bool allow_partial = false;
  api_response response;
  std::vector<part> parts;
  std::size_t open = 0;
};

api_calls::api_calls(std::vector<std::string> stores,
                     std::chrono::milliseconds timeout, std::size_t lanes)
  : stores_(std::move(stores)),
    shards_(stores_.size()),
    map_{shards_ / lanes, lanes},
    timeout_(timeout) {}

api_calls::~api_calls() = default;

api_calls::scattered api_calls::scatter(api_call&& from, local_time now) {
  scattered out;
  auto& users = from.request.users;
  if (users.empty()) {
    from.done({});
    return out;
  }
  out.id = ++last_id_;
  auto x = std::make_unique<call>();
  x->done = std::move(from.done);
  x->reads = from.request.what == api_request::method::read;
  x->allow_partial = from.request.allow_partial;
  x->parts.resize(shards_);
  if (shards_ == 1)
    out.parts.push_back({0, users});
  else
    out.parts = divide(users, *x);
  for (auto& part : out.parts)
    x->parts[part.shard].open = true;
  x->open = out.parts.size();
  x->response.users = std::move(users);
  drop_answered();
  deadlines_.emplace_back(now + timeout_, out.id);
  calls_.emplace(out.id, std::move(x));
  return out;
}

// Notes in the call at which positions each shard's users are.
std::vector<api_calls::scattered::part>
api_calls::divide(const user_list& users, call& x) const {
  std::vector<user_list> lists(shards_);
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto shard = map_.lane_of(users[i]);
    lists[shard].add(users[i]);
    x.parts[shard].positions.push_back(static_cast<std::uint32_t>(i));
  }
  std::vector<scattered::part> out;
  for (std::size_t i = 0; i < shards_; ++i)
    if (!lists[i].empty())
      out.push_back({i, std::move(lists[i])});
  return out;
}

// The call that waits for this shard; null if it has been answered.
api_calls::call* api_calls::find_part(call_id id, std::size_t shard) {
  auto i = calls_.find(id);
  if (i == calls_.end() || !i->second->parts[shard].open)
    return nullptr;
  return i->second.get();
}

void api_calls::on_read(read_answer&& x) {
  auto* waiting = find_part(x.id, x.shard);
  if (waiting == nullptr)
    return;
  if (!x.records)
    return fail_part(x.id, *waiting, x.shard, x.records.error());
  const auto& lost = x.unserved;
  if (!lost.failed.empty() && !waiting->allow_partial)
    return fail_part(x.id, *waiting, x.shard, lost.cause);
  for (auto i : lost.failed)
    waiting->response.failed.push_back(
      {waiting->position(x.shard, i), lost.cause});
  waiting->parts[x.shard].records = std::move(*x.records);
  finish_part(x.id, *waiting, x.shard);
}

void api_calls::on_write(write_answer&& x) {
  auto* waiting = find_part(x.id, x.shard);
  if (waiting == nullptr)
    return;
  if (x.failure)
    fail_part(x.id, *waiting, x.shard, std::move(*x.failure));
  else
    finish_part(x.id, *waiting, x.shard);
}

void api_calls::finish_part(call_id id, call& x, std::size_t shard) {
  x.parts[shard].open = false;
  if (--x.open == 0)
    answer(id, x);
}

void api_calls::fail_part(call_id id, call& x, std::size_t shard, error why) {
  if (!x.allow_partial) {
    x.response.failure = std::move(why);
    return answer(id, x);
  }
  for (std::size_t i = 0; i < x.size(shard); ++i)
    x.response.failed.push_back({x.position(shard, i), why});
  finish_part(id, x, shard);
}

void api_calls::answer(call_id id, call& x) {
  std::sort(
    x.response.failed.begin(), x.response.failed.end(),
    [](const auto& a, const auto& b) { return a.position < b.position; });
  if (x.reads && !x.response.failure)
    x.response.records = x.gather();
  auto done = std::move(x.done);
  auto response = std::move(x.response);
  calls_.erase(id);
  done(std::move(response));
}

void api_calls::expire(local_time now) {
  drop_answered();
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    auto id = deadlines_.front().second;
    for (std::size_t i = 0; i < shards_; ++i)
      if (auto* x = find_part(id, i))
        fail_part(id, *x, i,
                  error{ec::unavailable, stores_[i] + ": no answer within "
                                           + std::to_string(timeout_.count())
                                           + " ms"});
    drop_answered();
  }
}

// Or a busy actor would be woken for every call, long after its answer.
void api_calls::drop_answered() {
  while (!deadlines_.empty() && !calls_.contains(deadlines_.front().second))
    deadlines_.pop_front();
}

std::optional<local_time> api_calls::next_deadline() const noexcept {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.front().first;
}

} // namespace lastseen
