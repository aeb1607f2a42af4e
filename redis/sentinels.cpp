#include "redis/sentinels.hpp"

#include "config/text.hpp"
#include "redis/command.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lastseen::redis {

namespace {

constexpr std::string_view question = "SENTINEL get-master-addr-by-name";
constexpr std::string_view switches = "+switch-master";
constexpr std::string_view promotions = "+failover-state-wait-promotion";

// A sentinel that says nothing is found out by its PING.
constexpr std::chrono::seconds pulse{1};

// A promotion that has not been seen by then has failed.
constexpr std::chrono::seconds promotion_time{3};

bool read_port(std::string_view text, std::uint16_t& port) {
  auto* end = text.data() + text.size();
  auto [at, failed] = std::from_chars(text.data(), end, port);
  return failed == std::errc{} && at == end && port != 0;
}

} // namespace

std::optional<new_master> parse_switch(std::string_view message,
                                       std::string_view master_name) {
  auto words = config::split_words(message);
  new_master x{};
  if (words.size() != 5 || words[0] != master_name
      || !read_port(words[4], x.port))
    return std::nullopt;
  x.host = words[3];
  return x;
}

std::optional<new_master> parse_promotion(std::string_view message,
                                          std::string_view master_name) {
  auto words = config::split_words(message);
  new_master x{};
  if (words.size() != 8 || words[0] != "slave" || words[4] != "@"
      || words[5] != master_name || !read_port(words[3], x.port))
    return std::nullopt;
  x.host = words[2];
  return x;
}

sentinels::sentinels(boost::asio::io_context& context,
                     config::redis_address master, std::string client_name,
                     std::shared_ptr<redis::tls> tls)
  : context_{context},
    master_{std::move(master)},
    client_name_{std::move(client_name)},
    tls_{std::move(tls)},
    order_{std::exchange(master_.sentinels, {})},
    timer_{context} {
  // The next one is asked soon: a sentinel has nothing to do that takes long.
  for (auto& x : order_)
    x.io_timeout = std::min(x.io_timeout, x.connect_timeout);
}

std::shared_ptr<connection>
sentinels::connect(const config::redis_address& address,
                   connection::push_handler on_push) {
  connection_options options;
  options.address = address;
  options.client_name = client_name_;
  options.tls = address.tls ? tls_ : nullptr;
  options.peer = peer::sentinel;
  options.on_push = std::move(on_push);
  return std::make_shared<connection>(context_, std::move(options));
}

config::redis_address sentinels::at(std::string host,
                                    std::uint16_t port) const {
  auto x = master_;
  x.host = std::move(host);
  x.port = port;
  return x;
}

// -- asking ------------------------------------------------------------------

void sentinels::locate(bool again, handler done) {
  done_ = std::move(done);
  if (auto told = std::exchange(told_, std::nullopt))
    return finish(std::move(*told));
  if (auto next = promoted())
    return finish(std::move(*next));
  // It may be behind the others.
  if (again)
    std::rotate(order_.begin(), order_.begin() + 1, order_.end());
  failures_.clear();
  ask(0);
}

void sentinels::ask(std::size_t i) {
  ++question_;
  if (auto last = std::exchange(asking_, nullptr))
    last->close();
  if (i == order_.size())
    return finish(error{ec::unavailable, std::move(failures_)});
  asking_ = connect(order_[i]);
  asking_->open(
    [weak = weak_from_this(), now = question_, i](const store_link& link) {
      auto self = weak.lock();
      if (!self || now != self->question_)
        return;
      if (link.up)
        self->query(i);
      else
        self->asked(i, link.cause.what);
    });
}

void sentinels::query(std::size_t i) {
  asking_->send(
    question,
    [this](std::string& out) {
      append_command(out, {"SENTINEL", "get-master-addr-by-name", target()});
    },
    [weak = weak_from_this(), now = question_, i](const result<answer>& x) {
      auto self = weak.lock();
      if (!self || now != self->question_)
        return;
      if (x)
        self->found(i, *x->text);
      else
        self->asked(i, x.error().what);
    });
}

