#include "tests/unit/config/load_fixture.hpp"

namespace lastseen::config {

namespace {

using testing::StartsWith;

class StoreChoice : public Load {};

struct store_case {
  const char* text;
  store_kind store;
  std::string note;
};

TEST_F(StoreChoice, ChoosesTheStoreByWhichKeysAreGiven) {
  const std::string standard = "the store is Redis, 127.0.0.1:6379, because ";
  const std::string embedded = "the store is embedded, \"lastseen.db\", "
                               "because ";
  for (const auto& [text, store, note] : {
         store_case{"{}", store_kind::embedded, embedded + "no Redis is set"},
         {R"({"user_status": {"expire_interval": "24h"}})",
          store_kind::embedded, embedded + "no Redis is set"},
         {R"({"user_status": {"redis": {}}})", store_kind::embedded,
          embedded + "no Redis is set"},
         {R"({"user_status": {"enabled": true}})", store_kind::redis,
          standard + "user_status.enabled is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"prefix": "x"}}})", store_kind::redis,
          standard + "user_status.redis.prefix is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"force_resp2": true}}})",
          store_kind::redis,
          standard + "user_status.redis.force_resp2 is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"address": ""}}})", store_kind::redis,
          standard + "user_status.redis.address is set (" + file_ + ")"},
         {R"({"user_status": {"redis": {"address": [""]}}})", store_kind::redis,
          standard + "user_status.redis.address is set"},
         {R"({"user_status": {"redis": {"address": []}}})", store_kind::redis,
          standard + "user_status.redis.address is set"},
         {R"({"user_status": {"redis": {"db": 2,
              "address": ["redis://u:w@h/1", "unix:///r"]}}})",
          store_kind::redis,
          "the store is Redis, h:6379/1, /r/2, because "
          "user_status.redis.address is set"},
         {R"({"user_status": {"embedded": {"path": "x.db"}}})",
          store_kind::embedded,
          "the store is embedded, \"x.db\", because user_status.embedded.path "
          "is set ("
            + file_ + ")"},
         {R"({"user_status": {"enabled": true, "embedded": {"path": "x"}}})",
          store_kind::embedded,
          "the store is embedded, \"x\", because user_status.embedded.path"},
         {R"({"user_status": {"enabled": false}})", store_kind::embedded,
          embedded
            + "no Redis is set; it stays unused, user_status.enabled "
              "is false"},
         {R"({"user_status": {"enabled": false, "redis": {"db": 0}}})",
          store_kind::redis,
          standard + "user_status.redis.db is set (" + file_
            + "); it stays unused, user_status.enabled is false"},
       }) {
    auto x = good(text);
    EXPECT_EQ(x.settings.store, store) << text;
    EXPECT_THAT(x.store_note, StartsWith(note)) << text;
    EXPECT_EQ(x.settings.user_status.redis.address.empty(),
              store == store_kind::embedded)
      << text;
  }
}

TEST_F(StoreChoice, ChoosesTheStoreByEnvironmentAndFlagsToo) {
  EXPECT_EQ(good("", {{"LASTSEEN_USER_STATUS_ENABLED", "true"}}).settings.store,
            store_kind::redis);
  EXPECT_EQ(good("", {}, {{"user_status.enabled", "true"}}).settings.store,
            store_kind::redis);
  EXPECT_EQ(good("", {}, {{"user_status.redis.db", "1"}}).settings.store,
            store_kind::redis);
  EXPECT_EQ(
    good("", {{"LASTSEEN_USER_STATUS_EMBEDDED_PATH", "x"}}).settings.store,
    store_kind::embedded);
  EXPECT_EQ(good(R"({"user_status": {"enabled": true}})",
                 {{"LASTSEEN_USER_STATUS_ENABLED", "false"}})
              .settings.store,
            store_kind::embedded);
}

TEST_F(StoreChoice, RefusesTwoStores) {
  auto text = R"({"user_status": {"embedded": {"path": "x"}}})";
  EXPECT_EQ(fault_of(text, {{"LASTSEEN_USER_STATUS_REDIS_DB", "0"}}),
            "user_status.embedded.path (" + file_
              + ") and user_status.redis.db (environment "
                "LASTSEEN_USER_STATUS_REDIS_DB): contradict each other: must "
                "be only one of them, as there is one store");
}

} // namespace

} // namespace lastseen::config
