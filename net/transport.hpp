#pragma once

#include "actors/io_thread.hpp"
#include "net/handler_memory.hpp"
#include "net/tcp_socket.hpp"
#include "net/tls_stream.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <memory>
#include <span>
#include <string>

namespace lastseen {

class receive_budget;
struct transport_tag;

/// How a thread's connections are listed.
using transport_hook = boost::intrusive::list_base_hook<
  boost::intrusive::tag<transport_tag>,
  boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Gives the bytes of a connection their meaning. Called on the connection's
/// thread.
class transport_handler {
public:
  virtual ~transport_handler() = default;

  /// It is the connection's handler from here on; called of one that follows
  /// another, before its first bytes.
  virtual void on_start() {}

  /// Bytes came; they are in the thread's receive buffer, for this call only,
  /// and may be changed.
  virtual void on_data(std::span<char> bytes) = 0;

  /// The peer will send nothing more. @returns whether something is still to
  /// be said to it; `transport::finish` then ends the connection.
  virtual bool on_end() = 0;

  /// All that was said is sent.
  virtual void on_sent() {}

  /// Bytes that came and cannot be used yet: of something in part, or of what
  /// has to wait. Asked for after `on_data`, and when the transport resumes.
  virtual std::size_t kept() const noexcept {
    return 0;
  }

  /// The peer took nothing for too long: see `transport::watch_writes`.
  virtual void on_stalled() {}

  /// The service stops.
  virtual void on_shutdown() = 0;

  /// The connection is gone: the last call. `orderly`: the peer closed or reset
  /// it, or we did; if not, it was lost some time since its last byte.
  virtual void on_closed(bool orderly) = 0;
};

/// One connection's bytes, by TCP or TLS. Reading waits for readability and
/// reads into the thread's buffer, so that an idle connection owns no buffer;
/// it reads once a turn, so that no peer holds up others. What is said in a
/// turn is sent at its end, all at once. Used on its home thread only. From
/// `use` on it keeps itself alive until the connection is closed.
class transport : public turn_end_task,
                  public std::enable_shared_from_this<transport>,
                  public transport_hook,
                  private wheel_entry {
public:
  /// How long the peer may take to read some of the rest, and to close, once we
  /// have.
  static constexpr std::chrono::seconds linger{5};

  /// From any thread.
  transport(io_thread& home, tcp_socket socket);
  ~transport() override;

  /// Speaks TLS. REQUIRES: it is not in use yet.
  void encrypt(std::shared_ptr<const tls_context> context);

  /// Starts reading, or goes on with another handler once the present one
  /// returns; `rest`, from the bytes the present one was given, goes to the
  /// new one.
  void use(std::shared_ptr<transport_handler> handler,
           std::span<char> rest = {});

  /// What its handlers keep is counted there. REQUIRES: before `use`.
  void count_in(receive_budget& budget) noexcept {
    budget_ = &budget;
  }

  /// Where to append what is to be sent; then call `flush`.
  std::string& output() noexcept {
    return output_;
  }

  /// Bytes that the peer's side has not taken yet.
  std::size_t unsent() const noexcept {
    return output_.size() - sent_;
  }

  /// Bytes of the output that the peer's TCP has not acknowledged.
  std::size_t undelivered();

  /// Whether the peer's TCP has acknowledged all of the output.
  bool delivered() {
    return undelivered() == 0;
  }

  /// The connection is lost when what was sent is not acknowledged in time.
  void lose_after(std::chrono::milliseconds time);

  /// From now on its handler's `on_stalled` is called when output waits and the
  /// peer's side has taken none of it for `time`; not after `finish`.
  void watch_writes(std::chrono::milliseconds time) noexcept {
    write_limit_ = time;
  }

  /// Sends the output at the end of the turn.
  void flush();

  /// Has the handler take `bytes` as if they had just come.
  void give(std::span<char> bytes);

  /// Reads no more until `resume`.
  void pause() noexcept {
    paused_ = true;
  }
  void resume();

  /// Sends the output, then closes; what comes in is dropped. A peer that takes
  /// none of it for `linger` is cut off; when the service stops, whatever it
  /// takes.
  void finish();

  /// Closes at once; the handler's `on_closed` is called.
  void abort();

  /// The service stops.
  void shutdown();

  io_thread& home() noexcept {
    return home_;
  }

private:
  void at_turn_end();
  void on_turn_end() override;
  void on_deadline(local_time now) override;
  void wait();
  void receive();
  std::size_t read_some(std::span<char> into, boost::system::error_code& ec);
  std::size_t write_some(std::string_view from, boost::system::error_code& ec);
  void on_end();
  void send();
  void shutdown_send();
  void begin_linger();
  void lost(bool orderly);
  void close();
  void count_kept();
  void count(std::size_t kept);

  io_thread& home_;
  handler_memory wait_memory_;
  tcp_socket socket_;
  std::unique_ptr<tls_stream> tls_; // null: TCP
  std::shared_ptr<transport> self_; // until it is closed
  std::shared_ptr<transport_handler> handler_;
  std::shared_ptr<transport_handler> next_;
  std::span<char> rest_;
  receive_budget* budget_ = nullptr;
  std::size_t kept_ = 0; // as the budget was told
  std::string output_;
  std::size_t sent_ = 0;
  std::size_t undelivered_ = 0;              // when `linger` began
  std::chrono::milliseconds write_limit_{0}; // 0: none
  bool waiting_ = false;                     // for readability
  bool blocked_ = false;                     // waiting for writability
  bool flushing_ = false;                    // at the end of this turn
  bool in_turn_ = false;                     // on_turn_end is to be called
  bool paused_ = false;
  bool ended_ = false; // the peer sends nothing more
  bool finishing_ = false;
  bool hurries_ = false; // the service stops
  bool shut_ = false;    // the sending side
};

} // namespace lastseen
