#pragma once

#include <caf/config.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace lastseen {

namespace detail {

template <class Signature>
struct message_handler;

template <class R, class... Args>
struct message_handler<R(Args...)> {
#if CAF_VERSION < 1800
  using type = typename caf::replies_to<Args...>::template with<R>;
#else
  using type = caf::result<R>(Args...);
#endif
};

} // namespace detail

/// The interface of an actor: one signature a message.
template <class... Signatures>
using typed =
  caf::typed_actor<typename detail::message_handler<Signatures>::type...>;

} // namespace lastseen
