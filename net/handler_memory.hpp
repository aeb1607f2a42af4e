#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace lastseen {

/// Room for one operation of Asio, in place: for one that is begun again for
/// every message, where an allocation each time would be felt. More than one at
/// a time, or a larger one, comes from the heap. Not thread-safe; must outlive
/// the operation, so belongs to what the handler keeps alive.
class handler_memory {
public:
  handler_memory() = default;
  handler_memory(const handler_memory&) = delete;
  handler_memory& operator=(const handler_memory&) = delete;

  /// For `boost::asio::bind_allocator`.
  template <class T>
  class allocator {
  public:
    using value_type = T;

    explicit allocator(handler_memory& from) noexcept : from_(&from) {}

    template <class U>
    allocator(const allocator<U>& x) noexcept : from_(x.from_) {}

    T* allocate(std::size_t n) {
      return static_cast<T*>(from_->take(n * sizeof(T)));
    }

    void deallocate(T* at, std::size_t) noexcept {
      from_->give_back(at);
    }

    bool operator==(const allocator&) const noexcept = default;

  private:
    template <class U>
    friend class allocator;

    handler_memory* from_;
  };

private:
  void* take(std::size_t size) {
    if (used_ || size > room_.size())
      return ::operator new(size);
    used_ = true;
    return room_.data();
  }

  void give_back(void* at) noexcept {
    if (at == room_.data())
      used_ = false;
    else
      ::operator delete(at);
  }

  // What a wait of a `tcp_socket` takes, with a handler of 24 bytes.
  alignas(std::max_align_t) std::array<std::byte, 104> room_;
  bool used_ = false;
};

} // namespace lastseen
