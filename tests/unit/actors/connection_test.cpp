#include "actors/connection.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/shards.hpp"

#include <caf/scoped_actor.hpp>

#include <mutex>

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
class ConnectionActor : public testing::Test {
protected:
  ConnectionActor() {
    env.session.anonymous = true;
    env.session.authenticate = [](std::string_view token,
                                  local_time) -> result<identity> {
      return identity{std::string{token}, std::nullopt};
    };
  }

  void start() {
    env.directory = shards.directory;
    supervisor_ = sys->spawn(supervisor, shards.args);
    caf::scoped_actor self{*sys};
    self->request(supervisor_, caf::infinite, caf::get_atom_v)
      .receive([](caf::ok_atom) {}, [](caf::error&) { FAIL(); });
    shards.open_stores();
    at_home([this] {
      actor = sys->spawn<connection>(
        sys.thread(1), std::make_shared<const connection_env>(env), output,
        std::uint64_t{1});
      aut =
        static_cast<connection*>(caf::actor_cast<caf::abstract_actor*>(actor));
    });
  }

  void TearDown() override {
    caf::scoped_actor self{*sys};
    if (actor) {
      at_home([this] { aut->on_closed(true); });
      self->wait_for(actor);
    }
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
    self->wait_for(supervisor_);
    actor = nullptr;
    supervisor_ = nullptr;
    shards.directory->clear();
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
  connection_actor actor;
  connection* aut = nullptr;
};

TEST_F(ConnectionActor, TellsTheStatusActorThatAUserCame) {
  start();
  connect();
  EXPECT_EQ(output.said(), std::vector<std::string>{"connected 1"});
  EXPECT_TRUE(eventually([&] { return store().stored("42").online != 0; }));
  EXPECT_EQ(store().stored("42").active, 0);
}

TEST_F(ConnectionActor, AnswersACommandOnceTheStatusActorHas) {
  start();
  connect();
  command_of(rpc(2, "away"));
  EXPECT_TRUE(eventually([&] { return output.has_said("rpc 2"); }));
  EXPECT_TRUE(eventually([&] { return store().stored("42").active != 0; }));
  EXPECT_EQ(store().stored("42").state, "away");
}

TEST_F(ConnectionActor, KeepsTheOrderOfAThousandCommands) {
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

TEST_F(ConnectionActor, FailsACommandThatTheStatusActorDoesNotAnswer) {
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

TEST_F(ConnectionActor, ClosesAClientThatNeverConnects) {
  env.session.stale_close_delay = 60ms;
  start();
  EXPECT_TRUE(eventually([&] { return output.has_said("close 3502"); }));
  EXPECT_EQ(output.said().size(), 1u);
}

TEST_F(ConnectionActor, PingsAndClosesAClientThatDoesNotAnswer) {
  env.session.ping_interval = 60ms;
  env.session.pong_timeout = 50ms;
  start();
  connect();
  EXPECT_TRUE(eventually([&] { return output.has_said("close 3012"); }));
  EXPECT_EQ(output.said(),
            (std::vector<std::string>{"connected 1", "ping", "close 3012"}));
}

TEST_F(ConnectionActor, GoesOnPingingAClientThatAnswers) {
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

TEST_F(ConnectionActor, EndsOnceItsSocketIsClosed) {
  start();
  connect();
  ASSERT_TRUE(eventually([&] { return store().stored("42").online != 0; }));
  auto came = store().stored("42").online;
  std::this_thread::sleep_for(2ms); // so that the two differ
  at_home([this] { aut->on_closed(true); });
  caf::scoped_actor self{*sys};
  self->wait_for(actor); // would hang
  actor = nullptr;
  // The last sign of life is written when the user's window closes.
  EXPECT_TRUE(eventually([&] { return store().stored("42").online > came; }));
  EXPECT_EQ(output.said().size(), 1u);
}

TEST_F(ConnectionActor, SaysNothingAfterItsSocketIsClosed) {
  env.session.stale_close_delay = 60ms;
  start();
  at_home([this] {
    auto x = rpc(2);
    auto first = connect_command();
    aut->on_command(first);
    aut->on_command(x);
    aut->on_closed(true); // before the answer
  });
  caf::scoped_actor self{*sys};
  self->wait_for(actor);
  actor = nullptr;
  EXPECT_EQ(output.said(), std::vector<std::string>{"connected 1"});
}

} // namespace
} // namespace lastseen
