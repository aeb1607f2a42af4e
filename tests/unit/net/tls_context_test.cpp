#include "net/tls_context.hpp"
#include "tests/support/certificates.hpp"

#include <gmock/gmock.h>

namespace lastseen {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TlsContext : public testing::Test {
protected:
  TlsContext() {
    settings.enabled = true;
    settings.cert_pem = made.path("server.pem");
    settings.key_pem = made.path("server.key");
  }

  auto make() const {
    return tls_context::make(settings, "http_server.tls",
                             [](std::string_view) {});
  }

  std::string fault() const {
    auto x = make();
    EXPECT_FALSE(x);
    return x ? "" : x.error().what;
  }

  test::certificates made;
  config::server_tls settings;
};

TEST_F(TlsContext, IsNoneWhenItIsNotEnabled) {
  settings.enabled = false;
  auto x = make();
  ASSERT_TRUE(x);
  EXPECT_FALSE(*x);
}

TEST_F(TlsContext, ReadsACertificateAndItsKey) {
  settings.client_ca_pem = made.path("ca.pem");
  auto x = make();
  ASSERT_TRUE(x) << x.error().what;
  EXPECT_TRUE(*x);
}

TEST_F(TlsContext, SaysWhatCannotBeRead) {
  settings.client_ca_pem = "/nowhere/ca.pem";
  EXPECT_EQ(fault(), "http_server.tls.client_ca_pem = \"/nowhere/ca.pem\": No "
                     "such file or directory");
  settings.key_pem = made.path("client.key");
  EXPECT_THAT(fault(), StartsWith("http_server.tls.key_pem = \""));
  EXPECT_THAT(fault(), HasSubstr("key values mismatch"));
  settings.cert_pem = "-----BEGIN nothing";
  EXPECT_THAT(fault(), StartsWith("http_server.tls.cert_pem = <PEM>: OpenSSL "
                                  "cannot use it: "));
}

TEST_F(TlsContext, AsksNobodyForThePasswordOfAKey) {
  made.encrypt("server.key");
  EXPECT_THAT(fault(), StartsWith("http_server.tls.key_pem = \""));
}

} // namespace
} // namespace lastseen
