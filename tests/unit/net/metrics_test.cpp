#include "net/metrics.hpp"
#include "tests/support/read_file.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lastseen {
namespace {

using namespace std::chrono_literals;
using prometheus::MetricType;
using testing::HasSubstr;
using testing::Not;

using strings = std::vector<std::string>;

const std::string docs = LASTSEEN_SOURCE_DIR "/docs/";

// A node with one shard to which nothing happened yet.
class Metrics : public testing::Test {
protected:
  Metrics() {
    env->shards.push_back({shard, gauge});
  }

  std::string page() const {
    return render_metrics(*env);
  }

  static error why(ec code, std::string_view cause) {
    return {code, "redis: injected", cause};
  }

  std::unique_ptr<environment> env =
    make_environment({}, std::make_shared<directory>(1)).value();
  std::shared_ptr<status_shard> shard = std::make_shared<status_shard>(
    0, "redis 10.0.0.5:6379", shard_options{}, boot_clock::now());
  std::shared_ptr<shard_gauge> gauge = std::make_shared<shard_gauge>();
};

TEST_F(Metrics, FollowTheConventionsOfPrometheus) {
  std::set<std::string_view> names;
  for (const auto& x : metrics()) {
    EXPECT_TRUE(names.insert(x.name).second) << x.name;
    EXPECT_TRUE(x.name.starts_with("lastseen_")
                || x.name.starts_with("process_"))
      << x.name;
    EXPECT_EQ(x.name.ends_with("_total"), x.type == MetricType::Counter)
      << x.name;
    EXPECT_TRUE(x.help.ends_with('.')) << x.name;
  }
}

// The labels of the table are those of the series.
TEST_F(Metrics, HaveTheLabelsThatTheDocsSay) {
  gauge->clock_offset = 5;
  env->settings.grpc_api.enabled = true;
  shard->on_link({false, {}, why(ec::unavailable, "timeout")}, {});
  for (const auto& x : metrics()) {
    auto all = x.collect(*env);
    EXPECT_FALSE(all.empty()) << x.name;
    for (const auto& one : all) {
      std::string labels;
      for (const auto& label : one.label)
        labels += (labels.empty() ? "" : ", ") + label.name;
      EXPECT_EQ(labels, x.labels) << x.name;
    }
  }
}

TEST_F(Metrics, TellWhatHappenedAtAShard) {
  auto now = boot_clock::now();
  EXPECT_THAT(page(), Not(HasSubstr("lastseen_store_errors_total{")));
  shard->on_link({false, {}, why(ec::unavailable, "timeout")}, now);
  shard->on_link({true, {now.time_since_epoch().count(), now, now}, {}}, now);
  shard->on_activity({1, "42", now, {}}, now);
  shard->next_batch(now);
  write_report report;
  report.clock = {now.time_since_epoch().count(), now, now};
  report.expired = 3;
  report.guarded = 4;
  report.deleted = 5;
  report.unparsable = 2;
  shard->on_written({1, report, now - 3ms}, now);
  gauge->set_problem("");
  gauge->pending = 7;
  gauge->waiting_reads = 8;
  gauge->mailbox_length = 6;
  env->api_mailbox = 11;
  gauge->mailbox_delay = 250'000;
  gauge->oldest_pending = (now - 90s).time_since_epoch().count();
  auto text = page();
  for (auto line : {
         "lastseen_shard_info{shard=\"0\",store=\"redis 10.0.0.5:6379\"} 1",
         "lastseen_store_up{shard=\"0\"} 1",
         "lastseen_store_errors_total{shard=\"0\",operation=\"connect\","
         "cause=\"timeout\"} 1",
         "lastseen_store_duration_seconds_bucket{shard=\"0\","
         "operation=\"write\",le=\"0.0025\"} 0",
         "lastseen_store_duration_seconds_bucket{shard=\"0\","
         "operation=\"write\",le=\"0.005\"} 1",
         "lastseen_store_duration_seconds_sum{shard=\"0\","
         "operation=\"write\"} 0.003",
         "lastseen_batch_users_count{shard=\"0\"} 1",
         "lastseen_updates_total{shard=\"0\"} 1",
         "lastseen_users_written_total{shard=\"0\"} 1",
         "lastseen_updates_dropped_total{shard=\"0\",reason=\"expired\"} 3",
         "lastseen_updates_dropped_total{shard=\"0\",reason=\"guarded\"} 4",
         "lastseen_updates_dropped_total{shard=\"0\",reason=\"deleted\"} 5",
         "lastseen_values_unparsable_total{shard=\"0\"} 2",
         "lastseen_pending_users{shard=\"0\"} 7",
         "lastseen_waiting_reads{shard=\"0\"} 8",
         "lastseen_mailbox_messages{shard=\"0\"} 6",
         "lastseen_api_mailbox_messages 11",
         "lastseen_mailbox_delay_seconds{shard=\"0\"} 0.25",
         "lastseen_pending_oldest_age_seconds{shard=\"0\"} 9",
       })
    EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(Metrics, TellOfGrpcWhereItIsServed) {
  EXPECT_THAT(page(), Not(HasSubstr("grpc\"")));
  EXPECT_THAT(page(), Not(HasSubstr("lastseen_grpc_responses_total{")));
  env->settings.grpc_api.enabled = true;
  env->grpc_responses.add(grpc_counters::method::batch, 0);
  env->grpc_responses.add(grpc_counters::method::info, 16);
  env->grpc_responses.add(grpc_counters::method::info, 16);
  auto text = page();
  for (auto line :
       {"lastseen_grpc_responses_total{method=\"batch\",status=\"OK\"} 1",
        "lastseen_grpc_responses_total{method=\"batch\","
        "status=\"UNAUTHENTICATED\"} 0",
        "lastseen_grpc_responses_total{method=\"info\","
        "status=\"UNAUTHENTICATED\"} 2",
        "lastseen_api_call_duration_seconds_count{protocol=\"grpc\","
        "method=\"info\"} 0"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(Metrics, TellWhatTheListenerAndTheApiDid) {
  env->http_counters.mine().add(200);
  env->http_counters.mine().add(999);
  auto& read = env->api_counters[server_api::call_method::get_user_status];
  read.latency.observe(40ms);
  read.users += 12;
  env->api_counters.add(server_api::call_method::update_user_status,
                        server_api::error_code::internal);
  env->api_counters.add(server_api::call_method::info,
                        server_api::error_code::internal);
  env->api_counters.add(server_api::call_method::other,
                        server_api::error_code::not_found);
  env->client_counters.mine().add(protocol::disconnect_code::no_pong);
  env->clients = 2;
  auto text = page();
  for (auto line : {
         "lastseen_http_responses_total{status=\"200\"} 1",
         "lastseen_http_responses_total{status=\"other\"} 1",
         "lastseen_api_call_duration_seconds_count{protocol=\"http\","
         "method=\"get_user_status\"} 1",
         "lastseen_api_users_total{protocol=\"http\","
         "method=\"get_user_status\"} 12",
         "lastseen_api_errors_total{protocol=\"http\","
         "method=\"update_user_status\",code=\"100\"} 1",
         "lastseen_api_errors_total{protocol=\"http\",method=\"info\","
         "code=\"100\"} 1",
         "lastseen_api_errors_total{protocol=\"http\",method=\"other\","
         "code=\"104\"} 1",
         "lastseen_client_disconnects_total{code=\"3012\"} 1",
         "lastseen_clients 2",
       })
    EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(Metrics, ProcessFiguresArePlausible) {
  for (const auto& x : metrics())
    if (x.name.starts_with("process_")) {
      auto one = x.collect(*env).at(0);
      EXPECT_GT(one.gauge.value + one.counter.value, 0) << x.name;
    }
}

TEST_F(Metrics, AreWhatTheDocsSay) {
  const auto path = docs + "metrics.md";
  auto text = render_metrics_reference();
  if (std::getenv("LASTSEEN_UPDATE_DOCS"))
    std::ofstream{path, std::ios::binary} << text;
  EXPECT_TRUE(test::read_file(path) == text)
    << path << " is out of date; run this test with LASTSEEN_UPDATE_DOCS=1 to "
    << "write it anew";
}

// The queries of the panels of a dashboard.
void find_queries(const boost::json::value& panels, strings& out) {
  for (const auto& panel : panels.as_array()) {
    if (auto targets = panel.as_object().if_contains("targets"))
      for (const auto& target : targets->as_array())
        out.emplace_back(target.at("expr").as_string());
    if (auto inner = panel.as_object().if_contains("panels"))
      find_queries(*inner, out);
  }
}

strings words(std::string_view text) {
  static const re2::RE2 word{R"((\w+))"};
  re2::StringPiece rest{text.data(), text.size()};
  strings out;
  for (std::string found; re2::RE2::FindAndConsume(&rest, word, &found);)
    out.push_back(found);
  return out;
}

// Every name in a query of the dashboard is one of ours and has the labels that
// the query uses, and every metric is in a query.
TEST_F(Metrics, AreThoseOfTheDashboard) {
  auto dashboard =
    boost::json::parse(test::read_file(docs + "grafana-dashboard.json"));
  std::map<std::string, std::set<std::string>> labels; // by name
  std::set<std::string> unused;
  for (const auto& x : metrics()) {
    std::string name{x.name};
    unused.insert(name);
    auto known = words(x.labels);
    known.insert(known.end(), {"job", "instance"}); // of what scrapes us
    std::set<std::string> all(known.begin(), known.end());
    if (x.type == MetricType::Histogram) {
      labels[name + "_count"] = labels[name + "_sum"] = all;
      all.insert("le");
      name += "_bucket";
    }
    labels[name] = all;
  }
  strings queries;
  find_queries(dashboard.at("panels"), queries);
  EXPECT_GT(queries.size(), 40u);
  // `sum by (a, b) (rate(name{label=~"x",...}` or without some of that.
  static const re2::RE2 use{
    R"((?:by \(([^)]*)\) )?[(\w .,]*\b((?:lastseen|process)_\w+)\{([^}]*)\})"};
  static const re2::RE2 name{R"(\b(?:lastseen|process)_)"};
  static const re2::RE2 value{R"("[^"]*")"};
  for (const auto& query : queries) {
    re2::StringPiece rest{query};
    std::string by;
    std::string metric;
    std::string matchers;
    std::size_t uses = 0;
    for (; re2::RE2::FindAndConsume(&rest, use, &by, &metric, &matchers);
         ++uses) {
      ASSERT_TRUE(labels.contains(metric)) << query;
      re2::RE2::GlobalReplace(&matchers, value, "");
      for (const auto& label : words(by + ' ' + matchers))
        EXPECT_TRUE(labels[metric].contains(label)) << label << ": " << query;
      std::erase_if(unused,
                    [&](const auto& x) { return metric.starts_with(x); });
    }
    auto without = query;
    EXPECT_EQ(re2::RE2::GlobalReplace(&without, name, ""),
              static_cast<int>(uses))
      << query;
    EXPECT_GT(uses, 0u) << query;
  }
  EXPECT_THAT(unused, testing::IsEmpty());
}

TEST_F(Metrics, NameTheLaneWhereAShardHasSeveral) {
  EXPECT_THAT(page(), Not(HasSubstr("lane=")));
  env = make_environment({}, std::make_shared<directory>(2, 2)).value();
  for (auto i = 0; i < 4; ++i)
    env->shards.push_back({shard, gauge});
  for (auto series : {R"({shard="0",lane="0"})", R"({shard="0",lane="1"})",
                      R"({shard="1",lane="0"})", R"({shard="1",lane="1"})"})
    EXPECT_THAT(page(), HasSubstr("lastseen_store_up" + std::string{series}));
}

} // namespace
} // namespace lastseen
