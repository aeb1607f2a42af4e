#include "actors/connection.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/shards.hpp"

#include <caf/actor_registry.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <mutex>
#include <optional>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using protocol::command;
using protocol::command_kind;
using test::eventually;

/// Notes what a connection says, and where.
class fake_output : public client_output {
public:
  explicit fake_output(io_thread& home) : home_(home) {}

  std::vector<std::string> said() {
    std::lock_guard guard{mutex_};
    return said_;
  }

  bool has_said(const std::string& what) {
    auto all = said();
    return std::find(all.begin(), all.end(), what) != all.end();
  }

  void connected(std::uint32_t id, const connect_reply&) override {
    note("connected " + std::to_string(id));
  }
  void rpc_done(std::uint32_t id) override {
    note("rpc " + std::to_string(id));
  }
  void refreshed(std::uint32_t id,
                 std::optional<std::chrono::seconds>) override {
    note("refreshed " + std::to_string(id));
  }
  void failed(std::uint32_t id, protocol::error_code code,
              std::string_view) override {
    note("failed " + std::to_string(id) + ' '
         + std::to_string(static_cast<int>(code)));
  }
  void pinged(std::uint32_t) override {}
  bool delivered() override {
    return true;
  }
  void ping() override {
    note("ping");
  }
  void close(protocol::disconnect_code code) override {
    note("close " + std::to_string(static_cast<int>(code)));
  }
  void drop() override {
    note("drop");
  }
  void ready() override {
    note("ready");
  }

private:
  void note(std::string what) {
    std::lock_guard guard{mutex_};
    if (io_thread::current() != &home_)
      what += " on a foreign thread";
    said_.push_back(std::move(what));
  }

  io_thread& home_;
  std::mutex mutex_;
  std::vector<std::string> said_;
};

/// A connection on thread 1 of 2, before one real shard.
class Connection : public testing::Test {
protected:
  Connection() {
    env.session.anonymous = true;
    env.session.authenticate = [](std::string_view token,
                                  local_time) -> result<identity> {
      return identity{std::string{token}, std::nullopt};
    };
  }

  void start() {
    env.directory = shards.directory;
    supervisor_ = sys->spawn(supervisor, shards.args);
    {
      caf::scoped_actor self{*sys};
      self->request(supervisor_, caf::infinite, caf::get_atom_v)
        .receive([](caf::ok_atom) {}, [](caf::error&) { FAIL(); });
    }
    shards.open_stores();
    others_ = sys->registry().running();
    at_home([this] {
      aut.emplace(sys.thread(1), std::make_shared<const connection_env>(env),
                  output, std::uint64_t{1});
    });
  }

  void TearDown() override {
    at_home([this] { end(); });
    caf::scoped_actor self{*sys};
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
    self->wait_for(supervisor_);
    supervisor_ = nullptr;
    shards.directory->clear();
  }

  void end() {
    if (aut)
      aut->on_closed(true);
    aut.reset();
  }

  /// How many actors the connection has.
  std::size_t actors() {
    return sys->registry().running() - others_;
  }

  template <class F>
  void at_home(F f) {
    sys.on(1, std::move(f));
  }

  void command_of(command x) {
    at_home([&] {
      aut->on_bytes();
      aut->on_command(x);
      aut->rearm();
    });
  }

  void connect() {
    command_of(connect_command());
  }

  static command connect_command() {
    command out;
    out.id = 1;
    out.kind = command_kind::connect;
    out.token = "42";
    return out;
  }

  static command rpc(std::uint32_t id, std::optional<std::string> state = {}) {
    command out;
    out.id = id;
    out.kind = command_kind::rpc;
    out.method = "update_user_status";
    out.state = std::move(state);
    return out;
  }

  test::memory_store& store() {
    return *shards.stores[0];
  }

  connection_env env;
  test::shards shards{1, shard_options{}, boot_clock::now};
  test::io_system sys{2};
  fake_output output{sys.thread(1)};
  caf::actor supervisor_;
  std::optional<connection> aut; // used on its thread
  std::size_t others_ = 0;       // actors
};

TEST_F(Connection, TellsTheStatusActorThatAUserCame) {
  start();
  connect();
  EXPECT_EQ(output.said(), std::vector<std::string>{"connected 1"});
  EXPECT_TRUE(eventually([&] { return store().stored("42").online != 0; }));
  EXPECT_EQ(store().stored("42").active, 0);
}

TEST_F(Connection, AnswersACommandOnceTheStatusActorHas) {
  start();
  connect();
  command_of(rpc(2, "away"));
  EXPECT_TRUE(eventually([&] { return output.has_said("rpc 2"); }));
  EXPECT_TRUE(eventually([&] { return store().stored("42").active != 0; }));
  EXPECT_EQ(store().stored("42").state, "away");
}

