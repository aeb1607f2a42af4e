#include "net/transport.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/loopback_client.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <string>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using test::eventually;
using test::loopback_client;

/// Keeps what it is told.
class recorder : public transport_handler {
public:
  void on_data(std::span<char> bytes) override {
    std::lock_guard guard{mutex_};
    data_.append(bytes.data(), bytes.size());
    if (on_bytes)
      on_bytes(bytes);
  }
  void on_stalled() override {
    ++stalls;
  }
  bool on_end() override {
    ++peer_ends;
    return !ends;
  }
  void on_shutdown() override {
    ++shutdowns;
  }
  void on_closed(bool orderly) override {
    ++(orderly ? orderly_ends : losses);
  }

  std::string data() {
    std::lock_guard guard{mutex_};
    return data_;
  }

  std::function<void(std::span<char>)> on_bytes;
  std::weak_ptr<transport> peer;
  std::atomic<bool> ends = true; // with the peer
  std::atomic<int> peer_ends = 0;
  std::atomic<int> shutdowns = 0;
  std::atomic<int> stalls = 0;
  std::atomic<int> orderly_ends = 0;
  std::atomic<int> losses = 0;

private:
  std::mutex mutex_;
  std::string data_;
};

/// A transport on an I/O thread and a client at its other end.
class Transport : public testing::Test {
protected:
  void SetUp() override {
    tcp::acceptor acceptor{sys.thread(0).context(),
                           {boost::asio::ip::address_v4::loopback(), 0}};
    client.emplace(acceptor.local_endpoint().port(), 4096);
    auto socket = acceptor.accept(sys.thread(0).context().get_executor());
    sys.on(0, [&] {
      aut = std::make_shared<transport>(sys.thread(0), std::move(socket));
      handler->peer = aut;
      aut->use(handler);
    });
  }

  void TearDown() override {
    sys.on(0, [this] {
      if (handler->orderly_ends + handler->losses == 0)
        aut->abort();
      aut.reset();
    });
  }

  void say(std::string_view what) {
    sys.on(0, [&] {
      aut->output() += what;
      aut->flush();
    });
  }

  void advance(std::chrono::seconds by) {
    sys.on(0, [&] { sys.thread(0).advance(by); });
  }

  std::size_t undelivered() {
    std::size_t out = 0;
    sys.on(0, [&] { out = aut->undelivered(); });
    return out;
  }

  std::size_t unsent() {
    std::size_t out = 0;
    sys.on(0, [&] { out = aut->unsent(); });
    return out;
  }

  test::io_system sys{1};
  std::optional<loopback_client> client;
  std::shared_ptr<recorder> handler = std::make_shared<recorder>();
  std::shared_ptr<transport> aut;
};

TEST_F(Transport, GivesBytesToItsHandler) {
  ASSERT_TRUE(client->send("hello"));
  EXPECT_TRUE(eventually([&] { return handler->data() == "hello"; }));
}

// It may be in the middle of what made it say so.
TEST_F(Transport, KeepsItsHandlerToTheEndOfTheTurnInWhichItIsLost) {
  std::weak_ptr<recorder> weak = handler;
  sys.on(0, [&] {
    handler = nullptr;
    aut->abort();
    EXPECT_FALSE(weak.expired());
    EXPECT_EQ(weak.lock()->orderly_ends, 1);
    aut->abort(); // once is enough
    EXPECT_EQ(weak.lock()->orderly_ends, 1);
  });
  EXPECT_TRUE(eventually([&] { return weak.expired(); }));
  handler = std::make_shared<recorder>();
  handler->orderly_ends = 1; // nothing is left to close
}

TEST_F(Transport, SendsWhatWasSaidInATurnTogether) {
  sys.on(0, [&] {
    aut->output() += "one ";
    aut->flush();
    aut->output() += "two";
    aut->flush();
    EXPECT_EQ(aut->unsent(), 7u); // not before the turn's end
  });
  EXPECT_TRUE(client->fill(7));
  EXPECT_EQ(client->rest(), "one two");
  EXPECT_EQ(unsent(), 0u);
}

