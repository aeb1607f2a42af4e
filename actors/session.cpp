#include "actors/session.hpp"

#include "actors/client_id.hpp"

#include <algorithm>
#include <utility>

namespace lastseen {

using namespace std::chrono_literals;
using protocol::command;
using protocol::command_kind;
using protocol::disconnect_code;
using protocol::error_code;

namespace {

// How long a client that was refused may take to close (contract B.4.3).
constexpr auto refused_close_delay = 5s;

constexpr std::size_t max_state_size = 64;

constexpr std::string_view update_method = "update_user_status";

// A unidirectional client gets no replies (contract B.8.2).
disconnect_code disconnect_for(error_code code) {
  switch (code) {
    case error_code::token_expired:
    case error_code::expired:
      return disconnect_code::expired;
    case error_code::too_many_requests:
      return disconnect_code::too_many_requests;
    case error_code::permission_denied:
      return disconnect_code::permission_denied;
    default:
      return disconnect_code::internal;
  }
}

// As it is kept.
std::size_t size_of(const command& x) {
  return sizeof x + x.token.size() + x.name.size() + x.version.size()
         + x.method.size() + (x.state ? x.state->size() : 0);
}

} // namespace

session::session(const session_options& options, client_output& client,
                 status_output& status, std::uint64_t random, local_time now)
  : options_(options),
    client_(client),
    status_(status),
    last_received_(now),
    next_(now + options.stale_close_delay),
    expires_(local_time::max()),
    random_(random) {
  if (options_.counters != nullptr)
    ++options_.counters->mine().connections;
}

// A command or a disconnect.
template <class T>
void session::count(T what) {
  if (options_.counters != nullptr)
    options_.counters->mine().add(what);
}

// -- commands -----------------------------------------------------------------

void session::on_command(command& x, local_time now) {
  if (phase_ == phase::closed)
    return;
  if (phase_ == phase::connected && x.is_pong())
    return on_pong(now);
  count(x.kind);
  if (phase_ != phase::connected)
    return on_first_command(x, now);
  if (!within_limits(x, now))
    return;
  switch (x.kind) {
    case command_kind::ping:
      return on_client_ping(x.id, now);
    case command_kind::rpc:
      return on_rpc(x, now);
    case command_kind::refresh:
      return on_refresh(x, now);
    case command_kind::other:
      return fail(x.id, error_code::not_available);
    case command_kind::send:
      return close(disconnect_code::not_available, now);
    default:
      return close(disconnect_code::bad_request, now);
  }
}

void session::on_malformed(local_time now) {
  close(disconnect_code::bad_request, now);
}

void session::on_first_command(command& x, local_time now) {
  if (phase_ == phase::waiting && check_) {
    if (check_->held.size() == max_held)
      return close(disconnect_code::too_many_requests, now);
    check_->kept += size_of(x);
    check_->held.push_back(std::move(x));
  } else if (phase_ == phase::waiting && x.kind == command_kind::connect
             && x.id != 0) {
    on_connect(x, now);
  } else {
    close(disconnect_code::bad_request, now);
  }
}

// Who it is: the order is the contract's (B.5.1).
void session::on_connect(command& x, local_time now) {
  if (x.token.empty()) {
    if (options_.anonymous)
      begin({}, x.id, now);
    else if (!user_.empty())
      begin({std::move(user_), std::nullopt}, x.id, now);
    else
      close(disconnect_code::bad_request, now);
    return;
  }
  auto who = options_.authenticate(x.token, now);
  if (!who && who.error().code == ec::not_ready)
    return await_keys(x, now);
  on_identity(std::move(who), x.id, now);
}

void session::on_identity(result<identity>&& who, std::uint32_t id,
                          local_time now) {
  if (who && who->user.empty() && options_.disallow_anonymous_tokens)
    return close(disconnect_code::permission_denied, now);
  if (who)
    return begin(std::move(*who), id, now);
  switch (who.error().code) {
    case ec::token_expired:
      return refuse(id, error_code::token_expired, now);
    case ec::not_ready:
    case ec::unavailable:
      return refuse(id, error_code::internal, now);
    default:
      return close(disconnect_code::invalid_token, now);
  }
}

// The client is told why in a reply and should go by itself.
void session::refuse(std::uint32_t id, error_code code, local_time now) {
  if (liveness_ == liveness::delivery)
    return close(disconnect_for(code), now);
  fail(id, code);
  phase_ = phase::refused;
  next_ = now + refused_close_delay;
}

void session::begin(identity&& who, std::uint32_t id, local_time now) {
  if (who.ttl && *who.ttl <= 0s)
    return refuse(id, error_code::expired, now);
  user_ = std::move(who.user);
  if (options_.users != nullptr && !user_.empty()) {
    place_ = options_.users->enter(user_);
    if (!place_)
      return close(disconnect_code::connection_limit, now);
  }
  phase_ = phase::connected;
  if (options_.connected_users != nullptr && !user_.empty())
    options_.connected_users->enter(user_);
  set_expiry(who.ttl, now);
  // The first ping comes at a random time of the second half, so that clients
  // that came together do not stay in step.
  auto half = std::max(options_.ping_interval / 2, 1ms);
  auto jitter = random() % static_cast<std::uint64_t>(half.count());
  next_ = now + half + std::chrono::milliseconds{jitter};
  auto announced =
    liveness_ == liveness::pong || liveness_ == liveness::delivery;
  auto ping = announced ? std::chrono::duration_cast<std::chrono::seconds>(
                options_.ping_interval + 999ms)
                        : 0s;
  auto client = make_client_id(random(), random());
  client_.connected(id, {client, options_.version, ping, who.ttl});
  beat(true, now);
}

void session::on_refresh(command& x, local_time now) {
  if (x.token.empty())
    return close(disconnect_code::bad_request, now);
  if (check_)
    return fail(x.id, error_code::too_many_requests);
  auto who = options_.authenticate(x.token, now);
  if (!who && who.error().code == ec::not_ready) {
    say({.id = x.id, .number = ++last_number_, .since = now});
    return await_keys(x, now);
  }
  if (auto done = refreshed(std::move(who), now)) {
    done->id = x.id;
    say(*done);
  }
}

// The reply, unless the connection ends.
std::optional<session::reply> session::refreshed(result<identity>&& who,
                                                 local_time now) {
  reply out{.what = reply::kind::refresh};
  if (!who && who.error().code == ec::token_expired) {
    close(disconnect_code::expired, now);
    return std::nullopt;
  }
  if (!who
      && (who.error().code == ec::not_ready
          || who.error().code == ec::unavailable)) {
    out.what = reply::kind::error;
    return out;
  }
  if (!who || who->user != user_) {
    close(disconnect_code::invalid_token, now);
    return std::nullopt;
  }
  if (who->ttl && *who->ttl <= 0s) {
    out.what = reply::kind::error;
    out.code = error_code::expired;
    return out;
  }
  set_expiry(who->ttl, now);
  out.ttl = who->ttl;
  return out;
}

// -- keys of tokens -----------------------------------------------------------

void session::await_keys(command& x, local_time now) {
  check_ = std::make_unique<token_check>();
  check_->kept = size_of(x);
  check_->token = std::move(x.token);
  check_->id = x.id;
  check_->number = last_number_;
  check_->since = now;
  status_.await_keys();
}

void session::on_keys(local_time now) {
  if (!check_ || phase_ == phase::closed)
    return;
  auto was_busy = busy();
  auto check = std::exchange(check_, nullptr);
  auto who = options_.authenticate(check->token, check->since);
  if (phase_ == phase::connected) {
    if (auto done = refreshed(std::move(who), now)) {
      done->number = check->number;
      settle(*done);
    }
    return;
  }
  on_identity(std::move(who), check->id, now);
  for (auto& x : check->held)
    on_command(x, now);
  if (was_busy && !busy() && phase_ != phase::closed)
    client_.ready();
}

// -- limits -------------------------------------------------------------------

bool session::within_limits(const command& x, local_time now) {
  auto limited = x.kind == command_kind::rpc || x.kind == command_kind::refresh
                 || x.kind == command_kind::ping
                 || x.kind == command_kind::other;
  if (!limited)
    return true;
  auto good = commands_.take(options_.commands, now)
              && (!place_ || place_->take_command(now));
  if (good && x.kind == command_kind::rpc && x.method == update_method)
    good = updates_.take(options_.updates, now)
           && (!place_ || place_->take_update(now));
  if (good) {
    refusals_ = 0;
  } else if (++refusals_ > max_refusals) {
    close(disconnect_code::too_many_requests, now);
  } else {
    fail(x.id, error_code::too_many_requests);
  }
  return good;
}

// -- updates ------------------------------------------------------------------

void session::on_rpc(command& x, local_time now) {
  if (x.method != update_method)
    return fail(x.id, error_code::method_not_found);
  if (!options_.enabled || !options_.client_updates)
    return fail(x.id, error_code::not_available);
  if (user_.empty())
    return fail(x.id, error_code::permission_denied);
  if (x.bad_data)
    return fail(x.id, error_code::bad_request,
                "bad request: data: must be an object, its state a string");
  if (x.state && x.state->size() > max_state_size)
    return fail(x.id, error_code::bad_request,
                "bad request: state: at most 64 bytes");
  if (x.state && !x.state->empty() && options_.state_allowed
      && !options_.state_allowed(*x.state))
    return fail(x.id, error_code::bad_request,
                "bad request: state: does not match state_regex");
  say({.id = x.id, .number = ++last_number_, .since = now});
  status_.send(activity{last_number_, user_, now, std::move(x.state)});
}

// -- the end ------------------------------------------------------------------

void session::close(disconnect_code code, local_time now) {
  if (phase_ == phase::closed)
    return;
  auto lost =
    code == disconnect_code::no_pong || code == disconnect_code::write_error;
  count(code);
  end(lost ? last_received_ : now);
  client_.close(code);
}

void session::on_closed(bool orderly, local_time now) {
  end(orderly ? now : last_received_);
}

// The last sign of life, said once.
void session::end(local_time last_life) {
  if (phase_ == phase::connected) {
    beat(true, last_life);
    if (options_.connected_users != nullptr && !user_.empty())
      options_.connected_users->leave(user_);
  }
  phase_ = phase::closed;
  check_ = nullptr;
  place_.reset();
}

void session::beat(bool edge, local_time when) {
  if (options_.enabled && !user_.empty())
    status_.send(heartbeat{user_, when, edge});
}

// splitmix64: enough for jitter; client IDs are no secret.
std::uint64_t session::random() noexcept {
  random_ += 0x9e3779b97f4a7c15;
  auto x = random_;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

} // namespace lastseen
