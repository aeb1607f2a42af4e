#include "net/api/carry_out.hpp"

#include "net/log.hpp"
#include "net/request_log.hpp"

#include <caf/send.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace lastseen::server_api {

namespace {

using action = api_request::method;

action action_of(call_method x) {
  switch (x) {
    case call_method::update_user_status:
      return action::update;
    case call_method::delete_user_status:
      return action::remove;
    default:
      return action::read;
  }
}

call_error plain_error(error_code code) {
  return {code, std::string{message_of(code)}};
}

/// Why a decoded call on users may not run; nothing if it may.
std::optional<call_error> refusal(const environment& env, const call& x) {
  if (!env.settings.user_status.enabled)
    return plain_error(error_code::not_available);
  request_limits limits{env.live.max_users_per_request, env.state_regex.get()};
  if (auto valid = validate(x.request, limits); !valid)
    return call_error{error_code::bad_request, valid.error().what};
  return std::nullopt;
}

/// Counts a failure at a store, and logs it with the request's ID. In an outage
/// every call fails: one line a second is enough. @returns the ID if it was
/// made here.
std::string note_failure(environment& env, const caller& from,
                         call_method method, const std::string& why) {
  from.counters.add(method, error_code::internal);
  std::string made;
  if (from.request_id.empty())
    made = make_request_id();
  if (auto skipped = env.failure_log.pass(boot_clock::now()))
    log_event(
      log_level::warn, "call failed",
      {{"method", std::string{name_of(method)}},
       {"request_id", made.empty() ? std::string{from.request_id} : made},
       {"why", why},
       {"not_logged", std::to_string(*skipped)}});
  return made;
}

/// Has a call on users carried out by the API actor.
void ask_shards(environment& env, const caller& from, call&& x,
                call_handler done) {
  auto& request = x.request;
  ++env.calls;
  from.counters[x.method].users += request.users.size();
  api_call message{
    {action_of(x.method), std::move(request.users), std::move(request.state),
     request.allow_partial},
    [&env, &counters = from.counters, id = std::string{from.request_id},
     method = x.method, began = boot_clock::now(),
     done = std::move(done)](api_response got) {
      counters[method].latency.observe(boot_clock::now() - began);
      call_reply reply{method};
      const auto* why = got.failure           ? &*got.failure
                        : !got.failed.empty() ? &got.failed.front().why
                                              : nullptr;
      if (why)
        reply.request_id = note_failure(env, {counters, id}, method, why->what);
      if (got.failure)
        reply.failure =
          call_error{error_code::internal, message_for(*got.failure)};
      else
        reply.statuses = std::move(got);
      done(std::move(reply));
      --env.calls;
    }};
  caf::anon_send(env.directory->api(), std::move(message));
}

void ask_nodes(environment& env, const caller& from, call_handler done) {
  ++env.calls;
  list_nodes(
    env, [&env, &counters = from.counters, id = std::string{from.request_id},
          began = boot_clock::now(),
          done = std::move(done)](result<std::vector<std::string>> all) {
      call_reply reply{call_method::info};
      counters[reply.method].latency.observe(boot_clock::now() - began);
      if (all) {
        reply.nodes = std::move(*all);
      } else {
        reply.request_id =
          note_failure(env, {counters, id}, reply.method, all.error().what);
        reply.failure =
          call_error{error_code::internal, message_for(all.error())};
      }
      done(std::move(reply));
      --env.calls;
    });
}

/// The calls of one body on their way. Whoever ends a call looks for more to
/// start, unless somebody is at it, who then looks once more: so calls that are
/// answered at once do not pile up on the stack.
class call_list : public std::enable_shared_from_this<call_list> {
public:
  call_list(environment& env, const caller& from, std::vector<call> calls,
            std::size_t at_once,
            std::function<void(std::size_t, call_reply&&)> each,
            std::function<void()> done)
    : env_(env),
      counters_(from.counters),
      request_id_(from.request_id),
      calls_(std::move(calls)),
      at_once_(at_once),
      each_(std::move(each)),
      done_(std::move(done)),
      open_(calls_.size()) {}

  void start_more() {
    if (looks_.fetch_add(1) != 0)
      return;
    do {
      for (; next_ < calls_.size() && running_ < at_once_; ++next_) {
        ++running_;
        carry_out(env_, {counters_, request_id_}, std::move(calls_[next_]),
                  [self = shared_from_this(), i = next_](call_reply&& x) {
                    self->end(i, std::move(x));
                  });
      }
    } while (looks_.fetch_sub(1) != 1);
  }

private:
  void end(std::size_t i, call_reply&& x) {
    each_(i, std::move(x));
    --running_;
    if (--open_ == 0)
      done_();
    else
      start_more();
  }

  environment& env_;
  api_counters& counters_;
  std::string request_id_;
  std::vector<call> calls_;
  std::size_t at_once_;
  std::function<void(std::size_t, call_reply&&)> each_;
  std::function<void()> done_;
  std::size_t next_ = 0; // touched by the one that looks only
  std::atomic<std::size_t> looks_{0};
  std::atomic<std::size_t> running_{0};
  std::atomic<std::size_t> open_;
};

} // namespace

std::string message_for(const error& why) {
  return std::string{message_of(error_code::internal)} + ": " + why.what;
}

void carry_out(environment& env, const caller& from, call&& x,
               call_handler done) {
  std::optional<call_error> why;
  if (!x.problem.empty())
    why = call_error{error_code::bad_request, std::move(x.problem)};
  else if (x.method == call_method::other)
    why = plain_error(error_code::not_found);
  else if (x.method != call_method::info)
    why = refusal(env, x);
  if (why) {
    from.counters.add(x.method, why->code);
    return done({x.method, std::move(why)});
  }
  if (x.method == call_method::info)
    return ask_nodes(env, from, std::move(done));
  ask_shards(env, from, std::move(x), std::move(done));
}

void carry_out_all(environment& env, const caller& from,
                   std::vector<call> calls, std::size_t at_once,
                   std::function<void(std::size_t, call_reply&&)> each,
                   std::function<void()> done) {
  if (calls.empty())
    return done();
  std::make_shared<call_list>(env, from, std::move(calls), at_once,
                              std::move(each), std::move(done))
    ->start_more();
}

} // namespace lastseen::server_api
