#pragma once

#include "io_fixture.hpp"
#include "loopback_client.hpp"
#include "net/environment.hpp"
#include "net/server.hpp"
#include "shards.hpp"

#include <caf/scoped_actor.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lastseen::test {

/// A node on loopback before stores in memory: all but the process.
class node_fixture : public testing::Test {
protected:
  static constexpr std::string_view secret = "secret";

  node_fixture() {
    settings.http_server.address = "127.0.0.1";
    settings.http_server.port = 0;
    settings.http_api.key = "key";
    settings.client.token.hmac_secret_key = secret;
  }

  void start() {
    shard_options options;
    options.timeout = settings.user_status.timeout;
    shards.emplace(1, options, boot_clock::now);
    env = make_environment(settings, shards->directory).value();
    for (const auto& x : shards->args.shards)
      env->shards.push_back({x.shard, x.gauge});
    sys.emplace(2);
    supervisor_ = (*sys)->spawn(supervisor, shards->args);
    caf::scoped_actor self{**sys};
    self->request(supervisor_, caf::infinite, caf::get_atom_v)
      .receive([](caf::ok_atom) {}, [](caf::error&) { FAIL(); });
    shards->open_stores();
    server.emplace(sys->scheduler(), *env);
    auto listening = server->listen();
    ASSERT_TRUE(listening) << listening.error().what;
  }

  void TearDown() override {
    if (!server)
      return;
    server->stop_accepting();
    server->close_all();
    EXPECT_TRUE(eventually([this] { return env->clients == 0; }));
    store().release();
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
    caf::scoped_actor {
      **sys
      } -> wait_for(supervisor_);
    supervisor_ = nullptr;
    shards->directory->clear();
    server.reset();
  }

  /// Has the threads take in all that was sent: in two turns they have
  /// looked.
  void take_in() {
    for (int turn = 0; turn < 2; ++turn)
      for (std::size_t i = 0; i < 2; ++i)
        sys->on(i, [] {});
  }

  /// Waits until so many calls of the server API are under way.
  bool wait_for_calls(std::size_t n) {
    return eventually([=, this] { return env->calls == n; });
  }

  std::uint16_t port() {
    return server->endpoints().front().port();
  }

  memory_store& store() {
    return *shards->stores[0];
  }

  /// A request of the server API.
  static std::string post(std::string_view path, std::string_view body,
                          std::string_view extra = {}) {
    return "POST " + std::string{path} + " HTTP/1.1\r\nHost: x\r\n"
           + "X-API-Key: key\r\nContent-Length: " + std::to_string(body.size())
           + "\r\n" + std::string{extra} + "\r\n" + std::string{body};
  }

  static std::string get_status(std::string_view user) {
    return post("/api/get_user_status",
                R"({"users":[")" + std::string{user} + R"("]})");
  }

  static std::string upgrade(std::string_view extra = {}) {
    return "GET /connection/websocket HTTP/1.1\r\nHost: x\r\n"
           "Upgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Version: 13\r\n"
           + std::string{extra} + "\r\n";
  }

  config::settings settings;
  std::unique_ptr<environment> env; // outlives the threads
  std::optional<test::shards> shards;
  std::optional<io_system> sys;
  std::optional<lastseen::server> server;
  caf::actor supervisor_;
};

} // namespace lastseen::test
