#pragma once

#include "embedded/status_store.hpp"
#include "tests/support/print_record.hpp"
#include "tests/support/redis_cluster.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/store_under_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

/// What any store must do (contract A.1, status/store.hpp) is tested against
/// each. A file of such tests names its suite with `FOR_ALL_STORES`.
namespace lastseen::test {

// -- the stores ---------------------------------------------------------------

class embedded_memory : public store_backend {
public:
  std::unique_ptr<store> make(const retention& keep) override {
    embedded::options opts;
    opts.keep = keep;
    return embedded::make_store(opts).value();
  }
};

class embedded_file : public store_backend {
public:
  std::unique_ptr<store> make(const retention& keep) override {
    embedded::options opts;
    opts.path = directory_.path("lastseen.db");
    opts.keep = keep;
    return embedded::make_store(opts).value();
  }

private:
  temporary_directory directory_;
};

struct store_kind {
  const char* name;
  std::unique_ptr<store_backend> (*start)();
};

inline void PrintTo(const store_kind& x, std::ostream* out) {
  *out << x.name;
}

template <class T>
store_kind kind(const char* name) {
  return {name, []() -> std::unique_ptr<store_backend> {
            return std::make_unique<T>();
          }};
}

inline auto all_stores() {
  return testing::Values(kind<embedded_memory>("EmbeddedMemory"),
                         kind<embedded_file>("EmbeddedFile"),
                         kind<redis_backend>("Redis"),
                         kind<cluster_backend>("Cluster"));
}

inline std::string name_of(const testing::TestParamInfo<store_kind>& x) {
  return x.param.name;
}

#define FOR_ALL_STORES(suite) \
  INSTANTIATE_TEST_SUITE_P(Stores, suite, all_stores(), name_of)

// -- fixture ------------------------------------------------------------------

/// No test takes that long.
constexpr retention usual{std::chrono::hours{24}, std::chrono::hours{1}};

class store_conformance : public testing::TestWithParam<store_kind> {
protected:
  store_under_test open(const retention& keep = usual) {
    return store_under_test{backend_->make(keep)};
  }

  std::unique_ptr<store_backend> backend_ = GetParam().start();
};

// -- events -------------------------------------------------------------------

inline record active_at(stamp t) {
  return record{t, 0, 0, 0, ""};
}

inline record online_at(stamp t) {
  return record{0, t, 0, 0, ""};
}

inline record deleted_at(stamp t) {
  return record{0, 0, t, 0, ""};
}

inline record state_at(stamp t, std::string state) {
  return record{0, 0, 0, t, std::move(state)};
}

// -- time ---------------------------------------------------------------------

/// Reads until the user is gone; it must be there before `end` and not after.
inline void expect_gone_at(store_under_test& x, std::string_view user,
                           stamp end, const record& expected) {
  // Redis has one clock for TIME and one, a little older, for expiry.
  constexpr stamp slack = 2;
  auto seen = 0;
  for (;;) {
    auto before = x.now();
    auto found = x.read(user);
    auto after = x.now();
    if (found == record{}) {
      EXPECT_GE(after, end - slack);
      break;
    }
    ++seen;
    ASSERT_EQ(found, expected);
    ASSERT_LE(before, end + slack);
  }
  EXPECT_GT(seen, 0);
}

} // namespace lastseen::test