TEST_F(Connection, KeepsTheOrderOfAThousandCommands) {
  start();
  connect();
  at_home([&] {
    for (std::uint32_t i = 2; i < 1000; ++i) {
      auto x = rpc(i);
      if (i % 3 == 0)
        x.method = "unknown"; // answered here
      aut->on_command(x);
    }
  });
  ASSERT_TRUE(eventually([&] { return output.said().size() == 999; }));
  auto said = output.said();
  for (std::uint32_t i = 2; i < 1000; ++i)
    EXPECT_EQ(said[i - 1], i % 3 == 0 ? "failed " + std::to_string(i) + " 104"
                                      : "rpc " + std::to_string(i));
}

TEST_F(Connection, FailsACommandThatTheStatusActorDoesNotAnswer) {
  env.session.timeout = 20ms;
  start();
  connect();
  ASSERT_TRUE(eventually([&] { return store().stored("42").online != 0; }));
  // A store that blocks holds up its status actor.
  caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  caf::scoped_actor self{*sys};
  self->wait_for(supervisor_);
  command_of(rpc(2));
  EXPECT_TRUE(eventually([&] { return output.has_said("failed 2 100"); }));
}

TEST_F(Connection, ClosesAClientThatNeverConnects) {
  env.session.stale_close_delay = 60ms;
  start();
  EXPECT_TRUE(eventually([&] { return output.has_said("close 3502"); }));
  EXPECT_EQ(output.said().size(), 1u);
}

TEST_F(Connection, PingsAndClosesAClientThatDoesNotAnswer) {
  env.session.ping_interval = 60ms;
  env.session.pong_timeout = 50ms;
  start();
  connect();
  EXPECT_TRUE(eventually([&] { return output.has_said("close 3012"); }));
  EXPECT_EQ(output.said(),
            (std::vector<std::string>{"connected 1", "ping", "close 3012"}));
}

TEST_F(Connection, GoesOnPingingAClientThatAnswers) {
  env.session.ping_interval = 60ms;
  env.session.pong_timeout = 5s;
  start();
  connect();
  for (std::size_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(eventually([&] { return output.said().size() == 1 + i; }));
    EXPECT_EQ(output.said().back(), "ping");
    command_of({}); // a pong
  }
  EXPECT_FALSE(output.has_said("close 3012"));
}

TEST_F(Connection, HasNoActorUntilItAwaitsAnAnswer) {
  start();
  EXPECT_EQ(actors(), 0u);
  connect();
  ASSERT_TRUE(eventually([&] { return store().stored("42").online != 0; }));
  EXPECT_EQ(actors(), 0u);
  command_of(rpc(2));
  EXPECT_EQ(actors(), 1u);
  command_of(rpc(3));
  EXPECT_TRUE(eventually([&] { return output.has_said("rpc 3"); }));
  EXPECT_EQ(actors(), 1u);
  at_home([this] { end(); });
  EXPECT_TRUE(eventually([&] { return actors() == 0; }));
}

TEST_F(Connection, GoesOnWhenTheKeysOfATokenAreThere) {
  std::atomic<bool> there = false;
  connection_actor waiting;
  env.session.authenticate = [&](std::string_view token,
                                 local_time) -> result<identity> {
    if (!there)
      return error{ec::not_ready, "token: no key yet"};
    return identity{std::string{token}, std::nullopt};
  };
  env.await_keys = [&](const connection_actor& who) { waiting = who; };
  start();
  connect();
  EXPECT_EQ(actors(), 1u);
  EXPECT_TRUE(output.said().empty());
  there = true;
  caf::anon_send(waiting, keys_atom_v);
  EXPECT_TRUE(eventually([&] { return output.has_said("connected 1"); }));
  caf::anon_send(waiting, keys_atom_v);
  at_home([this] { end(); });
  caf::anon_send(waiting, keys_atom_v); // comes too late
  waiting = nullptr;
  EXPECT_TRUE(eventually([&] { return actors() == 0; }));
}

TEST_F(Connection, EndsOnceItsSocketIsClosed) {
  start();
  connect();
  ASSERT_TRUE(eventually([&] { return store().stored("42").online != 0; }));
  auto came = store().stored("42").online;
  std::this_thread::sleep_for(2ms); // so that the two differ
  at_home([this] { end(); });
  // The last sign of life is written when the user's window closes.
  EXPECT_TRUE(eventually([&] { return store().stored("42").online > came; }));
  EXPECT_EQ(output.said().size(), 1u);
}

TEST_F(Connection, SaysNothingAfterItsSocketIsClosed) {
  env.session.stale_close_delay = 60ms;
  start();
  at_home([this] {
    auto x = rpc(2);
    auto first = connect_command();
    aut->on_command(first);
    aut->on_command(x);
    end(); // before the answer
  });
  EXPECT_TRUE(eventually([&] { return actors() == 0; }));
  EXPECT_EQ(output.said(), std::vector<std::string>{"connected 1"});
}

} // namespace
} // namespace lastseen
