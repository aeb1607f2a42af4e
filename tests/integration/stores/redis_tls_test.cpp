#include "tests/integration/stores/redis_connection.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/print_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

// Encrypted connections, and why they do not come about.

namespace lastseen::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class RedisTls : public redis_connection {
protected:
  config::tls trusting() const {
    config::tls x;
    x.server_ca_pem = made_.path("ca.pem");
    return x;
  }

  static std::shared_ptr<redis::tls> context(const config::tls& from) {
    auto made = redis::tls::make(from, "tls");
    EXPECT_TRUE(made) << made.error().what;
    return made ? *made : nullptr;
  }

  static std::string fault_of(const config::tls& from) {
    auto made = redis::tls::make(from, "tls");
    EXPECT_FALSE(made);
    return made ? "" : made.error().what;
  }

  static config::redis_address encrypted(const redis_server& server) {
    auto address = server.address();
    address.tls = true;
    return address;
  }

  // Whether a store with those settings works, or the cause why not.
  std::string outcome(const config::redis_address& address,
                      const config::tls& from) {
    auto x = make(address, context(from));
    link_log links;
    x->open(links.handler());
    auto first = links.next([](const store_link&) { return true; });
    close(*x);
    return first.up ? "up" : first.cause.what;
  }

  std::string text_of(const std::string& file) const {
    std::ifstream in{made_.path(file)};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  certificates made_;
};

TEST_F(RedisTls, StoresAndReadsOverAnEncryptedConnection) {
  redis_server server{made_.server_args(false)};
  store_under_test x{make(encrypted(server), context(trusting()))};
  ASSERT_TRUE(x.link().up);
  auto t = x.now();
  x.write("alice", {t, 0, 0, 0, ""});
  EXPECT_EQ(x.read("alice").active, t);
}

TEST_F(RedisTls, LargePipelinesCrossManyRecords) {
  redis_server server{made_.server_args(false)};
  store_under_test x{make(encrypted(server), context(trusting()))};
  auto t = x.now();
  for (auto round = 0; round < 5; ++round) {
    std::vector<status_write> batch;
    user_list users;
    for (auto i = 0; i < 4'000; ++i) {
      auto user = std::string(60, 'u') + std::to_string(i);
      users.add(user);
      batch.push_back(
        {user, {t + round, 0, 0, t + round, std::string(64, 's')}});
    }
    ASSERT_TRUE(x.write(std::move(batch)));
    auto report = x.read(std::move(users));
    ASSERT_TRUE(report) << report.error().what;
    ASSERT_EQ(report->records.size(), 4'000u);
    for (std::size_t i = 0; i < 4'000; ++i)
      ASSERT_EQ(report->records[i].active, t + round);
  }
}

TEST_F(RedisTls, ComesBackWithTheServer) {
  redis_server server{made_.server_args(false)};
  auto x = make(encrypted(server), context(trusting()));
  link_log links;
  x->open(links.handler());
  for (auto round = 0; round < 3; ++round) {
    links.up();
    calls reads{200};
    for (std::size_t i = 0; i < 200; ++i) {
      x->read(one("alice"), reads.handler<read_report>(i));
      if (i == 100)
        server.kill9();
    }
    reads.wait();
    reads.expect_once_each();
    links.down();
    server.start();
  }
  links.up();
  close(*x);
}

TEST_F(RedisTls, AnUntrustedCertificateIsRefused) {
  redis_server server{made_.server_args(false)};
  auto why = outcome(encrypted(server), {});
  EXPECT_THAT(why, HasSubstr(std::to_string(server.port())
                             + ": TLS: certificate verify failed: "));
  EXPECT_THAT(why, HasSubstr("certificate in certificate chain"));
  config::tls careless;
  careless.insecure_skip_verify = true;
  EXPECT_EQ(outcome(encrypted(server), careless), "up");
}

TEST_F(RedisTls, TheNameOfTheServerIsChecked) {
  redis_server server{made_.server_args(false)};
  auto address = encrypted(server);
  EXPECT_EQ(outcome(address, trusting()), "up");
  address.host = "localhost";
  EXPECT_EQ(outcome(address, trusting()), "up");
  auto named = trusting();
  named.server_name = "redis.example.com";
  EXPECT_THAT(outcome(address, named),
              HasSubstr("certificate verify failed: hostname mismatch"));
  named.server_name = "127.0.0.2";
  EXPECT_THAT(outcome(address, named),
              HasSubstr("certificate verify failed: IP address mismatch"));
  named.server_name = "localhost";
  address.host = "127.0.0.1";
  EXPECT_EQ(outcome(address, named), "up");
}

TEST_F(RedisTls, AClientCertificateIsShown) {
  redis_server server{made_.server_args(true)};
  EXPECT_THAT(outcome(encrypted(server), trusting()), HasSubstr("certificate"));
  auto known = trusting();
  known.cert_pem = made_.path("client.pem");
  known.key_pem = made_.path("client.key");
  EXPECT_EQ(outcome(encrypted(server), known), "up");
  // The text itself does as well.
  known.cert_pem = text_of("client.pem");
  known.key_pem = text_of("client.key");
  EXPECT_EQ(outcome(encrypted(server), known), "up");
}

TEST_F(RedisTls, AServerWithoutTlsIsTold) {
  redis_server server;
  EXPECT_THAT(outcome(encrypted(server), trusting()), HasSubstr(": TLS: "));
  redis_server only_tls{made_.server_args(false)};
  auto plain = only_tls.address();
  EXPECT_THAT(outcome(plain, {}), Not("up"));
}

TEST_F(RedisTls, ASilentServerTimesOut) {
  parrot silent{""};
  auto address = silent.address();
  address.tls = true;
  address.connect_timeout = milliseconds{50};
  EXPECT_THAT(outcome(address, trusting()),
              HasSubstr(": TLS: timeout after 50ms"));
}

TEST_F(RedisTls, UnixSocketsNeedAServerName) {
  config::redis_address address;
  parrot silent{""};
  address.tls = true;
  auto server = redis_server{};
  address.unix_path = server.unix_address().unix_path;
  EXPECT_THAT(outcome(address, trusting()),
              HasSubstr("tls.server_name must be set"));
}

TEST_F(RedisTls, WrongFilesAreNamed) {
  auto x = trusting();
  x.server_ca_pem = "/nowhere/ca.pem";
  EXPECT_EQ(fault_of(x),
            "tls.server_ca_pem = \"/nowhere/ca.pem\": No such file "
            "or directory");
  x.server_ca_pem = made_.path("log");
  EXPECT_THAT(fault_of(x), HasSubstr("log\": OpenSSL cannot use it: "));
  x = trusting();
  x.cert_pem = made_.path("client.pem");
  x.key_pem = made_.path("server.key");
  EXPECT_THAT(fault_of(x), HasSubstr("tls.key_pem = "));
  EXPECT_THAT(fault_of(x), HasSubstr("values mismatch"));
  x.key_pem = "-----BEGIN PRIVATE KEY-----\nhush";
  EXPECT_THAT(fault_of(x), HasSubstr("tls.key_pem = <PEM>: "));
  x.key_pem = "LS0tLS1CRUdJTihush";
  EXPECT_EQ(fault_of(x), "tls.key_pem = <PEM>: is not the base64 of a PEM");
}

TEST_F(RedisTls, PemMayBeBase64) {
  auto x = trusting();
  auto command = "openssl base64 -A -in " + x.server_ca_pem + " -out "
                 + made_.path("ca.base64");
  ASSERT_EQ(std::system(command.c_str()), 0); // NOLINT(cert-env33-c)
  x.server_ca_pem = text_of("ca.base64");
  redis_server server{made_.server_args(false)};
  EXPECT_EQ(outcome(encrypted(server), x), "up");
}

} // namespace
} // namespace lastseen::test
