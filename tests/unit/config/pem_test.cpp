#include "config/pem.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace lastseen::config {
namespace {

constexpr std::string_view pem = "-----BEGIN X-----\n";

TEST(PemValue, IsAText) {
  pem_value aut{"a.tls", "cert_pem", std::string{pem}};
  EXPECT_EQ(aut.text().value(), pem);
}

TEST(PemValue, IsTheBase64OfAText) {
  pem_value aut{"a.tls", "cert_pem", "LS0tLS1CRUdJTiBYLS0tLS0K"};
  EXPECT_EQ(aut.text().value(), pem);
  pem_value cut{"a.tls", "cert_pem", "LS0tLS1CRUdJTiBYLS0tLS0"};
  EXPECT_EQ(cut.text().error().what,
            "a.tls.cert_pem = <PEM>: is not the base64 of a PEM");
}

TEST(PemValue, IsAFileThatIsReadOnce) {
  test::temporary_directory dir;
  auto path = dir.path("a.pem");
  pem_value aut{"a.tls", "cert_pem", path};
  EXPECT_EQ(aut.text().error().what,
            "a.tls.cert_pem = \"" + path + "\": No such file or directory");
  std::ofstream{path} << pem;
  EXPECT_EQ(aut.text().value(), pem);
  std::ofstream{path} << "another";
  EXPECT_EQ(aut.text().value(), pem);
}

} // namespace
} // namespace lastseen::config
