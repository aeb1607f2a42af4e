#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastseen::redis {

/// How many slots the keys of a Cluster are spread over.
inline constexpr std::size_t slot_count = 16384;

/// The slot of a key: CRC16 of its hash tag, the text between the first `{`
/// and the next `}`, or of the whole key where that is empty or missing
/// (https://redis.io/docs/reference/cluster-spec/).
std::uint16_t key_slot(std::string_view key) noexcept;

} // namespace lastseen::redis
