#pragma once

#include "actors/session.hpp"
#include "tests/support/shard_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lastseen::test {

/// A session whose outputs are collected as lines of text.
class session_fixture : public testing::Test,
                        public client_output,
                        public status_output {
protected:
  using command = protocol::command;
  using command_kind = protocol::command_kind;
  using disconnect_code = protocol::disconnect_code;

  session_fixture() {
    options_.version = "lastseen test";
    options_.authenticate = [this](std::string_view token, local_time since) {
      EXPECT_LE(since, now_);
      return check(token);
    };
  }

  // Tokens are `user`, `user:ttl`, `expired` or `invalid`, and with a key that
  // is not there yet, `key user` and so on.
  result<identity> check(std::string_view token) const {
    if (token.starts_with("key ")) {
      if (no_key_)
        return error{*no_key_, "token: no key"};
      token.remove_prefix(4);
    }
    if (token == "expired")
      return error{ec::token_expired, "token: expired"};
    if (token == "invalid")
      return error{ec::unauthorized, "token: bad signature"};
    identity out;
    auto colon = token.find(':');
    out.user = token.substr(0, colon);
    if (colon != std::string_view::npos)
      out.ttl =
        std::chrono::seconds{std::stoi(std::string{token.substr(colon + 1)})};
    return out;
  }

  /// The session, made when first used, so that a test may set options.
  session& aut() {
    if (!session_)
      session_.emplace(options_, *this, *this, seed_, now_);
    return *session_;
  }

  // -- what the client does ---------------------------------------------------

  static command make(std::uint32_t id, command_kind kind) {
    command out;
    out.id = id;
    out.kind = kind;
    return out;
  }

  void give(command x) {
    aut().on_bytes(now_);
    aut().on_command(x, now_);
  }

  void give(std::uint32_t id, command_kind kind) {
    give(make(id, kind));
  }

  static command connect_command(std::uint32_t id, std::string token) {
    auto out = make(id, command_kind::connect);
    out.token = std::move(token);
    return out;
  }

  void connect(std::string token = "42", std::uint32_t id = 1) {
    give(connect_command(id, std::move(token)));
  }

  /// Connects and forgets what was said.
  void connected(std::string token = "42") {
    connect(std::move(token));
    said();
  }

  static command rpc_command(std::uint32_t id, std::string method) {
    auto out = make(id, command_kind::rpc);
    out.method = std::move(method);
    return out;
  }

  void rpc(std::uint32_t id, std::optional<std::string> state = {}) {
    auto x = rpc_command(id, "update_user_status");
    x.state = std::move(state);
    give(std::move(x));
  }

  void refresh(std::uint32_t id, std::string token) {
    auto x = make(id, command_kind::refresh);
    x.token = std::move(token);
    give(std::move(x));
  }

  void pong() {
    give(command{});
  }

  // -- what else happens ------------------------------------------------------

  void answer(std::uint32_t number, bool accepted = true) {
    aut().on_answer({number, accepted});
  }

  /// Lets time pass until `t` milliseconds after the start; the session is
  /// called at its deadlines only.
  void until(std::chrono::milliseconds t) {
    while (!aut().closed() && aut().deadline() <= start + t) {
      now_ = std::max(now_, aut().deadline());
      aut().on_deadline(now_);
    }
    now_ = start + t;
  }

  /// What was said since the last call.
  std::vector<std::string> said() {
    return std::exchange(lines_, {});
  }

  // -- outputs ----------------------------------------------------------------

  void connected(std::uint32_t id, const connect_reply& x) override {
    client_ = x.client;
    say("connected ", id, " ping ", x.ping.count(), ttl_text(x.ttl));
    version_ = x.version;
  }

  void rpc_done(std::uint32_t id) override {
    say("rpc ", id);
  }

  void refreshed(std::uint32_t id,
                 std::optional<std::chrono::seconds> ttl) override {
    say("refreshed ", id, ttl_text(ttl));
  }

  void failed(std::uint32_t id, protocol::error_code code,
              std::string_view message) override {
    say("failed ", id, " ", static_cast<int>(code), " ", message);
  }

  void pinged(std::uint32_t id) override {
    say("pinged ", id);
  }

  bool delivered() override {
    return delivered_;
  }

  void ping() override {
    say("ping");
  }

  void close(disconnect_code code) override {
    say("close ", static_cast<int>(code));
  }

  void drop() override {
    say("drop");
  }

  void ready() override {
    say("ready");
  }

  void send(activity&& x) override {
    EXPECT_EQ(x.when, now_);
    say("activity ", x.number, " of ", x.user,
        x.state ? " state '" + *x.state + "'" : "");
  }

  void send(heartbeat&& x) override {
    say(x.edge ? "edge of " : "heartbeat of ", x.user, " at ",
        (x.when - start) / std::chrono::milliseconds{1});
  }

  void await_keys() override {
    say("await keys");
  }

  session_options options_;
  std::uint64_t seed_ = 1;
  local_time now_ = start;
  bool delivered_ = true;
  std::optional<ec> no_key_ = ec::not_ready; // nothing: it is there
  std::string client_;
  std::string version_;

private:
  template <class... Ts>
  void say(const Ts&... xs) {
    std::string line;
    (append(line, xs), ...);
    lines_.push_back(std::move(line));
  }

  static void append(std::string& out, std::string_view x) {
    out += x;
  }

  template <class T>
  requires std::is_arithmetic_v<T>
  static void append(std::string& out, T x) {
    out += std::to_string(x);
  }

  static std::string ttl_text(std::optional<std::chrono::seconds> ttl) {
    return ttl ? " ttl " + std::to_string(ttl->count()) : "";
  }

  std::optional<session> session_;
  std::vector<std::string> lines_;
};

} // namespace lastseen::test