TEST_F(Transport, GoesOnSendingWhenThePeerReadsAgain) {
  std::string much(32 << 20, 'x');
  say(much);
  EXPECT_GT(unsent(), 0u);
  EXPECT_TRUE(client->fill(much.size()));
  EXPECT_EQ(client->rest(), much);
  EXPECT_EQ(unsent(), 0u);
}

TEST_F(Transport, TellsOfAPeerThatTakesNothing) {
  std::string much(32 << 20, 'x');
  say(much);
  ASSERT_GT(unsent(), 0u);
  sys.on(0, [&] { aut->watch_writes(1ms); });
  ASSERT_TRUE(client->fill(much.size() / 2)); // it goes on, then stops again
  EXPECT_TRUE(eventually([&] { return handler->stalls >= 1; }));
  EXPECT_EQ(handler->orderly_ends + handler->losses, 0); // its handler's job
}

TEST_F(Transport, ForgetsAStallThatIsOver) {
  std::string much(32 << 20, 'x');
  sys.on(0, [&] { aut->watch_writes(100ms); });
  say(much);
  ASSERT_TRUE(client->fill(much.size()));
  ASSERT_TRUE(eventually([&] { return unsent() == 0; }));
  auto before = handler->stalls.load(); // a slow machine may see some
  std::promise<void> passed;
  struct alarm : wheel_entry {
    explicit alarm(std::promise<void>& x) : rings{x} {}
    void on_deadline(local_time) override {
      rings.set_value();
    }
    std::promise<void>& rings;
  } later{passed};
  sys.on(
    0, [&] { sys.thread(0).schedule(later, sys.thread(0).now() + 2 * 200ms); });
  passed.get_future().wait();
  EXPECT_EQ(handler->stalls, before);
}

TEST_F(Transport, GivesBackTheMemoryOfWhatWasSent) {
  std::string piece(1 << 20, 'x');
  std::size_t size = 0;
  std::size_t said = 0;
  // The peer lags behind but reads on: the output is never empty.
  for (int i = 0; i < 64; ++i) {
    say(piece);
    said += piece.size();
    sys.on(0, [&] { size = std::max(size, aut->output().size()); });
    if (said > (16u << 20)) {
      ASSERT_TRUE(client->fill(said - (16u << 20)));
    }
  }
  EXPECT_LT(size, 40u << 20);
}

TEST_F(Transport, HandsTheRestToTheNextHandler) {
  auto next = std::make_shared<recorder>();
  handler->on_bytes = [&](std::span<char> bytes) {
    aut->use(next, bytes.last(3));
  };
  ASSERT_TRUE(client->send("onetwo"));
  EXPECT_TRUE(eventually([&] { return next->data() == "two"; }));
  ASSERT_TRUE(client->send("three"));
  EXPECT_TRUE(eventually([&] { return next->data() == "twothree"; }));
  EXPECT_EQ(handler->data(), "onetwo");
  handler = next;
}

TEST_F(Transport, ReadsNothingWhilePaused) {
  std::weak_ptr<transport> weak = aut;
  sys.on(0, [&] { aut->pause(); });
  sys.on(0, [&] { aut.reset(); }); // it needs nobody to hold it
  ASSERT_TRUE(client->send("a"));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(handler->data(), "");
  EXPECT_EQ(handler->orderly_ends + handler->losses, 0);
  sys.on(0, [&] { aut = weak.lock(); });
  ASSERT_TRUE(aut);
  sys.on(0, [&] { aut->resume(); });
  EXPECT_TRUE(eventually([&] { return handler->data() == "a"; }));
}

TEST_F(Transport, TellsThatThePeerIsGone) {
  client.reset();
  EXPECT_TRUE(eventually([&] { return handler->orderly_ends == 1; }));
  EXPECT_EQ(handler->losses, 0);
}

