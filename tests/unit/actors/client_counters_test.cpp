#include "tests/support/session_fixture.hpp"

namespace lastseen {
namespace {

class ClientCountersTest : public test::session_fixture {
protected:
  ClientCountersTest() {
    options_.counters = &counters_;
  }

  std::uint64_t commands(command_kind kind) const {
    return counters_.sum([kind](const client_counters& x) -> std::uint64_t {
      return x.commands[static_cast<std::size_t>(kind)];
    });
  }

  std::uint64_t errors(unsigned code) const {
    return counters_.sum([code](const client_counters& x) -> const counter& {
      return x.errors[code - 100];
    });
  }

  std::uint64_t disconnects(unsigned code) const {
    return counters_.sum([code](const client_counters& x) {
      for (std::size_t i = 0; i < x.disconnects.size(); ++i)
        if (static_cast<unsigned>(protocol::disconnects[i].code) == code)
          return std::uint64_t{x.disconnects[i]};
      return std::uint64_t{99};
    });
  }

  std::uint64_t pongs() const {
    return counters_.sum(
      [](const client_counters& x) -> const counter& { return x.pongs; });
  }

  per_thread<client_counters> counters_;
};

TEST_F(ClientCountersTest, CommandsCountByKindAndPongsApart) {
  aut();
  EXPECT_EQ(counters_.sum([](const client_counters& x) -> const counter& {
    return x.connections;
  }),
            1u);
  connect();
  rpc(2);
  rpc(3);
  EXPECT_EQ(commands(command_kind::connect), 1u);
  EXPECT_EQ(commands(command_kind::rpc), 2u);
  until(options_.ping_interval); // a ping has been sent
  pong();
  EXPECT_EQ(pongs(), 1u);
  EXPECT_EQ(commands(command_kind::none), 0u);
}

TEST_F(ClientCountersTest, ErrorRepliesCountByCodeWhenTheyAreSaid) {
  connect();
  give(rpc_command(2, "nope"));
  rpc(3);
  answer(1, false);
  EXPECT_EQ(errors(104), 1u);
  EXPECT_EQ(errors(100), 1u);
  EXPECT_EQ(errors(107), 0u);
}

TEST_F(ClientCountersTest, DisconnectsCountByCode) {
  connect();
  pong(); // nobody asked
  EXPECT_EQ(disconnects(3501), 1u);
  EXPECT_EQ(disconnects(3001), 0u);
}

} // namespace
} // namespace lastseen
