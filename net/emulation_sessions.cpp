#include "net/emulation_sessions.hpp"

#include "actors/client_id.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace lastseen {

std::string emulation_sessions::make_id() {
  std::array<std::uint64_t, 2> bits{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bits.data()), sizeof bits)
      != 1)
    throw std::runtime_error{"no random numbers from OpenSSL"};
  return make_client_id(bits[0], bits[1]);
}

std::string emulation_sessions::add(io_thread& home,
                                    std::weak_ptr<emulated_session> session) {
  auto id = make_id();
  std::lock_guard guard{mutex_};
  sessions_.emplace(id, place{&home, std::move(session)});
  return id;
}

void emulation_sessions::remove(const std::string& id) {
  std::lock_guard guard{mutex_};
  sessions_.erase(id);
}

void emulation_sessions::deliver(const std::string& id, std::string frame) {
  std::unique_lock guard{mutex_};
  auto i = sessions_.find(id);
  if (i == sessions_.end())
    return;
  auto to = i->second;
  guard.unlock();
  to.home->post([session = std::move(to.session), frame = std::move(frame)] {
    if (auto open = session.lock())
      open->on_frame(frame);
  });
}

} // namespace lastseen
