#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace lastseen {

/// Counts sockets that were handed to somebody who does not tell when it closes
/// them. From any thread.
class handed_sockets {
public:
  /// Before it is handed over: `socket` is open. Costs a system call, and now
  /// and then one for each that is there.
  void add(int socket);

  /// At least as many as there are; at most twice as many, and some.
  std::size_t at_most() const noexcept {
    return size_;
  }

  /// How many there are; costs a system call for each.
  std::size_t count() const;

private:
  /// What it was when it was handed over: its number may be another's by now.
  struct item {
    int socket;
    std::uint64_t cookie;
  };

  static constexpr std::size_t least = 64;

  void drop_closed() const;

  mutable std::mutex lock_; // of what follows
  mutable std::vector<item> items_;
  std::size_t look_at_ = least; // at so many: which are closed?
  mutable std::atomic<std::size_t> size_{0};
};

} // namespace lastseen
