#pragma once

#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace lastseen::test {

/// A certificate authority (`ca`) and what it signed: a `server` for 127.0.0.1
/// and localhost, a `client`. Each is a file `.pem` and one `.key`, made by
/// the openssl command.
class certificates {
public:
  certificates() {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
        "-days 2 -subj /CN=ca -keyout ca.key -out ca.pem");
    sign("server", "subjectAltName=IP:127.0.0.1,DNS:localhost");
    sign("client", "extendedKeyUsage=clientAuth");
  }

  std::string path(const std::string& file) const {
    return directory_.path(file);
  }

  /// Protects a key by a password.
  void encrypt(const std::string& key) const {
    run("pkey -aes256 -passout pass:secret -in " + key + " -out " + key + ".x");
    run("pkey -passin pass:secret -aes256 -passout pass:secret -in " + key
        + ".x -out " + key);
  }

  /// Arguments of a redis-server, or a redis-sentinel, that speaks TLS only.
  std::vector<std::string> server_args(bool ask_clients) const {
    return {"--port",
            "0",
            "--tls-port",
            "PORT",
            "--tls-cert-file",
            path("server.pem"),
            "--tls-key-file",
            path("server.key"),
            "--tls-ca-cert-file",
            path("ca.pem"),
            "--tls-auth-clients",
            ask_clients ? "yes" : "no"};
  }

private:
  void sign(const std::string& name, const std::string& extension) {
    run("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN="
        + name + " -addext " + extension + " -keyout " + name + ".key -out "
        + name + ".csr");
    run("x509 -req -days 2 -copy_extensions copy -CA ca.pem -CAkey ca.key "
        "-CAcreateserial -in "
        + name + ".csr -out " + name + ".pem");
  }

  void run(const std::string& arguments) const {
    auto command =
      "cd " + directory_.path() + " && openssl " + arguments + " >> log 2>&1";
    if (std::system(command.c_str()) != 0) // NOLINT(cert-env33-c)
      ADD_FAILURE() << "failed: openssl " << arguments;
  }

  temporary_directory directory_;
};

} // namespace lastseen::test