void sentinels::found(std::size_t i, const reply& answer) {
  auto failed = [&](std::string_view why) {
    asked(i, asking_->failure(ec::unavailable, question, why).what);
  };
  auto head = answer[0];
  if (head.type == kind::error)
    return failed(head.text);
  if (head.type == kind::nil)
    return failed("does not know a master of that name");
  std::uint16_t port = 0;
  if (!answer.is_flat_array(2) || !read_port(answer[2].text, port))
    return failed("unexpected reply");
  auto address = at(std::string{answer[1].text}, port);
  auto place = order_.begin() + static_cast<std::ptrdiff_t>(i);
  std::rotate(order_.begin(), place, place + 1);
  finish(std::move(address));
}

void sentinels::asked(std::size_t i, std::string why) {
  failures_ += (failures_.empty() ? "" : "; ") + why;
  ask(i + 1);
}

void sentinels::finish(result<config::redis_address> answer) {
  ++question_;
  if (auto last = std::exchange(asking_, nullptr))
    last->close();
  if (answer)
    last_ = *answer;
  if (auto done = std::exchange(done_, nullptr))
    done(std::move(answer));
}

// -- watching ----------------------------------------------------------------

void sentinels::watch(moved_handler on_moved) {
  on_moved_ = std::move(on_moved);
  for (const auto& address : order_) {
    auto to = connect(address, [weak = weak_from_this()](const reply& x) {
      if (auto self = weak.lock())
        self->told(x);
    });
    watched_.push_back(to);
    to->open(
      [weak = weak_from_this(), link = std::weak_ptr{to}](const store_link& x) {
        auto self = weak.lock();
        auto up = link.lock();
        if (self && up && x.up)
          self->subscribe(up);
      });
  }
  keep_alive();
}

// An ACL of before we asked for promotions may refuse them.
void sentinels::subscribe(const std::shared_ptr<connection>& to) {
  for (auto channel : {switches, promotions})
    to->send(
      "SUBSCRIBE",
      [&](std::string& out) {
        append_command(out, {"SUBSCRIBE", channel});
      },
      [channel, link = std::weak_ptr{to}](const result<answer>& x) {
        auto up = link.lock();
        if (up && x && (*x->text)[0].type == kind::error && channel == switches)
          up->drop("SUBSCRIBE", (*x->text)[0].text);
      });
}

void sentinels::told(const reply& message) {
  auto promotes = message[2].text == promotions;
  auto to = promotes ? parse_promotion(message[3].text, target())
                     : parse_switch(message[3].text, target());
  if (!to || !on_moved_)
    return;
  auto address = at(std::move(to->host), to->port);
  if (promotes) {
    promoted_ = address;
    promoted_at_ = boot_clock::now();
  } else {
    promoted_.reset();
    if (address != last_)
      told_ = address;
  }
  on_moved_(address);
}

// Who is being made the master now.
std::optional<config::redis_address> sentinels::promoted() {
  if (promoted_ && boot_clock::now() - promoted_at_ > promotion_time)
    promoted_.reset();
  return promoted_;
}

void sentinels::keep_alive() {
  timer_.expires_after(pulse);
  timer_.async_wait([weak = weak_from_this()](const auto& failed) {
    auto self = weak.lock();
    if (failed || !self || !self->on_moved_)
      return;
    for (auto& x : self->watched_)
      x->send(
        "PING", [](std::string& out) { append_command(out, {"PING"}); },
        [](const result<answer>&) {});
    self->keep_alive();
  });
}

void sentinels::close() {
  on_moved_ = nullptr;
  done_ = nullptr;
  ++question_;
  timer_.cancel();
  if (auto last = std::exchange(asking_, nullptr))
    last->close();
  for (auto& x : std::exchange(watched_, {}))
    x->close();
}

} // namespace lastseen::redis