TEST_F(Transport, CanSayMoreToAPeerThatEnded) {
  handler->ends = false;
  sys.on(0, [&] { aut.reset(); });
  client->shutdown_send();
  ASSERT_TRUE(eventually([&] { return handler->peer_ends == 1; }));
  sys.on(0, [&] { aut = handler->peer.lock(); });
  ASSERT_TRUE(aut);
  say("bye");
  sys.on(0, [&] { aut->finish(); });
  EXPECT_TRUE(client->fill(3));
  EXPECT_EQ(client->rest(), "bye");
  EXPECT_TRUE(eventually([&] { return handler->orderly_ends == 1; }));
}

TEST_F(Transport, SendsEverythingBeforeItCloses) {
  std::string much(8 << 20, 'x');
  sys.on(0, [&] {
    aut->output() = much;
    aut->finish();
    aut->finish(); // again does nothing
  });
  ASSERT_TRUE(client->send("dropped"));
  EXPECT_TRUE(client->fill(much.size()));
  EXPECT_FALSE(client->fill(much.size() + 1));
  EXPECT_EQ(handler->orderly_ends, 0); // the peer has not closed
  client.reset();
  EXPECT_TRUE(eventually([&] { return handler->orderly_ends == 1; }));
  EXPECT_EQ(handler->data(), "");
}

TEST_F(Transport, ClosesAPeerThatLingers) {
  sys.on(0, [&] { aut->finish(); });
  EXPECT_TRUE(client->closed());
  EXPECT_TRUE(eventually([&] { return handler->orderly_ends == 1; }));
  EXPECT_FALSE(client->send("x") && client->send("x") && client->send("x"));
}

TEST_F(Transport, WaitsForAPeerThatTakesSomethingInTime) {
  std::string much(32 << 20, 'x');
  sys.on(0, [&] {
    aut->output() = much;
    aut->finish();
  });
  for (std::size_t taken = 1; taken < 8; ++taken) {
    auto before = undelivered();
    ASSERT_TRUE(client->fill(taken << 20));
    ASSERT_TRUE(eventually([&] { return undelivered() < before; }));
    advance(4s);
    ASSERT_EQ(handler->orderly_ends, 0) << taken;
  }
  EXPECT_TRUE(client->fill(much.size()));
  EXPECT_TRUE(eventually([&] { return undelivered() == 0; }));
  advance(6s);
  EXPECT_EQ(handler->orderly_ends, 1);
}

TEST_F(Transport, CutsOffAPeerThatTakesNothing) {
  sys.on(0, [&] {
    aut->output().assign(32 << 20, 'x');
    aut->finish();
  });
  ASSERT_TRUE(client->fill(1 << 20));
  advance(6s); // it has taken something
  EXPECT_EQ(handler->orderly_ends, 0);
  EXPECT_TRUE(eventually([&] { // once nothing more fits between the two
    advance(6s);
    return handler->orderly_ends == 1;
  }));
}

TEST_F(Transport, WaitsForNobodyWhenTheServiceStops) {
  sys.on(0, [&] {
    aut->output().assign(32 << 20, 'x');
    aut->finish();
    aut->shutdown();
  });
  ASSERT_TRUE(client->fill(1 << 20));
  advance(6s);
  EXPECT_EQ(handler->orderly_ends, 1);
}

TEST_F(Transport, ClosesAtOnceWhenAborted) {
  sys.on(0, [&] { aut->abort(); });
  EXPECT_EQ(handler->orderly_ends, 1);
  EXPECT_TRUE(client->closed());
  say("nothing"); // must not crash
}

TEST_F(Transport, PassesOnThatTheServiceStops) {
  sys.on(0, [&] { aut->shutdown(); });
  EXPECT_EQ(handler->shutdowns, 1);
}

} // namespace
} // namespace lastseen
