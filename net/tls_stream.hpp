#pragma once

#include <boost/system/error_code.hpp>
#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace lastseen {

class tls_context;

/// The TLS of one connection, on top of a socket that does not block. The
/// first reads do the handshake. Used on the connection's thread. REQUIRES:
/// SIGPIPE is ignored.
class tls_stream {
public:
  /// `socket` must outlive it.
  tls_stream(std::shared_ptr<const tls_context> context, int socket);

  /// Reads what is there; 0 with an error: `would_block`, wait for the socket;
  /// `eof`, the peer sends nothing more; any other: the connection is lost.
  std::size_t read(std::span<char> into, boost::system::error_code& failed);

  /// Writes some of it; 0 with an error: `would_block`, or the connection is
  /// lost. The next call must begin with the rest, at least as much as before.
  /// REQUIRES: something was read.
  std::size_t write(std::string_view from, boost::system::error_code& failed);

  /// Says that nothing more will be written.
  void shutdown();

  /// Whether another `read` may find something without waiting for the socket.
  bool has_more() const noexcept {
    return more_;
  }

  /// Whether the next `read` waits until the socket can be written to.
  bool reads_by_writing() const noexcept {
    return reads_by_writing_;
  }

private:
  static void prepare();
  boost::system::error_code fault(int why);
  void tell_why();

  struct freed {
    void operator()(SSL* x) const noexcept;
  };

  std::shared_ptr<const tls_context> context_;
  std::unique_ptr<SSL, freed> ssl_;
  bool more_ = false;
  bool reads_by_writing_ = false;
  bool lost_ = false;
};

} // namespace lastseen
