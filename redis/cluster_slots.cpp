#include "redis/cluster_slots.hpp"

#include <boost/crc.hpp>

namespace lastseen::redis {

std::uint16_t key_slot(std::string_view key) noexcept {
  if (auto open = key.find('{'); open != key.npos)
    if (auto close = key.find('}', open + 1);
        close != key.npos && close != open + 1)
      key = key.substr(open + 1, close - open - 1);
  boost::crc_optimal<16, 0x1021, 0, 0, false, false> crc;
  crc.process_bytes(key.data(), key.size());
  return static_cast<std::uint16_t>(crc.checksum() % slot_count);
}

} // namespace lastseen::redis
