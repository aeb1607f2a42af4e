#pragma once

#include "actors/io_thread.hpp"

#include <caf/actor_config.hpp>
#include <caf/mailbox_element.hpp>

#include <utility>

namespace lastseen {

/// Makes an actor run on one I/O thread only, whoever sends to it: it may be
/// called directly on that thread (by its socket), its output keeps its order,
/// and none is made on a foreign thread.
template <class Base>
class pinned : public Base {
public:
  template <class... Args>
  pinned(caf::actor_config& cfg, io_thread& home, Args&&... args)
    : Base(cfg, std::forward<Args>(args)...), home_(home) {
    this->context(&home);
  }

  using Base::enqueue;

  void enqueue(caf::mailbox_element_ptr msg, caf::execution_unit*) override {
    Base::enqueue(std::move(msg), &home_);
  }

  // The first run too: an actor that starts elsewhere stays there for as long
  // as messages keep coming.
  void launch(caf::execution_unit*, bool lazy, bool hide) override {
    Base::launch(&home_, lazy, hide);
  }

  io_thread& home() noexcept {
    return home_;
  }

private:
  io_thread& home_;
};

} // namespace lastseen
