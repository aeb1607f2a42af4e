#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace lastseen {

/// A TCP socket of an I/O thread. What is under way on it is smaller and
/// cheaper than with Asio's `tcp::socket`, which may belong to any executor.
using tcp_socket =
  boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                   boost::asio::io_context::executor_type>;

} // namespace lastseen
