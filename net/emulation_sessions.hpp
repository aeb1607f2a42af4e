#pragma once

#include "actors/io_thread.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lastseen {

/// A session whose client sends its frames by requests of their own.
class emulated_session {
public:
  virtual ~emulated_session() = default;

  /// A frame of the client came. On the session's thread.
  virtual void on_frame(std::string_view frame) = 0;
};

/// The emulated sessions of a node by their IDs. From any thread.
class emulation_sessions {
public:
  /// What clients call this node: a UUID that is new with every start.
  const std::string& node() const noexcept {
    return node_;
  }

  /// @returns the session's ID, which cannot be guessed: who knows it may send
  /// for the client.
  std::string add(io_thread& home, std::weak_ptr<emulated_session> session);

  void remove(const std::string& id);

  /// Hands a frame over to its session's thread; drops it if there is none.
  void deliver(const std::string& id, std::string frame);

private:
  struct place {
    io_thread* home;
    std::weak_ptr<emulated_session> session;
  };

  static std::string make_id();

  const std::string node_ = make_id();
  std::mutex mutex_;
  std::unordered_map<std::string, place> sessions_;
};

} // namespace lastseen
